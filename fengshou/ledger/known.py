"""Rows of a pack whose keys may have come before: what memory knows of each."""

from __future__ import annotations

from collections import defaultdict

from fengshou.ledger.memory import Answer, Memory
from fengshou.ledger.packs import Block, Ints, Pack, find, key_at, may_be_known, near
from fengshou.ledger.plan import Request


def look_up(
    pack: Pack, old: Ints, memory: Memory, pending: dict[int, Request], flying: list[Block], single_top: int
) -> tuple[dict[int, Answer | None], dict[int, list[int]]]:
    """By row: the answer, or None while one is on its way; and by key the rows only the database can tell of.

    old         the rows in question
    pending     single requests on their way to disk; `flying`: the keys of packs that are
    single_top  the greatest key ever seen that was not in a pack
    """
    known, ask = dict[int, Answer | None](), defaultdict[int, list[int]](list)
    rows = pack.rows[old]
    on_the_way = near(flying, rows)
    blocks = [*on_the_way, *near(memory.blocks, rows)]
    for at in old[may_be_known(rows, blocks, single_top)].tolist():
        key = key_at(pack.rows, at)
        if key in pending or find(on_the_way, key):
            known[at] = None
        elif answer := memory.get(key):
            known[at] = answer
        elif key < memory.horizon:
            ask[key].append(at)
    return known, ask

"""Recovery reads the journal's end as arrays: whatever the pages, the result is what memory had."""

from __future__ import annotations

import asyncpg
import pytest

from fengshou.kernel import Clock, Database, new_id
from fengshou.ledger import AccountRef, Entry, PostingKind, between_banks, store, store_replay
from tests.support.book import JINGNING, XIAOSHAN, make_accounts, open_ledger, pay


@pytest.mark.parametrize(("page_bytes", "sparse"), [(1, 0), (100, 1 << 30), (1 << 26, 0), (1 << 26, 1 << 30)])
@pytest.mark.parametrize("order", ["", "DESC"])
async def test_what_is_read_is_what_was_known(
    db: Database,
    clock: Clock,
    owner: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    page_bytes: int,
    sparse: int,
    order: str,
) -> None:
    monkeypatch.setattr(store_replay, "_PAGE_BYTES", page_bytes)
    monkeypatch.setattr(store_replay, "_SPARSE", sparse)  # by halving, or in a table
    # As rows come when they are not read in the order of their positions.
    monkeypatch.setattr(store_replay, "_TAIL", store_replay._TAIL + f" ORDER BY position {order}")
    ledger = await open_ledger(db, clock)
    ming, he, quiet = await make_accounts(ledger, XIAOSHAN, 3, fen=100_00)
    (wang,) = await make_accounts(ledger, JINGNING, 1)
    assert await ledger._writer.checkpoint()
    for fen in range(1, 20):
        await ledger.post(pay(ming, he, fen))
        await ledger.post(pay(he, ming, 2 * fen))
    await ledger.post(Entry(new_id(XIAOSHAN), between_banks(ming, wang, 7, 1)))
    held = pay(he, ming, 5)
    posting = held.postings[0]._replace(kind=PostingKind.PEND)
    await ledger.post(Entry(held.id, (posting,)))

    known = {ref: account.save() for ref, account in ledger._writer.book.accounts.items()}
    book = await store.load(owner)
    await ledger.stop()

    assert {ref: account.save() for ref, account in book.accounts.items()} == known
    assert {a.ref for a in book.ahead if a.ref.bank == JINGNING} >= {wang}
    spoken_of = {a.ref for a in book.ahead}
    assert {ming, he} <= spoken_of
    assert quiet not in spoken_of


async def test_a_checkpoint_that_failed_after_a_restart_is_made_up_for(
    db: Database, clock: Clock, owner: asyncpg.Connection
) -> None:
    """The account table follows though it was behind when the book was read, and only what was behind is written."""
    first = await open_ledger(db, clock)
    ming, he, quiet = await make_accounts(first, XIAOSHAN, 3, fen=100_00)
    await first._writer.checkpoint()
    await first.post(pay(ming, he, 1_00))
    await first._writer._reload()

    assert {a.ref for a in first._writer._dirty} == {ming, he}
    await first._writer.checkpoint()

    rows = await owner.fetch("SELECT id, balance FROM ledger.account WHERE institution_id = $1", XIAOSHAN)
    table = {AccountRef(XIAOSHAN, r["id"]): r["balance"] for r in rows}
    assert (table[ming], table[he], table[quiet]) == (99_00, 101_00, 100_00)
    await first.stop()

"""The desk's lists: what waits, for whom, in which order, at which bank; and how services did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import BankError, Principal
from fengshou.services import Cases, Narrow, Scope, number_of
from tests.services.world import World, somebody

FORM = {"why": "lost", "take": "branch", "phone": "13800001111"}


def clerk(*roles: str, bank: int | None = None) -> Principal:
    """A colleague."""
    return somebody(kind="staff", roles=" ".join(roles), **({"bank": bank} if bank else {}))


async def card(world: World) -> UUID:
    """A case of a card, handed in."""
    who = somebody()
    moved = await world.services.begin(who, "social.card.replace", uuid4(), {"form": FORM})
    await world.services.act(who, moved.run, "submit", uuid4(), {})
    return moved.run


async def do(world: World, who: Principal, run: UUID, act: str, **body: Any) -> str:
    """An act at the branch; where it leads."""
    return (await world.services.act(who, run, act, uuid4(), body, way="branch", place="01")).state


async def seen(world: World, who: Principal, scope: Scope, *among: UUID) -> list[UUID]:
    """Which of these runs a scope shows, in its order."""
    found = await world.services.desk.cases(who, scope, Narrow(), limit=100)
    return [one.id for one in found.items if one.id in among]


async def test_a_case_goes_from_list_to_list(world: World) -> None:
    run, teller, other = await card(world), clerk("teller"), clerk("teller")
    stations: list[tuple[str, list[Scope]]] = []

    async def stand(word: str, who: Principal) -> None:
        scopes: tuple[Scope, ...] = ("free", "mine", "second", "returned", "approved")
        stations.append((word, [one for one in scopes if await seen(world, who, one, run)]))

    await stand("handed in", teller)
    await do(world, teller, run, "claim")
    await stand("claimed", teller)
    await stand("claimed by another", other)
    await do(world, teller, run, "pass")
    await do(world, teller, run, "claim")
    await do(world, teller, run, "decide", verdict="approved")
    await stand("said, by me", teller)
    await stand("said, by another", other)
    await do(world, other, run, "agree")
    await stand("agreed", other)
    await do(world, other, run, "deliver")
    await stand("handed over", other)

    assert stations == [
        ("handed in", ["free"]), ("claimed", ["mine"]), ("claimed by another", []), ("said, by me", []),
        ("said, by another", ["second"]), ("agreed", ["approved"]), ("handed over", []),
    ]  # fmt: skip


async def test_the_list_of_a_role_is_not_anothers(world: World) -> None:
    run = await card(world)

    assert await seen(world, clerk("teller"), "free", run) == [run]
    assert await seen(world, clerk("risk_officer"), "free", run) == []


async def test_another_banks_desk_is_empty(world: World) -> None:
    run, stranger = await card(world), clerk("teller", "supervisor", bank=523)

    assert await seen(world, stranger, "all", run) == []
    assert run not in await world.services.desk.held(stranger)
    with pytest.raises(BankError):
        await do(world, stranger, run, "claim")


async def test_two_who_claim_at_once_are_one(world: World) -> None:
    run = await card(world)
    crowd = [clerk("teller") for _ in range(12)]

    said = await asyncio.gather(*(told(do(world, one, run, "claim")) for one in crowd))

    assert sorted(said) == ["SERVICES.CLAIMED_ALREADY"] * 11 + ["submitted"]
    holders = [one for one in crowd if run in await world.services.desk.held(one)]
    assert len(holders) == 1


async def told(act: Awaitable[str]) -> str:
    """Where an act leads, or with which error it is refused."""
    try:
        return await act
    except BankError as refusal:
        return refusal.code


async def test_pages_follow_each_other_by_what_is_due_first(world: World) -> None:
    runs = [await card(world) for _ in range(5)]
    teller, desk = clerk("teller"), world.services.desk
    own = Narrow(customers=[await owner(world, run) for run in runs])

    whole = await desk.cases(teller, "all", own, limit=50)
    pages: list[Cases] = [await desk.cases(teller, "all", own, limit=2)]
    while pages[-1].next:
        pages.append(await desk.cases(teller, "all", own, after=pages[-1].next, limit=2))

    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert [one.id for page in pages for one in page.items] == [one.id for one in whole.items]
    due = [one.due_at for one in whole.items]
    assert due == sorted(due, key=str)
    assert {one.id for one in whole.items} == set(runs)


async def owner(world: World, run: UUID) -> UUID:
    """Whose case it is."""
    teller = clerk("teller")
    found = await world.services.desk.cases(teller, "all", Narrow(number=number_of(run).lower()))
    return next(one.customer for one in found.items if one.id == run)


async def test_a_case_is_found_by_its_number_alone(world: World) -> None:
    run, teller = await card(world), clerk("teller")
    await card(world)

    found = await world.services.desk.cases(teller, "all", Narrow(number=number_of(run).lower()))

    assert [one.id for one in found.items] == [run]


async def test_the_board_counts_what_the_lists_show(world: World) -> None:
    runs, teller = [await card(world) for _ in range(3)], clerk("teller")
    await do(world, teller, runs[0], "claim")
    await do(world, teller, runs[1], "claim")
    await do(world, teller, runs[1], "send_back", fix={"why": "写清楚"})

    board = await world.services.desk.board(teller)

    assert (board["mine"], await seen(world, teller, "mine", *runs)) == (1, [runs[0]])
    for scope in ("all", "free", "returned"):
        listed = await world.services.desk.cases(teller, scope, Narrow(), limit=1_000)
        assert board[scope] == len(listed.items)
    assert board["mine_today"] <= board["mine"]


async def test_numbers_name_the_first_reason_why_a_run_was_not_straight(world: World) -> None:
    teller, other = clerk("teller"), clerk("teller")
    before = await numbers(world, teller)
    done, sent_back, refused = [await card(world) for _ in range(3)]
    await do(world, teller, done, "claim")
    await do(world, teller, done, "pass")
    await do(world, teller, done, "claim")
    await do(world, teller, done, "decide", verdict="approved")
    await do(world, other, done, "agree")
    await do(world, other, done, "deliver")
    await do(world, teller, sent_back, "claim")
    await do(world, teller, sent_back, "send_back", fix={"why": "写清楚"})
    await do(world, teller, refused, "claim")
    await do(world, teller, refused, "decide", verdict="refused", why="没有这个人")

    after = await numbers(world, teller)

    grown = {name: after[name] - before.get(name, 0) for name in after if after[name] != before.get(name, 0)}
    assert grown == {"runs": 3, "ended": 1, "refused": 1, "returned": 1, "by_hand": 1}


async def numbers(world: World, who: Principal) -> dict[str, int]:
    """The card's own numbers."""
    found = await world.services.desk.numbers(who, who.bank, 30)
    row = next((one for one in found if one["service"] == "social.card.replace"), {})
    return {name: value for name, value in row.items() if isinstance(value, int)}

"""Consents stand or are withdrawn; a notice is written once and read by its owner."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from fengshou.kernel import Clock, Database, Jobs, Missing, Relay, new_id
from tests.party.desk_of_tests import ANJI, XIAOSHAN, Hall, content, customer


async def test_a_consent_is_given_once_withdrawn_and_given_again(hall: Hall) -> None:
    person = await hall.person()
    async with hall.db.work(XIAOSHAN) as work:
        await hall.party.consent(work, person.id, "terms", "2026-01", "app")
        await hall.party.consent(work, person.id, "terms", "2026-01", "app")
        await hall.party.consent(work, person.id, "privacy", "2026-01", "app")
    async with hall.db.work(XIAOSHAN) as work:
        await hall.party.withdraw_consent(work, person.id, "terms")
        with pytest.raises(Missing):
            await hall.party.withdraw_consent(work, person.id, "terms")
        await hall.party.consent(work, person.id, "terms", "2026-01", "app")

    kept = await hall.party.consents(person.id)
    assert sorted((c.purpose, c.withdrawn_at is None) for c in kept) == [
        ("privacy", True),
        ("terms", False),
        ("terms", True),
    ]


async def test_a_notice_is_written_once_per_source_in_both_languages(hall: Hall) -> None:
    person = await hall.person()
    facts = {"amount_fen": 120000, "balance_fen": 5, "tail": "3107", "other": "林*禾"}
    written = [
        await hall.party.notify(ANJI, person.id, "money_in", facts, source="entry-1") for _ in range(2)
    ]

    assert written == [True, False]
    (notice,) = await hall.party.notices(customer(person))
    assert (notice.kind, notice.about_bank, notice.facts) == ("money_in", ANJI, facts)
    assert notice.title == {"zh": "到账 1,200.00 元", "en": "1,200.00 yuan in"}
    assert notice.body["zh"] == "账户（尾号 3107）收到林*禾 1,200.00 元，余额 0.05 元。"


async def test_an_open_app_hears_of_its_letters_and_of_nobody_else_s(hall: Hall) -> None:
    me, other = await hall.person(1), await hall.person(2)
    await hall.party.notify(XIAOSHAN, me.id, "login", {"device": "before anybody looked"})
    phones = [hall.party.letter_arrivals(me.id) for _ in range(2)]
    waiting = [asyncio.ensure_future(anext(phone)) for phone in phones]
    await asyncio.sleep(0)  # both look now

    await hall.party.notify(XIAOSHAN, other.id, "login", {"device": "theirs"})
    await hall.party.notify(XIAOSHAN, me.id, "login", {"device": "mine"}, source="s")
    assert [await asyncio.wait_for(one, 10) for one in waiting] == [1, 1]
    async with hall.db.relay() as work:  # nothing to carry away for it
        assert await work.fetchval("SELECT count(*) FROM kernel.outbox WHERE topic LIKE 'party.notice%'") == 0

    again = asyncio.ensure_future(anext(phones[0]))
    await hall.party.notify(XIAOSHAN, me.id, "login", {"device": "mine"}, source="s")  # written before
    await asyncio.sleep(0)
    assert not again.done()
    hall.party.renew(content())
    await hall.party.notify(XIAOSHAN, me.id, "login", {"device": "after a release"})
    assert await asyncio.wait_for(again, 10) == 1

    for phone in phones:
        await phone.aclose()  # type: ignore[attr-defined]  # it is a generator behind its AsyncIterator
    assert hall.party._room.mailbox._waiting == {}


async def test_notices_are_paged_counted_and_read_by_their_owner_only(hall: Hall) -> None:
    me, other = await hall.person(1), await hall.person(2)
    for number in range(5):
        await hall.party.notify(XIAOSHAN, me.id, "login", {"device": f"phone {number}"})
    mine, theirs = customer(me), customer(other)

    first = await hall.party.notices(mine, limit=3)
    rest = await hall.party.notices(mine, before=first[-1].id, limit=3)
    assert [n.facts["device"][-1] for n in (*first, *rest)] == ["4", "3", "2", "1", "0"]
    assert await hall.party.mark_read(theirs, [first[0].id]) == 0
    assert await hall.party.mark_read(mine, [first[0].id]) == 1
    assert await hall.party.unread(mine) == 4
    assert await hall.party.mark_read(mine) == 4
    assert (await hall.party.unread(mine), await hall.party.notices(theirs)) == (0, [])


async def test_opening_an_account_writes_a_letter(hall: Hall, db: Database, clock: Clock) -> None:
    jobs = Jobs(db, clock)
    written: list[tuple[str, dict[str, object]]] = []
    relay = Relay(db, jobs)
    hall.party.listen(relay)
    who, account = await hall.account()
    for name, handler in jobs._handlers.items():
        topic = name.partition(">")[0]
        async with db.relay() as work:
            rows = await work.fetch("SELECT * FROM kernel.outbox WHERE topic=$1", topic)
        for row in rows:
            written.append((topic, row["body"]))
            event = {"id": str(row["id"]), "bank": row["institution_id"], "topic": topic, "key": row["key"],
                     "body": row["body"], "at": row["at"].isoformat()}  # fmt: skip
            await handler(event)
            await handler(event)  # at least once

    kinds = {notice.kind: notice for notice in await hall.party.notices(who)}
    assert set(kinds) == {"welcome", "real_name_verified", "account_opened"}
    assert (
        kinds["account_opened"].body["zh"] == f"您在青禾农商银行的账户（尾号 {account.number[-4:]}）已开立。"
    )
    opened = dict(written)["party.account.opened"]
    assert opened["customer"] == str(who.id)


async def test_a_customer_of_nobody_has_no_letters(hall: Hall) -> None:
    nobody: UUID = new_id(XIAOSHAN)
    assert await hall.party.consents(nobody) == []

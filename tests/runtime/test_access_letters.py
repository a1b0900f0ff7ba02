"""What access says becomes a letter to the customer, and never one to staff."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from fengshou.kernel import Clock, Database, Jobs, Relay, bank_of, new_id
from fengshou.runtime import access_letters
from tests.party.desk_of_tests import XIAOSHAN, Hall, customer, open_hall


@pytest.fixture
async def hall(db: Database, clock: Clock) -> AsyncIterator[Hall]:
    opened = await open_hall(db, clock)
    yield opened
    await opened.ledger.stop()


async def deliver(jobs: Jobs, clock: Clock, topic: str, principal: UUID, **body: Any) -> None:
    bank = bank_of(principal)
    payload = {"id": str(new_id(bank)), "bank": bank, "topic": topic, "key": "", "at": clock.now().isoformat(),
               "body": {"principal": str(principal), **body}}  # fmt: skip
    for _ in range(2):  # at least once
        await jobs._handlers[f"{topic}>letter"](payload)


async def test_log_ins_and_keys_are_told_once_each(hall: Hall, db: Database, clock: Clock) -> None:
    jobs = Jobs(db, clock)
    access_letters.listen(Relay(db, jobs), hall.party)
    person = await hall.person()
    await deliver(jobs, clock, "access.logged_in", person.id, device="安卓手机", device_added=True)
    await deliver(jobs, clock, "access.logged_in", person.id, device="安卓手机", device_added=False)
    for topic in ("password_changed", "passkey_added", "passkey_removed", "locked", "frozen"):
        await deliver(jobs, clock, f"access.{topic}", person.id)

    told = await hall.party.notices(customer(person))
    assert [notice.kind for notice in reversed(told)] == [
        "device_new", "login", "password_changed", "passkey_added", "passkey_removed", "log_in_locked",
        "log_in_frozen",
    ]  # fmt: skip
    assert "安卓手机" in told[-1].body["zh"]


async def test_staff_get_no_letters(hall: Hall, db: Database, clock: Clock) -> None:
    jobs = Jobs(db, clock)
    access_letters.listen(Relay(db, jobs), hall.party)
    async with db.work(XIAOSHAN) as work:
        clerk = await hall.party.hire(work, "chenyu", "陈玉", frozenset({"teller"}))
    await deliver(jobs, clock, "access.logged_in", clerk.id, device="电脑", device_added=True)

    async with db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM party.notice") == 0

"""Consents and notices: what a customer agreed to, and what the bank told them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fengshou.kernel import Event, Missing, Record, Relay, Work, bank_of, new_id
from fengshou.party import store_letters
from fengshou.party.content import Words
from fengshou.party.model import Consent, Notice
from fengshou.party.room import Room

PAGE_MAX = 100
_NOTICE_OF_TOPIC = {
    "party.account.opened": "account_opened",
    "party.account.frozen": "account_frozen",
    "party.account.unfrozen": "account_unfrozen",
    "party.account.closed": "account_closed",
    "party.phone.changed": "phone_changed",
    "party.real_name.verified": "real_name_verified",
    "party.customer.registered": "welcome",
}


async def consent(work: Work, customer: UUID, purpose: str, version: str, channel: str) -> None:
    """The customer agrees to one version of one purpose: terms, privacy, face, sharing. Agreeing twice is once."""
    await store_letters.insert_consent(work, new_id(work.bank, work.now), customer, purpose, version, channel)
    await work.audit("party.consent", str(customer), purpose=purpose, version=version)


async def withdraw(work: Work, customer: UUID, purpose: str) -> None:
    """The customer takes a consent back. Raises `Missing` when none stands."""
    if not await store_letters.withdraw_consent(work, customer, purpose):
        raise Missing(what="consent")
    await work.audit("party.withdraw", str(customer), purpose=purpose)


async def consents(room: Room, customer: UUID) -> list[Consent]:
    """All a customer ever gave, newest first."""
    async with room.db.read(bank_of(customer)) as work:
        return [Consent(**dict(row)) for row in await store_letters.consents(work, customer)]


async def notify(
    room: Room, about_bank: int, customer: UUID, kind: str, facts: dict[str, Any], source: str | None
) -> bool:
    """Write a letter of `kind`; False when this `source` wrote it before."""
    bank = bank_of(customer)
    about = room.bank(about_bank)
    known = {"bank_zh": about.name_zh, "bank_en": about.name_en, **facts}
    title, body = room.content.notices[kind].filled(known)
    async with room.db.work(bank) as work:
        id_ = new_id(bank, work.now)
        written = await store_letters.insert_notice(
            work, id_, customer, source or str(id_), about_bank, kind, _four(title, body), facts
        )
    if written:
        room.mailbox.tell(customer)  # committed: who looks now finds it
    return written


async def notices(room: Room, customer: UUID, before: UUID | None, limit: int) -> list[Notice]:
    """A page of letters, newest first, older than `before`."""
    async with room.db.read(bank_of(customer)) as work:
        rows = await store_letters.notices(work, customer, before, min(limit, PAGE_MAX))
    return [_notice(row) for row in rows]


async def unread(room: Room, customer: UUID) -> int:
    """How many letters wait to be read."""
    async with room.db.read(bank_of(customer)) as work:
        return await store_letters.unread(work, customer)


async def mark_read(room: Room, customer: UUID, ids: list[UUID] | None) -> int:
    """Mark letters as read (all when `ids` is None); how many were marked now."""
    async with room.db.work(bank_of(customer)) as work:
        return await store_letters.mark_read(work, customer, ids)


def listen(room: Callable[[], Room], relay: Relay) -> None:
    """Write a letter for each of the room's own events. Before the relay starts."""

    async def write(event: Event) -> None:
        customer = UUID(event.body["customer"])
        facts = {"tail": event.body["tail"]} if "tail" in event.body else {}
        await notify(room(), event.bank, customer, _NOTICE_OF_TOPIC[event.topic], facts, str(event.id))

    for topic in _NOTICE_OF_TOPIC:
        relay.on(topic, "party.letter", write)


def _four(title: Words, body: Words) -> tuple[str, str, str, str]:
    return title.zh, title.en, body.zh, body.en


def _notice(row: Record) -> Notice:
    return Notice(
        row["id"], row["kind"], row["about_bank"], {"zh": row["title_zh"], "en": row["title_en"]},
        {"zh": row["body_zh"], "en": row["body_en"]}, row["facts"], row["at"], row["read_at"],
    )  # fmt: skip

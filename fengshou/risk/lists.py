"""Lists of payees, kept by staff and known to every bank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias
from uuid import UUID

from fengshou.kernel import Missing, Principal, Record
from fengshou.risk import store_cases
from fengshou.risk.errors import NotRiskStaff

if TYPE_CHECKING:
    from fengshou.risk.room import Room

ListName: TypeAlias = Literal["payee_deny", "payee_watch"]
LIST_ROLES = frozenset({"risk_officer", "supervisor", "centre_ops", "system"})


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An account on a list; only the last four digits are known, the rest is blind."""

    list: ListName
    hint: str
    source: str
    reason: str
    added_at: datetime
    added_by: UUID
    expires_at: datetime | None


async def put_on_list(
    room: Room, who: Principal, name: ListName, number: str, *, source: str, reason: str,
    expires_at: datetime | None = None,
) -> None:  # fmt: skip
    """List an account number; at once in force at every bank. Listing again renews source, reason and end."""
    _require_staff(who)
    value, digits = room.payee_blind(number), "".join(number.split())
    async with room.db.work(who.bank, who) as work:
        await store_cases.put_on_list(work, name, value, digits[-4:], source, reason, who.id, expires_at)
        await work.audit("risk.list.add", value.hex()[:16], list=name, source=source)


async def take_off_list(room: Room, who: Principal, name: ListName, number: str, *, reason: str) -> None:
    """End an entry. Raises `Missing` when the number is not listed."""
    _require_staff(who)
    value = room.payee_blind(number)
    async with room.db.work(who.bank, who) as work:
        if not await store_cases.take_off_list(work, name, value, who.id):
            raise Missing()
        await work.audit("risk.list.remove", value.hex()[:16], list=name, reason=reason)


async def list_entries(room: Room, who: Principal, name: ListName, limit: int = 200) -> tuple[ListEntry, ...]:
    """The entries in force, newest first."""
    _require_staff(who)
    async with room.db.read(who.bank) as work:
        rows = await store_cases.list_entries(work, name, limit)
    return tuple(_entry(row) for row in rows)


def _entry(row: Record) -> ListEntry:
    return ListEntry(
        row["list"],
        row["hint"],
        row["source"],
        row["reason"],
        row["added_at"],
        row["added_by"],
        row["expires_at"],
    )


def _require_staff(who: Principal) -> None:
    if who.kind == "customer" or not who.roles & LIST_ROLES:
        raise NotRiskStaff()

"""Closing a day or a month: from then on nothing is booked in it any more.

Posting goes on all the while and is never refused for it: what happened in a closed day and is posted
later is booked on the next open one, with its value day kept. Which side of the closing a row is on is a
matter of its position, so anybody can work it out again. Opening a closed day again takes two people.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from fengshou.kernel import BankError, Clock, Connection, Database, Kind, Missing, Principal, Record, new_id
from fengshou.ledger import general, store_days, store_general, store_office
from fengshou.ledger.days import Days, follow_to

PeriodKind = Literal["day", "month"]


class PeriodNotOpen(BankError):
    """The period is closed already, or somebody is closing it."""

    code = "LEDGER.PERIOD_NOT_OPEN"
    kind = Kind.CONFLICT
    zh = "{period} 已经结账，或正在结账"
    en = "{period} is closed already, or is being closed."


class PeriodNotOver(BankError):
    """A day is closed when it has begun, a month when all its days are closed."""

    code = "LEDGER.PERIOD_NOT_OVER"
    kind = Kind.CONFLICT
    zh = "{period} 还不能结账：先要结到 {first}"
    en = "{period} cannot be closed yet: it needs {first} first."


class PeriodUnsound(BankError):
    """The books of the period do not agree; it stays open."""

    code = "LEDGER.PERIOD_UNSOUND"
    zh = "{period} 不能结账，账不平：{problem}"
    en = "{period} cannot be closed, its books do not agree: {problem}"


class PeriodNotClosed(BankError):
    """Only the day closed last can be opened again."""

    code = "LEDGER.PERIOD_NOT_CLOSED"
    kind = Kind.CONFLICT
    zh = "只能重开最后结账的那一天（{last}）"
    en = "Only the day closed last ({last}) can be opened again."


class NeedsAnother(BankError):
    """Who asked for something cannot also agree to it."""

    code = "LEDGER.NEEDS_ANOTHER"
    zh = "需要另一位同事复核，不能自己批准自己的申请"
    en = "Somebody else has to agree; you cannot approve what you asked for."


class ReopeningAsked(BankError):
    """Somebody asks for this day already; that is decided first."""

    code = "LEDGER.REOPENING_ASKED"
    kind = Kind.CONFLICT
    zh = "{day} 已经有人申请重开，先处理那一份申请"
    en = "Somebody has asked to open {day} again already; that is to be decided first."


@dataclass(frozen=True, slots=True)
class Period:
    """A day or month of a bank. `digest` is of its general ledger when it was closed, None when never.

    debit_fen, credit_fen  its turnover in yuan; the digest covers every currency
    """

    kind: str
    first_on: date
    last_on: date
    status: str
    position: int | None
    debit_fen: int | None
    credit_fen: int | None
    digest: bytes | None
    changed_at: datetime
    changed_by: UUID


@dataclass(frozen=True, slots=True)
class Reopening:
    """Somebody's wish to open a closed day again, and what became of it.

    state  asked, agreed, refused, or withdrawn by who asked
    """

    id: UUID
    on_day: date
    reason: str
    asked_by: UUID
    asked_at: datetime
    state: Literal["asked", "agreed", "refused", "withdrawn"]
    decided_by: UUID | None
    decided_at: datetime | None
    answer: str


class Closing:
    """Closing and opening the periods of a bank."""

    def __init__(self, db: Database, clock: Clock, days: Days) -> None:
        self._db, self._clock, self._days = db, clock, days

    async def close_day(self, who: Principal, bank: int, on: date) -> Period:
        """Close every day up to and with `on`. Raises `PeriodNotOpen`, `PeriodNotOver`, `PeriodUnsound`."""
        if on > self._clock.today():
            raise PeriodNotOver(period=on.isoformat(), first=self._clock.today().isoformat())
        return await self._close(who, bank, "day", on, on)

    async def close_month(self, who: Principal, bank: int, month: date) -> Period:
        """Close the month of a date, whose days are all closed. Raises as `close_day` does."""
        first = month.replace(day=1)
        last = month.replace(day=monthrange(month.year, month.month)[1])
        return await self._close(who, bank, "month", first, last)

    async def ask_reopening(self, who: Principal, bank: int, on: date, reason: str) -> UUID:
        """Ask that a day be opened again; `agree_reopening` by somebody else opens it.

        Raises `PeriodNotClosed`, `ReopeningAsked`.
        """
        async with self._db.relay(bank) as work:
            work.who = who
            await _must_be_last(work.db, bank, on)
            id_ = new_id(bank, work.now)
            if not await store_general.ask_reopening(work.db, bank, id_, on, reason, who.id, work.now):
                raise ReopeningAsked(day=on.isoformat())
            await store_office.put(work.db, bank, work.now, "reopening", (id_,))
            await work.audit("ledger.reopening_asked", on.isoformat(), reason=reason, reopening=str(id_))
        return id_

    async def agree_reopening(self, who: Principal, bank: int, id_: UUID) -> date:
        """Open the day again. Raises `NeedsAnother` for the one who asked, `Missing`, `PeriodNotClosed`."""
        await self._days.follow(bank)
        async with self._db.relay(bank) as work:
            work.who = who
            asked = await _asked(work.db, bank, id_)
            if asked["asked_by"] == who.id:
                raise NeedsAnother()
            on: date = asked["on_day"]
            await _must_be_last(work.db, bank, on)
            # What is posted up to now was booked after this day, and stays there.
            position = await _catch_up(work.db, bank)
            await store_general.closed_to(work.db, bank, on - timedelta(days=1))
            await store_office.closed_to(work.db, bank, work.now, position, on - timedelta(days=1))
            again = await store_general.reopen(work.db, bank, on, who.id, work.now)
            await store_general.agree_reopening(work.db, bank, id_, who.id, work.now)
            await store_office.put(work.db, bank, work.now, "reopening", (id_,))
            await store_office.put(
                work.db, bank, work.now, "period", *((r["kind"], r["first_on"]) for r in again)
            )
            await work.audit(
                "ledger.period_reopened", on.isoformat(), asked_by=str(asked["asked_by"]), reason=asked["reason"],
                periods=[f"{r['kind']} {r['first_on']}" for r in again],
            )  # fmt: skip
        return on

    async def refuse_reopening(self, who: Principal, bank: int, id_: UUID, answer: str) -> None:
        """The day stays closed; who asked takes it back this way. Raises `Missing`."""
        async with self._db.relay(bank) as work:
            work.who = who
            asked = await _asked(work.db, bank, id_)
            await store_general.refuse_reopening(work.db, bank, id_, who.id, work.now, answer)
            await store_office.put(work.db, bank, work.now, "reopening", (id_,))
            act = "withdrawn" if asked["asked_by"] == who.id else "refused"
            await work.audit(
                f"ledger.reopening_{act}", asked["on_day"].isoformat(), reopening=str(id_), answer=answer
            )

    async def reopenings(self, bank: int, limit: int = 20) -> list[Reopening]:
        """What was asked at a bank, newest first."""
        async with self._db.pool("relay").acquire() as db:
            return [_reopening(r) for r in await store_general.reopenings(db, bank, limit)]

    async def wish(self, bank: int, id_: UUID) -> Reopening | None:
        """What was asked under this id."""
        async with self._db.pool("relay").acquire() as db:
            found = await store_general.wish(db, bank, id_)
        return _reopening(found) if found else None

    async def closed_to(self, bank: int) -> date | None:
        """The day closed last, which is the only one that can be opened again; None when none is closed."""
        async with self._db.pool("relay").acquire() as db:
            kept = await store_general.followed(db, bank)
        found: date | None = kept["closed_to"] if kept else None
        return None if found in (None, date.min) else found

    async def periods(
        self, bank: int, since: date, *, before: date | None = None, limit: int | None = None
    ) -> list[Period]:
        """The periods of a bank that were ever closed and end on `since` or later, oldest first.

        before, limit  only the newest `limit` of those that begin before that day
        """
        async with self._db.pool("relay").acquire() as db:
            return [_period(r) for r in await store_general.periods(db, bank, since, before, limit)]

    async def changed(self, bank: int, since: date = date.min) -> list[Period]:
        """Closed periods that end on `since` or later whose general ledger is no longer what it was then."""
        async with (
            self._db.pool("relay").acquire() as db,
            db.transaction(isolation="repeatable_read", readonly=True),
        ):
            found = [_period(r) for r in await store_general.periods(db, bank, since)]
            closed = [p for p in found if p.status == "closed"]
            return [p for p in closed if await _digest(db, bank, p.first_on, p.last_on) != p.digest]

    async def _close(self, who: Principal, bank: int, kind: PeriodKind, first: date, last: date) -> Period:
        """Mark it, so that nobody else closes it and everybody sees it; check; close."""
        name = first.isoformat() if kind == "day" else f"{first:%Y-%m}"
        async with self._db.relay(bank) as work:
            kept = await store_general.followed(work.db, bank)
            if kind == "day" and kept is not None and kept["closed_to"] >= last:
                raise PeriodNotOpen(period=name)
            if not await store_general.mark(work.db, bank, kind, first, last, "closing", who.id, work.now):
                raise PeriodNotOpen(period=name)
            await store_office.put(work.db, bank, work.now, "period", (kind, first))
        try:
            await self._days.follow(bank)
            async with self._db.relay(bank) as work:
                work.who = who
                position = await _catch_up(work.db, bank)
                kept = await store_general.followed(work.db, bank, lock=True)
                assert kept is not None
                if kind == "month" and kept["closed_to"] < last:
                    raise PeriodNotOver(period=name, first=last.isoformat())
                if kind == "day" and kept["closed_to"] >= last:
                    raise PeriodNotOpen(period=name)
                totals = await _check(work.db, bank, name, first, last)
                if kind == "day":
                    await store_general.closed_to(work.db, bank, last)
                    await store_office.closed_to(work.db, bank, work.now, position, last)
                digest = await _digest(work.db, bank, first, last)
                await store_general.close(work.db, bank, kind, first, position, totals, digest)
                await store_office.put(work.db, bank, work.now, "period", (kind, first))
                await work.audit("ledger.period_closed", f"{kind} {name}", position=position)
        except BaseException:
            async with self._db.relay(bank) as work:
                await store_general.mark(work.db, bank, kind, first, last, "open", who.id, work.now)
                await store_office.put(work.db, bank, work.now, "period", (kind, first))
            raise
        return next(p for p in await self.periods(bank, first) if (p.kind, p.first_on) == (kind, first))


async def _catch_up(db: Connection, bank: int) -> int:
    """Build the last few rows inside this transaction; the bank's row of `followed` stays locked."""
    await store_days.begin_following(db, bank)
    kept = await store_general.followed(db, bank, lock=True)
    assert kept is not None
    position = (await store_days.committed(db, [bank]))[bank]
    await follow_to(db, bank, kept["position"], position)
    return position


async def _check(db: Connection, bank: int, name: str, first: date, last: date) -> tuple[int, int]:
    """Debit and credit of the period in yuan; what moved in other currencies is in its digest.

    Raises `PeriodUnsound` when anything does not agree, in any currency.
    """
    book = await general.read(db, bank, first, last)
    if wrong := book.unbalanced():
        raise PeriodUnsound(period=name, problem=wrong[0])
    if apart := await general.compare(db, bank):
        one = apart[0]
        raise PeriodUnsound(
            period=name, problem=f"{one.subject} {one.currency}: {one.general_fen} ≠ {one.accounts_fen}"
        )
    rows = [r for r in book.banks.get(bank, []) if r.currency == "CNY"]
    return sum(r.debit_fen for r in rows), sum(r.credit_fen for r in rows)


async def _digest(db: Connection, bank: int, first: date, last: date) -> bytes:
    return general.digest((await general.read(db, bank, first, last)).banks.get(bank, []))


async def _asked(db: Connection, bank: int, id_: UUID) -> Record:
    """A wish that nobody has decided, locked. Raises `Missing`."""
    found = await store_general.reopening(db, bank, id_)
    if found is None or found["agreed_at"] is not None or found["refused_at"] is not None:
        raise Missing(what="reopening")
    return found


async def _must_be_last(db: Connection, bank: int, on: date) -> None:
    kept = await store_general.followed(db, bank, lock=True)
    if kept is None or kept["closed_to"] != on:
        raise PeriodNotClosed(last=kept["closed_to"].isoformat() if kept else "-")


def _period(r: Record) -> Period:
    return Period(
        r["kind"], r["first_on"], r["last_on"], r["status"], r["position"],
        None if r["debit"] is None else int(r["debit"]), None if r["credit"] is None else int(r["credit"]),
        r["digest"], r["changed_at"], r["changed_by"],
    )  # fmt: skip


def _reopening(r: Record) -> Reopening:
    state: Literal["asked", "agreed", "refused", "withdrawn"] = "asked"
    if r["agreed_at"]:
        state = "agreed"
    elif r["refused_at"]:
        state = "withdrawn" if r["refused_by"] == r["asked_by"] else "refused"
    return Reopening(
        r["id"], r["on_day"], r["reason"], r["asked_by"], r["asked_at"], state,
        r["agreed_by"] or r["refused_by"], r["agreed_at"] or r["refused_at"], r["answer"],
    )  # fmt: skip

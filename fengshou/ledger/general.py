"""The general ledger: what each subject of the chart brought forward, turned over and closed with.

A movement is booked on the day it happened; when that day was closed before the movement was posted, on the
next open one. Its value day stays what it was. Amounts are signed, credit positive, as everywhere in the book.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from fengshou.kernel import Connection, Database
from fengshou.ledger import store_days, store_general
from fengshou.ledger.days import Days


@dataclass(frozen=True, slots=True)
class GeneralRow:
    """One subject in one currency. `legs` counts the sides of movements in the period."""

    subject: str
    currency: str
    opening_fen: int
    debit_fen: int
    credit_fen: int
    closing_fen: int
    legs: int


@dataclass(frozen=True, slots=True)
class GeneralLedger:
    """The ledger of one or all banks for the days `since` to `until`, both counted.

    positions  how far each bank's journal is in it: what is posted later is not
    """

    since: date
    until: date
    positions: dict[int, int]
    banks: dict[int, list[GeneralRow]]

    def federation(self) -> list[GeneralRow]:
        """The banks' rows added up."""
        sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 5)
        for rows in self.banks.values():
            for r in rows:
                total = sums[r.subject, r.currency]
                parts = (r.opening_fen, r.debit_fen, r.credit_fen, r.closing_fen, r.legs)
                sums[r.subject, r.currency] = [a + b for a, b in zip(total, parts, strict=True)]
        return [GeneralRow(subject, currency, *sums[subject, currency]) for subject, currency in sorted(sums)]

    def unbalanced(self) -> list[str]:
        """Where debits and credits differ, or what is brought forward does not sum to zero; none when sound."""
        return [
            f"bank {bank} {currency}: {word} off by {fen} fen"
            for bank, rows in self.banks.items()
            for currency in sorted({r.currency for r in rows})
            for word, fen in _sums([r for r in rows if r.currency == currency])
            if fen
        ]


@dataclass(frozen=True, slots=True)
class Difference:
    """A subject whose accounts do not add up to what the general ledger says.."""

    bank: int
    subject: str
    currency: str
    general_fen: int
    accounts_fen: int


class General:
    """Reading the general ledger; each answer follows the journal first."""

    def __init__(self, db: Database, days: Days) -> None:
        self._db, self._days = db, days

    async def ledger(self, bank: int | None, since: date, until: date) -> GeneralLedger:
        """Opening, turnover and closing of every subject, of `bank` or of all."""
        await self._days.follow(bank)
        async with (
            self._db.pool("relay").acquire() as db,
            db.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await read(db, bank, since, until)

    async def accounts(self, bank: int | None) -> dict[tuple[int, str, str], int]:
        """How many accounts stand under each subject, by bank, subject and currency, the yuan first."""
        async with self._db.pool("relay").acquire() as db:
            return await store_general.accounts(db, bank)

    async def names(self) -> dict[str, tuple[str, str]]:
        """Chinese and English name of each subject of the chart, by its code."""
        async with self._db.pool("relay").acquire() as db:
            return await store_general.names(db)

    async def trial(self, bank: int | None, on: date) -> GeneralLedger:
        """The trial balance at the end of a day, with the turnover of that day."""
        return await self.ledger(bank, on, on)

    async def days_of(
        self, bank: int, subject: str, since: date, until: date, *, currency: str = "CNY"
    ) -> list[tuple[date, int, int, int]]:
        """One subject day by day: day, debit, credit, and what it closed with."""
        await self._days.follow(bank)
        async with (
            self._db.pool("relay").acquire() as db,
            db.transaction(isolation="repeatable_read", readonly=True),
        ):
            rows = await store_general.days_of_subject(db, bank, subject, currency, since, until)
            brought = (await read(db, bank, since, until)).banks.get(bank, [])
        fen = next((r.opening_fen for r in brought if (r.subject, r.currency) == (subject, currency)), 0)
        table = []
        for r in rows:
            fen += int(r["credit"]) - int(r["debit"])
            table.append((r["book_on"], int(r["debit"]), int(r["credit"]), fen))
        return table

    async def differences(self, bank: int) -> list[Difference]:
        """Subjects whose accounts' own balances differ from the general ledger; none in a sound book."""
        await self._days.follow(bank)
        async with (
            self._db.pool("relay").acquire() as db,
            db.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await compare(db, bank)


async def read(db: Connection, bank: int | None, since: date, until: date) -> GeneralLedger:
    """The general ledger as the caller's transaction sees it."""
    banks: dict[int, list[GeneralRow]] = defaultdict(list)
    for r in await store_general.general(db, bank, since, until):
        opening, debit, credit = int(r["opening"]), int(r["debit"]), int(r["credit"])
        banks[r["bank"]].append(
            GeneralRow(
                r["subject"], r["currency"], opening, debit, credit, opening + credit - debit, r["legs"]
            )
        )
    positions = await store_days.followed(db)
    wanted = positions if bank is None else {bank: positions.get(bank, 0)}
    return GeneralLedger(since, until, wanted, dict(banks))


async def compare(db: Connection, bank: int) -> list[Difference]:
    """Sub-ledger against general ledger, at the position the days have come to."""
    found = await store_general.followed(db, bank)
    if found is None:
        return []
    whole = (await read(db, bank, date.max, date.max)).banks.get(bank, [])
    said = {(r.subject, r.currency): r.closing_fen for r in whole}
    held = {
        (r["subject"], r["currency"]): int(r["fen"])
        for r in await store_general.sub_ledger(db, bank, found["position"])
    }
    return [
        Difference(bank, key[0], key[1], said.get(key, 0), held.get(key, 0))
        for key in sorted(said | held)
        if said.get(key, 0) != held.get(key, 0)
    ]


def digest(rows: list[GeneralRow]) -> bytes:
    """SHA-256 over a ledger's rows: what was closed can be compared with what is there."""
    return sha256(repr(sorted(rows, key=lambda r: (r.subject, r.currency))).encode()).digest()


def _sums(rows: list[GeneralRow]) -> tuple[tuple[str, int], ...]:
    return (
        ("what is brought forward", sum(r.opening_fen for r in rows)),
        ("turnover", sum(r.credit_fen - r.debit_fen for r in rows)),
    )

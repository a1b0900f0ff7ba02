"""What the tellers of a drill want: entries that can be built again, exactly, from a line of text."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, dataclass
from uuid import UUID

import asyncpg

from fengshou.kernel import CENTRE, BankError, install_jobs, migrate_database, new_id
from fengshou.ledger import (
    PEND,
    SETTLE,
    VOID,
    AccountRef,
    Entry,
    Ledger,
    NewAccount,
    OutboxEvent,
    Posting,
    Rider,
    RiderKind,
    between_banks,
    open_banks,
    own_account,
)

BANKS = (109, 1127)
ACCOUNTS = 40  # at each bank
START_FEN = 1_000_000
_FIRST = 10_000_000
TOPIC = "drill.posted"

_TABLES = """
CREATE SCHEMA drill;
GRANT USAGE ON SCHEMA drill TO fs_writer;
CREATE TABLE drill.ride (institution_id smallint, entry uuid, PRIMARY KEY (institution_id, entry));
GRANT SELECT, INSERT ON drill.ride TO fs_writer;
"""


class NoRide(BankError):
    """The drill's rider did not take effect."""

    code = "DRILL.NO_RIDE"


RIDE = RiderKind(
    "drill.ride",
    "INSERT INTO drill.ride AS t SELECT r.bank, r.entry FROM unnest($1::int[], $2::smallint[], $3::uuid[])"
    " AS r(n, bank, entry) ON CONFLICT DO NOTHING RETURNING institution_id, entry",
    2,
    NoRide,
    by_target=True,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One entry to be. `kind` is pay, across, pend, settle, void, ride or poor; accounts count from 0.

    hold  the id of the entry whose hold a settle or void closes
    """

    id: str
    kind: str
    bank: int
    debit: int
    credit: int
    fen: int
    hold: str | None = None

    def entry(self) -> Entry:
        """The same entry every time."""
        id_, debit, credit = UUID(self.id), account(self.bank, self.debit), account(self.bank, self.credit)
        if self.kind == "across":
            return Entry(id_, between_banks(debit, account(_other(self.bank), self.credit), self.fen, 1))
        if self.kind == "ride":
            rider = Rider(RIDE.name, (self.bank, id_), (self.bank, id_))
            event = OutboxEvent(self.bank, TOPIC, self.id, {"fen": self.fen})
            return Entry(id_, (Posting(debit, credit, self.fen),), riders=(rider,), events=(event,))
        kind = {"pend": PEND, "settle": SETTLE, "void": VOID}.get(self.kind)
        if kind is None:
            return Entry(id_, (Posting(debit, credit, self.fen),))
        hold = UUID(self.hold) if self.hold else None
        return Entry(id_, (Posting(debit, credit, self.fen, kind, hold),))

    def line(self) -> str:
        """As text."""
        return json.dumps(asdict(self))


def read(line: str) -> Wish:
    """From text."""
    return Wish(**json.loads(line))


def account(bank: int, number: int) -> AccountRef:
    """The drill's account of that number at a bank."""
    return AccountRef(bank, _FIRST + number)


def _other(bank: int) -> int:
    return BANKS[1 - BANKS.index(bank)]


class Wisher:
    """Draws wishes at random; a hold that was made is later settled in part, or voided."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - it picks moments and amounts, not secrets
        self._holds: list[Wish] = []

    def draw(self) -> Wish:
        """The next wish."""
        chance = self._chance
        if self._holds and chance.random() < 0.12:
            held = self._holds.pop(chance.randrange(len(self._holds)))
            kind, fen = chance.choice((("settle", chance.randint(1, held.fen)), ("void", held.fen)))
            return Wish(_id(held.bank), kind, held.bank, held.debit, held.credit, fen, held.id)
        kind = chance.choices(("pay", "across", "pend", "ride", "poor"), (50, 20, 12, 12, 6))[0]
        bank, (debit, credit) = chance.choice(BANKS), chance.sample(range(ACCOUNTS), 2)
        fen = chance.randint(1, 500) if kind != "poor" else 10**12
        return Wish(_id(bank), kind, bank, debit, credit, fen)

    def held(self, wish: Wish) -> None:
        """A pend was posted; its hold may be closed from now on."""
        self._holds.append(wish)


def _id(bank: int) -> str:
    return str(new_id(bank))


async def open_tables(dsn: str) -> None:
    """Migrate, and make what the drill's rider writes."""
    await migrate_database(dsn)
    await install_jobs(dsn)
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute(_TABLES)
    finally:
        await owner.close()


async def open_accounts(ledger: Ledger) -> None:
    """Open the banks, and accounts with money in them."""
    await open_banks(ledger, (CENTRE, *BANKS), ("1001", "2011", "2111", "3001"))
    for bank in BANKS:
        refs = [account(bank, number) for number in range(ACCOUNTS)]
        await ledger.post(
            Entry(
                new_id(bank),
                opens=tuple(NewAccount(ref, "2111") for ref in refs),
                postings=tuple(Posting(own_account(bank, "1001"), ref, START_FEN) for ref in refs),
                mandate="drill",
            )
        )

"""Simulation: thousands of wild requests to the real ledger on a database that breaks, compared with the plain book.

All choices come from one seed: the requests, which of them come at once, where the writer's connection
breaks, when it is restarted and by whom, when the clock moves. (How the server's answers interleave is not
ours to choose, so a seed that fails is tried more than once.) After each round every answer, also what is
asked for by key after a lost one, must be what the plain book says, in the order in which requests came;
every balance, hold and freeze too; at the end the whole journal is verified.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from time import monotonic
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from fengshou.kernel import CENTRE, BankError, Busy, Clock, OutcomeUnknown, install_jobs, migrate_database
from fengshou.ledger import (
    AccountRef,
    Entry,
    Ledger,
    Posting,
    Receipt,
    RiderKind,
    open_banks,
    own_account,
    verify,
)
from fengshou.runtime.bench.ground import temporary_cluster
from fengshou.runtime.drill.brittle import BrittleDatabase, When
from fengshou.runtime.drill.plain_book import Outcome, PlainBook
from fengshou.runtime.drill.wild import BANKS, RIDE, Wild, own_accounts

_SUBJECTS = ("1001", "2011", "2111", "3001")
_STUCK_S = 60.0
_TABLE = (
    "CREATE SCHEMA IF NOT EXISTS drill; GRANT USAGE ON SCHEMA drill TO fs_writer;"
    "CREATE TABLE drill.sim_ride (institution_id smallint, number integer, PRIMARY KEY (institution_id, number));"
    "GRANT SELECT, INSERT ON drill.sim_ride TO fs_writer"
)


class RideTaken(BankError):
    """The drill's rider found its row there already."""

    code = "DRILL.RIDE_TAKEN"
    zh = "演练：这一行已经有了"
    en = "Drill: that row is there already."


_RIDE = RiderKind(
    RIDE,
    "INSERT INTO drill.sim_ride SELECT r.bank, r.number FROM unnest($1::int[], $2::smallint[], $3::int[])"
    " AS r(n, bank, number) ON CONFLICT DO NOTHING RETURNING institution_id, number",
    2, RideTaken, by_target=True,
)  # fmt: skip


class Differs(AssertionError):
    """The ledger said something else than the plain book; the message says where, and from which seed."""


@dataclass
class Seen:
    """What a simulation met."""

    rounds: int = 0
    entries: int = 0
    faults: int = 0
    committed_unheard: int = 0
    restarts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def result(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "rounds": self.rounds, "entries": self.entries, "faults": self.faults,
            "committed_unheard": self.committed_unheard, "restarts": self.restarts, "outcomes": dict(self.outcomes),
        }  # fmt: skip


async def simulate(
    dsn: str, seed: int, *, rounds: int = 40, at_once: int = 40, say: Callable[[str], None] = lambda _: None
) -> dict[str, Any]:
    """Run `rounds` on an empty, migrated database. Raises `Differs`."""
    clock, began = Clock(), monotonic()
    db = BrittleDatabase(dsn, clock, web_max=4)
    owner = await asyncpg.connect(dsn)
    await owner.execute(_TABLE)
    await db.open()
    town = _Town(db, clock, seed)
    try:
        await town.open()
        for number in range(rounds):
            await town.round(town.chance.randint(1, at_once))
            if number % 10 == 9:
                say(f"round {number + 1}/{rounds}: {town.seen.entries} entries, {town.seen.faults} faults")
        report = await verify(owner)
        town.must(report.problems == [], f"verify: {report.problems[:3]}")
    except Exception as problem:
        if not isinstance(problem, Differs):
            raise Differs(f"seed {seed}, round {town.seen.rounds}: {problem!r}") from problem
        raise
    finally:
        db.disarm()
        await town.close()
        await db.close()
        await owner.close()
    return {"seed": seed, "seconds": round(monotonic() - began, 1), "ok": True} | town.seen.result()


async def simulate_many(seeds: int, first: int, say: Callable[[str], None]) -> dict[str, Any]:
    """`seeds` simulations on a cluster of their own, each on a new database; ends at the first that differs."""
    told: list[dict[str, Any]] = []
    with temporary_cluster(say) as cluster:
        await migrate_database(cluster.dsn)
        await install_jobs(cluster.dsn)
        for seed in range(first, first + seeds):
            dsn = await _copy(cluster.dsn, f"simulation_{seed}")
            try:
                told.append(await simulate(dsn, seed))
            except Differs as difference:
                return {"ok": False, "seeds": len(told) + 1, "problems": [str(difference)]}
            say(
                f"seed {seed}: {told[-1]['entries']} entries, {told[-1]['faults']} faults, as the plain book has it"
            )
    sums = {
        name: sum(one[name] for one in told)
        for name in ("entries", "faults", "committed_unheard", "restarts")
    }
    return {"ok": True, "seeds": seeds, "first": first, "problems": []} | sums


async def _copy(dsn: str, name: str) -> str:
    """A new database like the one of `dsn`."""
    parts = urlsplit(dsn)
    owner = await asyncpg.connect(urlunsplit(parts._replace(path="/template1")))
    try:
        await owner.execute(f'CREATE DATABASE {name} TEMPLATE "{parts.path[1:]}"')
    finally:
        await owner.close()
    return urlunsplit(parts._replace(path=f"/{name}"))


class _Town:
    """The ledger, the plain book, and what is done to both."""

    def __init__(self, db: BrittleDatabase, clock: Clock, seed: int) -> None:
        self.db, self.clock, self.seed = db, clock, seed
        self.chance = Random(seed)  # noqa: S311 - it picks moments and amounts, not secrets
        self.plain, self.seen = PlainBook(), Seen()
        self.wild = Wild(self.chance, self.plain, clock.now)
        self.ledger = self._new()
        self.warm: set[int] = set()  # slices of time that ids were posted of

    def must(self, so: bool, what: str) -> None:
        """Raise `Differs` with the seed unless it is so."""
        if not so:
            raise Differs(f"seed {self.seed}, round {self.seen.rounds}: {what}")

    def _new(self) -> Ledger:
        ledger = Ledger(
            self.db, self.clock, takeover_wait_s=_STUCK_S, batch_max=self.chance.choice((3, 16, 512))
        )
        ledger.riders.register(_RIDE)
        return ledger

    async def open(self) -> None:
        """Both books with the same accounts."""
        await self.ledger.start()
        await open_banks(self.ledger, (CENTRE, *BANKS), _SUBJECTS)
        now = self.clock.now()
        own = own_accounts()
        for bank in (CENTRE, *BANKS):
            opens = tuple(new for new in own if new.ref.bank == bank)
            if opens:
                self.plain.post(Entry(self.wild.id(bank), opens=opens), now)
        await self._all_at_once(self.wild.opening())

    async def close(self) -> None:
        """Let go of the shard."""
        await self.ledger.stop()

    async def round(self, count: int) -> None:
        """Some requests at once, perhaps with a fault in the middle; then look at everything."""
        self.seen.rounds += 1
        await self._warm()
        fault = self.chance.random() < 0.4
        if fault:
            when: When = self.chance.choice(("before", "after", "unheard"))
            self.db.arm(self.chance.randint(1, 4 if when == "unheard" else 30), when)
        # When an answer is lost nobody can tell which of two requests of one key was done: then each has its own.
        entries = [self.wild.entry(again=not fault) for _ in range(count)]
        if self.chance.random() < 0.3:
            entries[self.chance.randint(0, len(entries)) :] = [self.wild.plain() for _ in range(20)]
            await self._all_at_once(entries, packed=True)
        else:
            await self._all_at_once(entries)
        await self._between()
        await self._compare()

    async def _warm(self) -> None:
        """One refused entry in each slice of time, as the first of a slice waits for its month and falls behind."""
        nobody = AccountRef(BANKS[0], 99_999_999)
        latest = {entry.id.int >> 100: entry.id for entry in self.wild.sent}
        for id_ in (*latest.values(), self.wild.id(BANKS[0])):
            if (id_.int >> 100) not in self.warm:
                probe = Entry(
                    self.wild.id(BANKS[0], id_), (Posting(own_account(BANKS[0], "1001"), nobody, 1),)
                )
                self.must(
                    await self._post(probe) == "LEDGER.ACCOUNT_MISSING", "a probe was answered otherwise"
                )
                self.warm.add(id_.int >> 100)

    async def _between(self) -> None:
        what = self.chance.random()
        if what < 0.12:
            self.clock.shift(timedelta(minutes=11))
            await self._until_ready()
            await self.ledger.expire_due()
            self.plain.expire(self.clock.now())
        elif what < 0.22:
            await self._restart()

    async def _restart(self) -> None:
        """A clean stop and start; or another takes over from one whose connection broke."""
        self.seen.restarts += 1
        self.warm.clear()
        before, self.ledger = self.ledger, self._new()
        if self.chance.random() < 0.5:
            await before.stop()
            await self.ledger.start()
            return
        self.db.cut()
        await self.ledger.start()
        await before.stop()

    async def _all_at_once(self, entries: list[Entry], *, packed: bool = False) -> None:
        now = self.clock.now()
        if packed:
            told = [_heard(answer) for answer in await self.ledger.post_many(entries)]
        else:
            told = await asyncio.gather(*(self._post(entry) for entry in entries))
        self.db.disarm()
        self.seen.faults, self.seen.committed_unheard = self.db.broken, self.db.unheard
        await self._until_ready()
        for entry, heard in zip(entries, told, strict=True):
            outcome = await self._learn(entry) if heard is None else heard
            self.seen.entries += 1
            if outcome is None:
                self.seen.outcomes["not done"] += 1
                self.wild.sent = [e for e in self.wild.sent if e is not entry]
                continue
            expected = self.plain.post(entry, now)
            self.seen.outcomes[outcome if isinstance(outcome, str) else "posted"] += 1
            self.must(outcome == expected, f"{entry}\n  said {outcome}\n  not {expected}")

    async def _post(self, entry: Entry) -> Outcome | None:
        """What the ledger says; None when it was not heard."""
        try:
            return _heard(await self.ledger.post(entry))
        except BankError as refusal:
            return _heard(refusal)

    async def _learn(self, entry: Entry) -> Outcome | None:
        """What became of an entry whose answer was lost; None when nothing did."""
        answer = await self.ledger.answer(entry.id)
        return None if answer is None else _heard(answer)

    async def _until_ready(self) -> None:
        """The ledger recovers without hands."""
        late = monotonic() + _STUCK_S
        while not self.ledger.ready:
            self.must(monotonic() < late, "the ledger did not come back")
            await asyncio.sleep(0.01)

    async def _compare(self) -> None:
        """What both say of every account."""
        await self._until_ready()
        books = self.plain.books
        for ref, found in (await self.ledger.balances(list(books.purses))).items():
            purse = books.purses[ref]
            said = (
                found.posted_fen, found.held_fen, found.floor_fen, found.ceiling_fen, found.frozen_fen, found.flags
            )  # fmt: skip
            expected = (
                purse.balance, books.held(ref), purse.floor, purse.ceiling, books.frozen(ref),
                purse.flags | books.ordered(ref),
            )  # fmt: skip
            self.must(said == expected, f"{ref}: {said}, not {expected}")
            holds = {hold.id: (hold.credit, hold.fen) for hold in await self.ledger.holds(ref)}
            kept = {id_: (h.credit, h.left) for id_, h in books.holds.items() if h.debit == ref}
            self.must(holds == kept, f"{ref}: holds {holds}, not {kept}")
            orders = {order.id for order in await self.ledger.freezes(ref)}
            stops = {id_ for id_, stop in books.stops.items() if stop.ref == ref}
            self.must(orders == stops, f"{ref}: freezes {orders}, not {stops}")


def _heard(answer: Receipt | BankError) -> Outcome | None:
    """As the plain book says it; None when it is no answer."""
    if isinstance(answer, BankError):
        return None if isinstance(answer, Busy | OutcomeUnknown) else answer.code
    return tuple((leg.fen, leg.debit_balance_fen, leg.credit_balance_fen) for leg in answer.legs)

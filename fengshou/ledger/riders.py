"""Riders: the guarded statements that commit together with a posting.

A room registers each kind once, at start: a name, one set-wise SQL statement, and the error its
refusal carries. The statement takes arrays, the first being ordinals:

    UPDATE access.evidence e SET spent_by = r.entry
    FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::uuid[]) AS r(n, bank, id, entry)
    WHERE e.institution_id = r.bank AND e.id = r.id AND e.spent_by IS NULL
    RETURNING r.n

and returns the ordinals that took effect; an entry whose ordinal is missing is refused. Where the
statement cannot return `n` (an upsert), `returns` names columns that make up the rider's target.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import asyncpg

from fengshou.kernel import BankError, Connection, Kind, get_logger
from fengshou.ledger.errors import RiderLocked
from fengshou.ledger.model import Rider
from fengshou.ledger.plan import Plan, Request

_log = get_logger("ledger")


@dataclass(frozen=True, slots=True)
class RiderKind:
    """A registered statement.

    columns   how many arrays follow the ordinals
    refused   raised to the caller when the statement leaves a rider out
    by_target the statement returns the target's columns instead of ordinals
    """

    name: str
    sql: str
    columns: int
    refused: type[BankError]
    by_target: bool = False


class RiderKinds:
    """The list of kinds, closed once the bank is open."""

    def __init__(self) -> None:
        self._kinds: dict[str, RiderKind] = {}

    def register(self, kind: RiderKind) -> None:
        """Add a kind; a name is used once."""
        assert kind.name not in self._kinds, f"rider {kind.name} is registered twice"
        self._kinds[kind.name] = kind

    def __getitem__(self, name: str) -> RiderKind:
        return self._kinds[name]

    def check(self, riders: Iterable[Rider]) -> None:
        """Raise for a rider nobody registered or with the wrong number of values: a bug."""
        for rider in riders:
            kind = self._kinds.get(rider.name)
            assert kind is not None, f"no rider kind {rider.name}"
            assert len(rider.args) == kind.columns, f"{rider.name} takes {kind.columns} values"


@dataclass(frozen=True, slots=True)
class Wave:
    """Riders of one kind whose targets differ: one statement."""

    kind: RiderKind
    requests: list[Request]
    riders: list[Rider]

    def arrays(self) -> list[list[Any]]:
        """The statement's arguments: ordinals, then one list per column."""
        columns: list[list[Any]] = [list(range(len(self.riders)))]
        columns += [[rider.args[i] for rider in self.riders] for i in range(self.kind.columns)]
        return columns

    def short(self, answer: list[Any]) -> list[Request]:
        """The requests the statement left out."""
        if self.kind.by_target:
            hit = {tuple(row) for row in answer}
            return [q for q, r in zip(self.requests, self.riders, strict=True) if tuple(r.target) not in hit]
        done = {row[0] for row in answer}
        return [q for n, q in enumerate(self.requests) if n not in done]


def waves(kinds: RiderKinds, requests: Iterable[Request]) -> list[Wave]:
    """Sort the riders of a batch into statements.

    Kinds keep the order in which they first appear; the n-th rider of one target goes to the n-th
    statement of its kind, so that each sees what the one before did.
    """
    sorted_: dict[str, list[Wave]] = defaultdict(list)
    depth: dict[tuple[str, tuple[Any, ...]], int] = defaultdict(int)
    for request in requests:
        for rider in request.entry.riders:
            spot = (rider.name, tuple(rider.target))
            level = depth[spot]
            depth[spot] += 1
            lane = sorted_[rider.name]
            if level == len(lane):
                lane.append(Wave(kinds[rider.name], [], []))
            lane[level].requests.append(request)
            lane[level].riders.append(rider)
    return [wave for lane in sorted_.values() for wave in lane]


class Redecide(Exception):
    """Decide again without `short`; when it is empty, run the riders one by one to find the culprit."""

    def __init__(self, short: list[Request]) -> None:
        super().__init__()
        self.short = short


async def ride(db: Connection, kinds: RiderKinds, plan: Plan, *, one_by_one: bool) -> None:
    """Run the riders of what is to be posted, in the writer's open transaction.

    Raises `Redecide` with the requests whose riders did not take effect, their refusals set.
    """
    for wave in waves(kinds, (request for request in plan.posted if request.entry.riders)):
        if one_by_one:
            short = await _ride_singly(db, wave)
        else:
            try:
                short = wave.short(await db.fetch(wave.kind.sql, *wave.arrays()))
            except asyncpg.PostgresError as problem:
                if isinstance(problem, asyncpg.PostgresConnectionError):
                    raise
                raise Redecide([]) from problem  # find out whose it is
            short = _certain(short, wave, plan)
            for request in short:
                _refuse(request, wave.kind.refused())
        if short:
            raise Redecide(short)


def _certain(short: list[Request], wave: Wave, plan: Plan) -> list[Request]:
    """Those of `short` that are refused whatever becomes of the others: the first; and each that came short of the
    row by itself, as no other rider of this batch is about the same target. The rest is decided again: perhaps the
    rider that was in their way belongs to an entry that will not be posted.
    """
    if len(short) < 2:
        return short
    riders = Counter(
        (rider.name, tuple(rider.target)) for request in plan.posted for rider in request.entry.riders
    )
    mine = {id(q): tuple(r.target) for q, r in zip(wave.requests, wave.riders, strict=True)}
    return [q for n, q in enumerate(short) if not n or riders[(wave.kind.name, mine[id(q)])] == 1]


async def _ride_singly(db: Connection, wave: Wave) -> list[Request]:
    """After a statement failed as a whole: each rider alone, so that only its own entry suffers."""
    short = []
    for request, rider in zip(wave.requests, wave.riders, strict=True):
        alone = Wave(wave.kind, [request], [rider])
        try:
            await db.execute("SAVEPOINT rider")
            if alone.short(await db.fetch(wave.kind.sql, *alone.arrays())):
                _refuse(request, wave.kind.refused())
                short.append(request)
        except asyncpg.PostgresError as problem:
            if isinstance(problem, asyncpg.PostgresConnectionError):
                raise
            await db.execute("ROLLBACK TO SAVEPOINT rider")
            if not isinstance(problem, asyncpg.LockNotAvailableError):
                _log.error("rider failed", rider=rider.name, error=repr(problem))
            _refuse(request, RiderLocked())
            short.append(request)
    return short


def _refuse(request: Request, error: BankError) -> None:
    request.outcome = error
    request.sticky = error.kind not in (Kind.BUSY, Kind.WAITING, Kind.STEP_UP)

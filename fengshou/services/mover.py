"""The one way to change a run: acts go in batches, each decided in its turn, all written in one commit.

An act is done once: its key stands with the run's events. What follows from it (a call, a message) leaves through the
outbox of the same commit, so a process that dies in between loses nothing and does nothing twice.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from fengshou.kernel import (
    BankError,
    Batcher,
    Clock,
    Database,
    Missing,
    Vault,
    Work,
    counter,
    get_logger,
    system,
)
from fengshou.services import store_runs as store
from fengshou.services.definition import Definition
from fengshou.services.machine import NOWHERE, Act, Ask, Change, Effect, Later, Look, Run, Tell

Find: TypeAlias = Callable[[Run], Awaitable[Definition]]
"""The definition a run began with."""

_log = get_logger("services")
_moves = counter("service_moves_total", "Acts by archetype and outcome", ["archetype", "outcome"])


@dataclass(frozen=True, slots=True)
class Wish:
    """An act of a run; `new` when the act begins it."""

    run: UUID
    act: Act
    new: Run | None = None


class Moved(NamedTuple):
    """Where an act led. `again`: it had been done before."""

    run: UUID
    state: str
    version: int
    again: bool = False


class _BegunElsewhere(Exception):
    """Another process began one of these runs meanwhile: decide again, over what it wrote."""


@dataclass(slots=True)
class _Sheet:
    """One batch: runs as they stand so far, and what must be written."""

    work: Work
    runs: dict[UUID, Run]
    definitions: dict[UUID, Definition] = field(default_factory=dict)
    new: dict[UUID, UUID] = field(default_factory=dict)  # run to the key it is begun by
    begun: dict[tuple[UUID, UUID], Moved] = field(default_factory=dict)  # by customer and key
    events: list[store.EventRow] = field(default_factory=list)
    effects: list[tuple[Run, Effect]] = field(default_factory=list)
    keys: dict[tuple[UUID, UUID], Moved] = field(default_factory=dict)


class Mover:
    """Moves the runs of all banks, each bank's in batches of their own."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, find: Find, *, most: int = 256) -> None:
        self._db, self._vault, self._clock, self._find, self._most = db, vault, clock, find, most
        self._batchers: dict[int, Batcher[Wish, Moved]] = {}

    async def move(self, bank: int, wish: Wish) -> Moved:
        """Do an act. Raises what its machine refuses it with; `Missing` for a run that is not there."""
        if bank not in self._batchers:

            async def act(wishes: Sequence[Wish], bank: int = bank) -> list[Moved | Exception]:
                return await self._batch(bank, wishes)

            self._batchers[bank] = Batcher(f"services {bank}", act, most=self._most)
        return await self._batchers[bank].do(wish)

    async def stop(self) -> None:
        """Finish what waits."""
        for batcher in self._batchers.values():
            await batcher.stop()

    def open(self, bank: int, row: store.RunRow) -> Run:
        """A row as a run, its form open. Raises `VaultTampered`."""
        text = self._vault.open(bank, "service form", row.form_sealed, aad=f"services.run|form|{row.id}")
        return Run(
            row.id, bank, row.service, row.release, row.state, row.version, row.customer, store.from_json(text),
            row.facts, row.began_at,
        )  # fmt: skip

    async def _batch(self, bank: int, wishes: Sequence[Wish]) -> list[Moved | Exception]:
        while True:
            try:
                async with self._db.work(bank, system(bank)) as work:
                    sheet = await self._sheet(work, wishes)
                    said = [self._one(sheet, wish) for wish in wishes]
                    await self._write(sheet)
            except _BegunElsewhere:
                continue  # its row is there now, and is locked and read like any other
            return said

    async def _sheet(self, work: Work, wishes: Sequence[Wish]) -> _Sheet:
        rows = await store.lock(work, list({wish.run for wish in wishes}))
        sheet = _Sheet(work, {id_: self.open(work.bank, row) for id_, row in rows.items()})
        known = await store.done_before(work, [(wish.run, wish.act.key) for wish in wishes])
        sheet.keys = {key: _again(done) for key, done in known.items()}
        fresh = [wish.new for wish in wishes if wish.new is not None]
        if fresh:
            begun = await store.begun_before(
                work, [(w.new.customer, w.act.key) for w in wishes if w.new is not None]
            )
            sheet.begun = {key: _again(done) for key, done in begun.items()}
        for run in (*sheet.runs.values(), *fresh):
            sheet.definitions[run.id] = await self._find(run)
        return sheet

    def _one(self, sheet: _Sheet, wish: Wish) -> Moved | Exception:
        """Decide one act over the runs as the acts before it left them."""
        before = sheet.keys.get((wish.run, wish.act.key))
        run = sheet.runs.get(wish.run)
        if wish.new is not None:
            before, run = sheet.begun.get((wish.new.customer, wish.act.key)), wish.new
        if before is not None:
            return before._replace(again=True)
        if run is None:
            return Missing()
        definition = sheet.definitions[run.id]
        try:
            to, change = definition.machine.decide(definition, run, wish.act)
        except BankError as refusal:
            _moves.labels(definition.archetype, refusal.code).inc()
            return refusal
        except Exception as bug:  # noqa: BLE001 - one act that nobody foresaw must not fail the others of its batch
            _moves.labels(definition.archetype, "bug").inc()
            _log.error("an act broke its machine", act=wish.act.name, service=run.service, error=repr(bug))
            return bug
        _moves.labels(definition.archetype, to).inc()
        return self._apply(sheet, run, wish.act, to, change)

    def _apply(self, sheet: _Sheet, run: Run, act: Act, to: str, change: Change) -> Moved:
        after = replace(
            run, state=to, version=run.version + 1, form=_patched(run.form, change.form),
            facts=_patched(run.facts, change.facts),
        )  # fmt: skip
        sheet.runs[run.id] = after
        sheet.events.append(
            store.EventRow(
                run.id, after.version, act.at, act.name, run.state, to, act.who, act.who_id, act.way,
                act.place, act.key, dict(change.facts),
            )
        )  # fmt: skip
        sheet.effects += [(after, effect) for effect in change.effects]
        moved = Moved(run.id, to, after.version)
        sheet.keys[run.id, act.key] = moved
        if run.state == NOWHERE:
            sheet.new[run.id] = act.key
            sheet.begun[run.customer, act.key] = moved
        return moved

    async def _write(self, sheet: _Sheet) -> None:
        work = sheet.work
        touched = {event.run for event in sheet.events}
        if not touched:
            return
        rows = {id_: self._row(sheet.runs[id_]) for id_ in touched}
        ended = {id_ for id_ in touched if sheet.runs[id_].state in sheet.definitions[id_].machine.final}
        new, old = sorted(touched & sheet.new.keys()), sorted(touched - sheet.new.keys())
        if new:
            closed = [work.now if id_ in ended else None for id_ in new]
            begun = await store.insert(work, [rows[i] for i in new], [sheet.new[i] for i in new], closed)
            if begun != set(new):
                raise _BegunElsewhere
        if old:
            await store.update(work, [rows[i] for i in old], [work.now if i in ended else None for i in old])
        await store.add_events(work, sheet.events)
        await self._follow(sheet, ended)

    async def _follow(self, sheet: _Sheet, ended: set[UUID]) -> None:
        """What follows from the acts, in their commit."""
        timers = [
            store.Due(run.id, effect.act, effect.at)
            for run, effect in sheet.effects
            if isinstance(effect, Later) and run.id not in ended
        ]
        if timers:
            await store.set_timers(sheet.work, timers)
        if ended:
            await store.over(sheet.work, sorted(ended))
        await sheet.work.emit_many(
            [self._event(run, effect) for run, effect in sheet.effects if not isinstance(effect, Later)]
        )

    def _row(self, run: Run) -> store.RunRow:
        text = store.as_json(run.form)
        sealed = self._vault.seal(run.bank, "service form", text, aad=f"services.run|form|{run.id}")
        return store.RunRow(
            run.id,
            run.service,
            run.release,
            run.state,
            run.version,
            run.customer,
            sealed,
            dict(run.facts),
            run.began_at,
        )

    def _event(self, run: Run, effect: Ask | Tell | Look) -> tuple[str, str, dict[str, Any]]:
        """Topic, key and body of what leaves. What a partner is told of somebody leaves sealed."""
        body: dict[str, Any] = {"run": str(run.id), "version": run.version}
        if isinstance(effect, Tell):
            return "services.tell", str(run.id), body | {"kind": effect.kind, "customer": str(run.customer)}
        if isinstance(effect, Look):
            return "services.look", str(run.id), body
        text, place = store.as_json(effect.params), f"services.ask|{run.id}|{run.version}"
        sealed = b64encode(self._vault.seal(run.bank, "service ask", text, aad=place)).decode()
        body |= {"operation": effect.operation, "then": effect.then, "params": sealed}
        body |= {} if effect.under is None else {"under": effect.under}
        return "services.ask", str(run.id), body


def _again(done: store.Done) -> Moved:
    return Moved(done.run, done.state, done.version, again=True)


def _patched(whole: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """`whole` with the patch over it; None takes a name away."""
    return {name: value for name, value in {**whole, **patch}.items() if value is not None}

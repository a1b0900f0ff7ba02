"""Money of runs: given to payments by the customer who proves it, and asked after when nobody was there to hear.

The run is moved first and the money after, under a key of the run's: a process that dies in between leaves a run that
asks payments, and payments knows whether it was paid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from fengshou.kernel import BankError, Clock, Database, Event, Kind, Principal, Relay, bank_of, get_logger
from fengshou.services import store_runs as store
from fengshou.services.archetypes import ARCHETYPES
from fengshou.services.definition import Definition
from fengshou.services.machine import CONFIRMING, Act, NotNow, Run
from fengshou.services.mover import Find, Moved, Mover, Wish
from fengshou.services.ports import Send, Sent, Till

_log = get_logger("services")
_NOT_FINAL = (Kind.STEP_UP, Kind.BUSY, Kind.WAITING)


class NoTill(Exception):
    """A run wants money moved in a house without payments: wired wrongly."""


class Sending:
    """Between the runs of all banks and payments."""

    def __init__(self, db: Database, clock: Clock, mover: Mover, find: Find, till: Till | None) -> None:
        self._db, self._clock, self._mover, self._find, self._till = db, clock, mover, find, till

    def listen(self, relay: Relay) -> None:
        """Runs ask after their orders through the outbox."""
        relay.on("services.look", "till", self._look)

    async def go(self, who: Principal, moved: Moved) -> Moved:
        """Pay for a run that has just been confirmed, by whoever proves it.

        Raises `StepUp`: then the same act again goes on from here. A refusal for good ends the run, and is raised.
        """
        run, definition = await self._run(moved.run)
        if run.state != CONFIRMING:
            return Moved(run.id, run.state, run.version, again=True)
        send = self._send_of(definition, run)
        try:
            said = await self._of().send(who, send)
        except BankError as refusal:
            if refusal.kind not in _NOT_FINAL:
                words = refusal.messages
                why = {"reason": refusal.code, "reason_zh": words["zh"], "reason_en": words["en"]}
                await self._said(run, {"state": "refused", **why})
            raise
        return await self._said(run, _body(said))

    async def _look(self, event: Event) -> None:
        run, definition = await self._run(UUID(event.body["run"]))
        said = await self._of().look(self._send_of(definition, run))
        # What payments has never heard of has not been proved: the customer may still do so.
        await self._said(
            replace(run, version=int(event.body["version"])), _body(said) if said else {"state": "draft"}
        )

    async def _said(self, run: Run, body: dict[str, Any]) -> Moved:
        """Payments' word, once for each version of the run that asked for it."""
        key = uuid5(run.id, f"order {run.version} {body['state']}")
        act = Act("order", key, "system", run.id, self._clock.now(), body)
        try:
            return await self._mover.move(run.bank, Wish(run.id, act))
        except NotNow as late:
            _log.info("payments' word came late", run=str(run.id), code=late.code)
            return Moved(run.id, run.state, run.version, again=True)

    async def _run(self, id_: UUID) -> tuple[Run, Definition]:
        async with self._db.read(bank_of(id_)) as work:
            row = await store.one(work, id_)
        assert row is not None, "a run is never taken away"
        run = self._mover.open(bank_of(id_), row)
        return run, await self._find(run)

    def _of(self) -> Till:
        if self._till is None:
            raise NoTill()
        return self._till

    @staticmethod
    def _send_of(definition: Definition, run: Run) -> Send:
        of = ARCHETYPES[definition.archetype].send_of
        assert of is not None, f"{definition.archetype} sends no money"
        return of(definition, run)


def _body(said: Sent) -> dict[str, Any]:
    return {
        "state": said.state, "order": str(said.order), "fee_fen": said.fee_fen, "reason": said.reason,
        "reach": "outside" if said.outside else "inside",
    }  # fmt: skip

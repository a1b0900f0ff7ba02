"""The front class of the room."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.catalog import Catalog
from fengshou.kernel import Clock, Database, Event, Principal, Relay, Vault, bank_of
from fengshou.ledger import RiderKind
from fengshou.risk import cases as desk_work
from fengshou.risk import lists, store, store_cases
from fengshou.risk.decide import decide
from fengshou.risk.decision import SPEND, Decision
from fengshou.risk.errors import CaseClosed, DecisionSpent
from fengshou.risk.events import RiskEvent
from fengshou.risk.replay import Replay, replay
from fengshou.risk.room import Room

# What must be true together with a posting: registered with the ledger at start.
RIDERS = (
    RiderKind(SPEND, store.SPEND_SQL, 4, DecisionSpent),
    RiderKind(desk_work.OPEN, store_cases.OPEN_SQL, 8, CaseClosed, by_target=True),
    RiderKind(desk_work.CLOSE, store_cases.CLOSE_SQL, 7, CaseClosed),
)
OUTCOME_TOPIC = "payment.outcome"


class Risk:
    """May this happen? One question in line, and the desk for what waits.

    `riders` are to be registered with the ledger before it starts.
    """

    riders = RIDERS

    def __init__(self, db: Database, vault: Vault, clock: Clock, catalog: Catalog) -> None:
        self._room = Room(db, vault, clock, catalog)

    async def decide(self, event: RiskEvent, deadline_ms: int | None = None) -> Decision:
        """The decision on an outflow or log-in; asked again with the same event id, the same decision.

        Never awaited inside a write transaction. Raises `EventConflict` or `Busy`; a refusal is
        raised by `decision.require_pass()`.
        """
        return await decide(self._room, event, deadline_ms)

    async def replay(self, decision: UUID) -> Replay | None:
        """Judge a stored decision again; `.same` says whether it comes out the same."""
        return await replay(self._room, decision)

    # --- outcomes ---------------------------------------------------------------------------

    def listen(self, relay: Relay) -> None:
        """Learn how payments end: topic `payment.outcome`, body `{"event": order id, "outcome": …}`.

        Outcomes: done, refused, returned, abandoned. Only `done` makes a payee known; the others
        take the payment off the counters.
        """
        relay.on(OUTCOME_TOPIC, "risk", self._on_outcome)

    async def _on_outcome(self, event: Event) -> None:
        await self.tell(UUID(event.body["event"]), done=event.body["outcome"] == "done")

    async def tell(self, event: UUID, *, done: bool) -> None:
        """Note how an event ended; saying it twice is saying it once."""
        async with self._room.db.work(bank_of(event)) as work:
            await store.tell(work, bank_of(event), event, done=done)

    # --- cases ------------------------------------------------------------------------------

    open_case = staticmethod(desk_work.open_case)
    due_at = staticmethod(desk_work.due_at)
    close_case = staticmethod(desk_work.close_case)

    async def cases(
        self, who: Principal, *, state: desk_work.CaseState = "open", desk: str | None = None,
        after: datetime | None = None, limit: int = 50, bank: int | None = None,
    ) -> list[desk_work.Case]:  # fmt: skip
        """A bank's cases, open ones by what is due first; the centre sees all banks when `bank` is left out."""
        return await desk_work.list_cases(
            self._room, who, state=state, desk=desk, after=after, limit=limit, bank=bank
        )

    async def case(self, who: Principal, id: UUID) -> tuple[desk_work.Case, list[desk_work.CaseEvent]]:
        """A case and what was done about it. Raises `CaseMissing`."""
        return await desk_work.get_case(self._room, who, id)

    async def claim(self, who: Principal, id: UUID) -> desk_work.Case:
        """Take a case for oneself. Raises `CaseClaimed`, `CaseClosed` or `CaseMissing`."""
        return await desk_work.claim(self._room, who, id)

    async def give_back(self, who: Principal, id: UUID) -> None:
        """Put one's case back in the queue."""
        await desk_work.give_back(self._room, who, id)

    async def add_note(self, who: Principal, id: UUID, act: str, note: str) -> None:
        """Write down what was done about a case."""
        await desk_work.add_note(self._room, who, id, act, note)

    async def may_release(self, case: UUID, payee_number: str) -> None:
        """Asked before a held payment is let go. Raises `Denied`, `CaseClosed` or `CaseMissing`."""
        await desk_work.may_release(self._room, case, payee_number)

    async def due_cases(self, limit: int = 100) -> list[desk_work.Case]:
        """Cases of all banks whose time has run out; the caller gives the funds back and closes them as expired."""
        return await desk_work.due_cases(self._room, limit)

    # --- lists ------------------------------------------------------------------------------

    async def put_on_list(
        self, who: Principal, name: lists.ListName, number: str, *, source: str, reason: str,
        expires_at: datetime | None = None,
    ) -> None:  # fmt: skip
        """List a payee's account number, in force at every bank at once."""
        await lists.put_on_list(
            self._room, who, name, number, source=source, reason=reason, expires_at=expires_at
        )

    async def take_off_list(self, who: Principal, name: lists.ListName, number: str, *, reason: str) -> None:
        """End an entry. Raises `Missing`."""
        await lists.take_off_list(self._room, who, name, number, reason=reason)

    async def list_entries(
        self, who: Principal, name: lists.ListName, limit: int = 200
    ) -> tuple[lists.ListEntry, ...]:
        """The entries in force, newest first."""
        return await lists.list_entries(self._room, who, name, limit)

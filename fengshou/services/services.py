"""The front class: begin a service, do something with a run, look at it; and what runs beside."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from fengshou.catalog import Catalog, Words
from fengshou.kernel import (
    CENTRE,
    Clock,
    Database,
    Missing,
    Principal,
    Relay,
    Vault,
    bank_of,
    day_of,
    get_logger,
    new_id,
)
from fengshou.services import store_runs as store
from fengshou.services.archetypes import ARCHETYPES
from fengshou.services.archetypes.feed import Article, reading_key, shelf
from fengshou.services.definition import Definition
from fengshou.services.desk import CaseDesk
from fengshou.services.machine import BEGIN, CONFIRMING, NOWHERE, Act, Facts, NotNow, Run, Way, Who
from fengshou.services.mover import Moved, Mover, Wish
from fengshou.services.own import OwnDesk
from fengshou.services.partners import Partners
from fengshou.services.ports import Connectors, People, Till
from fengshou.services.providers import OWN, NoProvider, Provider, by_system, offering, own
from fengshou.services.sending import Sending

_TIMERS_AT_ONCE = 200
_log = get_logger("services")


@dataclass(frozen=True, slots=True)
class RunView:
    """A run to somebody who may see it. `acts` is what they may do now; `story` its events, the first first."""

    id: UUID
    service: str
    state: str
    version: int
    acts: tuple[str, ...]
    form: Mapping[str, Any] = field(repr=False)
    facts: Mapping[str, Any]
    began_at: datetime
    definition: Definition
    provider: Words | None = None
    story: tuple[dict[str, Any], ...] = ()


class Services:
    """One engine for all of them. `listen` and `tick` are called by whoever wires the house."""

    def __init__(
        self,
        db: Database,
        vault: Vault,
        clock: Clock,
        catalog: Catalog,
        people: People,
        connectors: Connectors,
        till: Till | None = None,
    ) -> None:
        self._db, self._clock, self._catalog, self._people = db, clock, catalog, people
        self._provided: tuple[tuple[str, date] | None, dict[str, list[Provider]]] = (None, {})
        self._mover = Mover(db, vault, clock, self._definition_of)
        self.desk = CaseDesk(db, clock, self._mover.open, self._definition_of)
        self._own = OwnDesk(db, vault)
        self._partners = Partners(
            db, vault, clock, self._mover, self._definition_of, self.provider_of, people,
            {**connectors, OWN: self._own},
        )  # fmt: skip
        self._sending = Sending(db, clock, self._mover, self._definition_of, till)

    def listen(self, relay: Relay) -> None:
        """What leaves runs is carried out by these."""
        self._partners.listen(relay)
        self._sending.listen(relay)

    async def stop(self) -> None:
        """Finish what waits."""
        await self._mover.stop()

    # -- content -----------------------------------------------------------------------------------

    def definition(self, service: str, bank: int) -> Definition:
        """A service as it stands today for a bank's customers. Raises `ItemMissing`."""
        return self._catalog.now.typed(Definition, "service", service, on=self._clock.today(), bank=bank)

    def definitions(self, bank: int) -> list[Definition]:
        """All that a bank's customers see, by key."""
        return [self.definition(key, bank) for key in self._catalog.keys("service", bank=bank)]

    def providers(self, system: str, bank: int) -> list[Provider]:
        """Who of a system serves a county."""
        if system == OWN:
            return [own(bank)]
        on, now = self._clock.today(), self._catalog.now
        if self._provided[0] != (now.id, on):  # read through once for each release and day, not for each run
            every = [now.typed(Provider, "provider", key, on=on) for key in now.keys("provider", on=on)]
            self._provided = ((now.id, on), by_system(every))
        return offering(self._provided[1].get(system, ()), bank)

    async def _definition_of(self, run: Run) -> Definition:
        """As it was on the day the run began, in the release it began with."""
        edition = await self._catalog.edition(run.release)
        bank = int(run.facts.get("for_bank", run.bank))
        return edition.typed(Definition, "service", run.service, on=day_of(run.began_at), bank=bank)

    async def provider_of(self, run: Run) -> Provider:
        """Who stands behind a run. Raises `NoProvider`."""
        edition = await self._catalog.edition(run.release)
        key = str(run.facts.get("provider", ""))
        if key == own(run.bank).key:
            return own(run.bank)
        if key not in edition.keys("provider", on=day_of(run.began_at)):
            raise NoProvider()
        return edition.typed(Provider, "provider", key, on=day_of(run.began_at))

    # -- before a run ------------------------------------------------------------------------------

    def chosen(self, definition: Definition, bank: int, provider: str | None = None) -> Provider:
        """Who would stand behind a run that is begun now. Raises `NoProvider`."""
        offered = self.providers(definition.behind.system, bank)
        chosen = next((one for one in offered if provider in (None, one.key)), None)
        if chosen is None:
            raise NoProvider()
        return chosen

    async def known_of(self, customer: UUID) -> dict[str, Any]:
        """What the bank itself knows of somebody, as definitions name it."""
        async with self._db.read(bank_of(customer)) as work:
            person = await self._people.customer(work, customer)
        age = person.age(self._clock.today())
        return {"name": person.name, "age": age, "gender": person.gender, "phone": person.phone}

    async def check(self, who: Principal, definition: Definition, form: Facts, papers: Sequence[str]) -> None:
        """Whether a form would be taken. Raises `FormWrong`, `NotEligible`, `MaterialMissing`; nothing is begun."""
        body = {"me": await self.known_of(who.id), "materials": list(papers)}
        definition.checked(form, Act(BEGIN, who.id, _as(who), who.id, self._clock.now(), body))

    async def settings(self, bank: int, customer: UUID, keys: tuple[str, ...]) -> dict[str, Any]:
        """What somebody has set at a bank by services of archetype setting; what they never touched is not in it."""
        return await self._own.settings(bank, customer, keys)

    async def shelf(self, who: Principal, definition: Definition) -> list[tuple[Article, str]]:
        """What a feed has for somebody today, each with how far they are: `new`, or the state of their reading."""
        if definition.feed is None:
            return []
        out = shelf(definition.feed, await self.known_of(who.id), self._clock.today())
        keys = {article.name: reading_key(who.id, definition.key, article) for article in out}
        bank = self.chosen(definition, who.bank).institution
        async with self._db.read(bank) as work:
            states = await store.read_states(work, who.id, list(keys.values()))
        return [(article, states.get(keys[article.name], "new")) for article in out]

    # -- runs --------------------------------------------------------------------------------------

    async def begin(
        self, who: Principal, service: str, key: UUID, body: Facts, *, provider: str | None = None,
        customer: UUID | None = None, way: Way = "phone", place: str = "",
    ) -> Moved:  # fmt: skip
        """Begin a run for oneself, or as a clerk for `customer`. The same key again is the same run.

        Raises what its first step refuses it with, `NoProvider`, `ItemMissing`.
        """
        definition = self.definition(service, who.bank)
        chosen = self.chosen(definition, who.bank, provider)
        owner = customer or who.id
        one_only = ARCHETYPES[definition.archetype].key_of
        key = (one_only(definition, service, owner, body) if one_only else None) or key
        bank, now = chosen.institution, self._clock.now()
        facts = {"provider": chosen.key, "for_bank": who.bank}
        new = Run(
            new_id(bank, now), bank, service, self._catalog.release_id, NOWHERE, 0, owner, {}, facts, now
        )
        act = await self._act(who, owner, BEGIN, key, body, way, place)
        return await self._mover.move(bank, Wish(new.id, act, new))

    async def act(
        self,
        who: Principal,
        run: UUID,
        name: str,
        key: UUID,
        body: Facts,
        *,
        way: Way = "phone",
        place: str = "",
    ) -> Moved:
        """Do something with a run: one's own, or as a clerk of its bank.

        Raises `Missing`, and what its step refuses; of one that pays `StepUp`, then the same act again goes on.
        """
        row = await self._seen(who, run)
        if name == BEGIN:
            raise NotNow(act=name, state=row.state)
        moved = await self._mover.move(
            bank_of(run), Wish(run, await self._act(who, row.customer, name, key, body, way, place))
        )
        return await self._sending.go(who, moved) if moved.state == CONFIRMING else moved

    async def view(self, who: Principal, run: UUID) -> RunView:
        """A run with its story. Raises `Missing` for one that is not there or a stranger's."""
        row = await self._seen(who, run)
        opened = self._mover.open(bank_of(run), row)
        async with self._db.read(bank_of(run)) as work:
            story = await store.events_of(work, run)
        definition = await self._definition_of(opened)
        acts = definition.machine.open_acts(row.state, _as(who))
        return RunView(
            run,
            row.service,
            row.state,
            row.version,
            acts,
            opened.form,
            opened.facts,
            row.began_at,
            definition,
            await self._name_of_provider(opened),
            tuple(story),
        )

    async def _name_of_provider(self, run: Run) -> Words | None:
        try:
            return (await self.provider_of(run)).name
        except NoProvider:
            return None

    async def mine(
        self, who: Principal, bank: int, before: UUID | None = None, limit: int = 20
    ) -> list[RunView]:
        """One's own runs at a bank, the newest first, without their stories."""
        async with self._db.read(bank) as work:
            rows = await store.mine(work, who.id, before, limit)
        runs = [self._mover.open(bank, row) for row in rows]
        return [
            RunView(
                run.id, run.service, run.state, run.version, (), run.form, run.facts, run.began_at,
                await self._definition_of(run),
            )
            for run in runs
        ]  # fmt: skip

    async def tick(self) -> int:
        """Ring what is due, at every bank; how many rang. One process does it."""
        async with self._db.relay() as work:
            banks = await store.banks_due(work)
        return sum([await self._tick(bank) for bank in banks])

    async def _tick(self, bank: int) -> int:
        async with self._db.read(bank) as work:
            due = await store.due(work, _TIMERS_AT_ONCE)
        for timer in due:
            # One key for each setting of a timer: rung twice it does one thing.
            key = uuid5(timer.run, f"timer {timer.act} {timer.at.isoformat()}")
            act = Act(timer.act, key, "system", timer.run, self._clock.now())
            with contextlib.suppress(NotNow):  # the run has moved on: there is nothing to ring for
                await self._mover.move(bank, Wish(timer.run, act))
            async with self._db.work(bank) as work:
                await store.rung(work, timer)
        return len(due)

    async def fetch_news(self) -> int:
        """Take what partners said by themselves; how much. One process does it."""
        return await self._partners.fetch_news()

    async def _seen(self, who: Principal, run: UUID) -> store.RunRow:
        async with self._db.read(bank_of(run)) as work:
            row = await store.one(work, run)
        clerk = who.kind == "staff" and who.bank in (CENTRE, bank_of(run))
        if row is None or not (row.customer == who.id or clerk):
            raise Missing()
        return row

    async def _me(self, who: Principal, owner: UUID) -> dict[str, Any]:
        """What the bank knows of whose run it is; nothing where it is a task of staff's, about no customer."""
        try:
            return await self.known_of(owner)
        except Missing:
            if who.kind != "staff":
                raise
            return {}

    async def _act(
        self, who: Principal, owner: UUID, name: str, key: UUID, body: Facts, way: Way, place: str
    ) -> Act:
        # What the bank knows and draws is not the sender's to say.
        body = {**body, "me": await self._me(who, owner), "chance": secrets.token_hex(16)}
        return Act(name, key, _as(who), who.id, self._clock.now(), body, way, place, who.roles)


def _as(who: Principal) -> Who:
    kinds: dict[str, Who] = {"customer": "customer", "staff": "clerk", "system": "system"}
    return kinds[who.kind]

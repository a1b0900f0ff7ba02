"""What runs want of partners is asked here, and what partners say is given back to the runs as acts.

A call's key is the run's id with the number of the change that wanted it: the same for ever, so a partner asked twice
is asked the same, and news under it finds its run without a table.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from fengshou.kernel import (
    CENTRE,
    Clock,
    Database,
    Event,
    Relay,
    Vault,
    bank_of,
    counter,
    entry_of,
    get_logger,
    leg_id,
)
from fengshou.services import store_runs as store
from fengshou.services.definition import Definition
from fengshou.services.machine import Act, ActUnknown, NotNow, Run
from fengshou.services.mover import Find, Mover, Wish
from fengshou.services.own import OWN_OPERATIONS
from fengshou.services.ports import Connector, Connectors, News, People, Ring, Said, Subject
from fengshou.services.providers import NoProvider, Provider, own
from fengshou.services.talk import OPERATIONS
from fengshou.services.told import TOLD

_log = get_logger("services")
_rings = counter(
    "service_rings_total", "Calls to partners by operation and what was said", ["operation", "state"]
)
_THEN = {
    "case": "progress",
    "ticket": "said",
    "query": "answer",
    "door": "opened",
    "trade": "told",
    "bill": "credited",
    "topup": "delivered",
    "cert": "told",
}
_NEWS_AT_ONCE = 20


class PartnerAway(Exception):
    """Nobody answered: the job that asked is tried again after a while, under the same key."""


class Partners:
    """The lines of all runs to the outside."""

    def __init__(
        self, db: Database, vault: Vault, clock: Clock, mover: Mover, find: Find,
        provider_of: Callable[[Run], Awaitable[Provider]], people: People, connectors: Connectors,
    ) -> None:  # fmt: skip
        self._db, self._vault, self._clock, self._mover, self._find = db, vault, clock, mover, find
        self._provider_of, self._people, self._connectors = provider_of, people, connectors

    def listen(self, relay: Relay) -> None:
        """Calls and messages leave through the outbox, at least once."""
        relay.on("services.ask", "partners", self._ask)
        relay.on("services.tell", "party", self._tell)

    async def _ask(self, event: Event) -> None:
        run_id, version = UUID(event.body["run"]), int(event.body["version"])
        async with self._db.read(event.bank) as work:
            row = await store.one(work, run_id)
        if row is None:
            return  # a run is never taken away; nothing to ask for
        run = self._mover.open(event.bank, row)
        said = await self._ring(run, version, event.body)
        _rings.labels(event.body["operation"], said.state).inc()
        key = uuid5(
            run_id, f"{version} said {said.state if said.state in ('unknown', 'unavailable') else 'final'}"
        )
        await self._hear(event.bank, run_id, event.body["then"], key, said)
        if said.state in ("unknown", "unavailable"):
            raise PartnerAway(event.body["operation"])

    async def _ring(self, run: Run, version: int, body: dict[str, Any]) -> Said:
        text = self._vault.open(
            run.bank, "service ask", b64decode(body["params"]), aad=f"services.ask|{run.id}|{version}"
        )
        definition = await self._find(run)
        try:
            provider = own(run.bank) if body["operation"] in OWN_OPERATIONS else await self._provider_of(run)
        except NoProvider as refusal:
            return Said("refused", reason="no_provider", reason_zh=refusal.zh, reason_en=refusal.en)
        connector = self._connectors.get(provider.system)
        if connector is None or body["operation"] not in connector.operations:
            return Said(
                "refused", reason="not_offered", reason_zh="对方不办这项业务", reason_en="Not offered there"
            )
        ring = Ring(
            body["operation"], provider.key, leg_id(run.id, int(body.get("under", version))), definition.topic,
            store.from_json(text), await self._subject(definition, run.customer),
        )  # fmt: skip
        return believed(ring, await connector.ring(ring))

    async def _subject(self, definition: Definition, customer: UUID) -> Subject:
        """Only what the definition says it tells, which the customer agreed to."""
        told = definition.tells
        async with self._db.read(bank_of(customer)) as work:
            person = await self._people.customer(work, customer)
            number = await self._people.id_number_of(work, customer) if "id_number" in told else None
        return Subject(
            name=person.name if "name" in told else None, id_number=number,
            phone=person.phone if "phone" in told else None,
        )  # fmt: skip

    async def _hear(self, bank: int, run: UUID, act: str, key: UUID, said: Said) -> None:
        body = {"state": said.state, "body": dict(said.body), "reason": said.reason}
        body |= {"reason_zh": said.reason_zh, "reason_en": said.reason_en}
        heard = Act(act, key, "partner", run, self._clock.now(), body)
        try:
            await self._mover.move(bank, Wish(run, heard))
        except (NotNow, ActUnknown) as late:
            # The customer went elsewhere meanwhile: true, noted, and nothing to do about.
            _log.info("a partner's word came late", act=act, run=str(run), code=late.code)

    async def _tell(self, event: Event) -> None:
        run_id = UUID(event.body["run"])
        async with self._db.read(event.bank) as work:
            row = await store.one(work, run_id)
        if row is None:
            return
        definition = await self._find(self._mover.open(event.bank, row))
        said = TOLD[event.body["kind"]]
        facts = {
            "run_id": str(run_id), "service_zh": definition.name.zh, "service_en": definition.name.en,
            "say_zh": said.zh, "say_en": said.en,
        }  # fmt: skip
        bank = int(row.facts.get("for_bank", event.bank))
        await self._people.notify(bank, row.customer, "service", facts, source=str(event.id))

    async def fetch_news(self) -> int:
        """Take what partners said by themselves; how much it was. One process does it."""
        return sum([await self._fetch(system, one) for system, one in self._connectors.items()])

    async def _fetch(self, system: str, connector: Connector) -> int:
        taken = 0
        for _ in range(_NEWS_AT_ONCE):
            async with self._db.read(CENTRE) as work:
                cursor = await store.cursor(work, system)
            post = await connector.news(cursor)
            for news in post.news:
                await self._take(system, news)
            taken += len(post.news)
            if post.cursor != cursor:
                async with self._db.work(CENTRE) as work:
                    await store.set_cursor(work, system, post.cursor)
            if not post.more:
                break
        return taken

    async def _take(self, system: str, news: News) -> None:
        run, act = entry_of(news.key), _THEN.get(news.operation.partition(".")[0])
        async with self._db.read(bank_of(news.key)) as work:
            row = await store.one(work, run)
        if row is None or act is None:
            _log.warning("news of nothing we know", system=system, operation=news.operation)
            return
        opened = self._mover.open(bank_of(run), row)
        if opened.facts.get("provider") != news.provider:
            _log.warning("news of another's run", system=system, run=str(run))
            return
        ring = Ring(news.operation, news.provider, news.key)
        await self._hear(
            bank_of(run), run, act, uuid5(run, f"{system} {news.message}"), believed(ring, news.said)
        )


def believed(ring: Ring, said: Said) -> Said:
    """What a partner said, if it has the form of its operation; otherwise as if nothing had been said."""
    if said.state not in ("done", "pending") or (said.state == "pending" and not said.body):
        return said
    try:
        body = OPERATIONS[ring.operation][1].model_validate(said.body).model_dump(mode="json")
    except ValidationError:
        _log.error("a partner's word is off its form", operation=ring.operation, provider=ring.provider)
        return Said("unknown", reason="unreadable")
    return Said(said.state, body, said.reason, said.reason_zh, said.reason_en)

"""One bank's services over a real database, with partners that say what a test tells them to."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from fengshou.catalog import Catalog
from fengshou.kernel import CENTRE, BankError, Clock, Database, Jobs, Principal, Relay, Vault, new_id
from fengshou.services import Connector, News, Operation, Post, Ring, Said, Send, Sent, Services
from fengshou.services.talk import OPERATIONS

CONTENT = Path(__file__).parents[2] / "content"
BANK, OTHER = 109, 523
RENT = {
    "household": "single", "address": "文晖路 12 号 3 幢 502", "monthly_rent": "2600", "since": "2026-01-01",
    "pay": "quarter", "promise": True,
}  # fmt: skip
AT = "2026-11-24T01:00:00Z"


@dataclass
class Person:
    """Somebody the room party would know."""

    name: str = "周明"
    phone: str = "13800001111"
    gender: str = "male"

    def age(self, today: date) -> int:
        """Always the same."""
        return 30


@dataclass
class Town:
    """People, and the letters they get."""

    letters: list[tuple[UUID, dict[str, Any]]] = field(default_factory=list)
    sources: set[str | None] = field(default_factory=set)

    async def customer(self, work: object, id_: UUID) -> Person:
        """Everybody is one person."""
        return Person()

    async def id_number_of(self, work: object, id_: UUID) -> str:
        """Everybody's."""
        return "330109198601010011"

    async def notify(
        self, bank: int, customer_id: UUID, kind: str, facts: dict[str, Any], *, source: str | None = None
    ) -> bool:
        """Once for each source."""
        if source in self.sources:
            return False
        self.sources.add(source)
        self.letters.append((customer_id, facts))
        return True


@dataclass
class Office:
    """A partner that says what it is told to, and remembers what it was asked."""

    system: str
    operations: frozenset[Operation] = frozenset(OPERATIONS)
    rings: list[Ring] = field(default_factory=list)
    answers: deque[Said] = field(default_factory=deque)
    mail: list[News] = field(default_factory=list)

    async def ring(self, ring: Ring) -> Said:
        """The next answer; pending when there is none."""
        self.rings.append(ring)
        return self.answers.popleft() if self.answers else Said("pending")

    async def news(self, after: str) -> Post:
        """All of it from a place on."""
        begin = int(after or 0)
        return Post(tuple(self.mail[begin:]), str(len(self.mail)), more=False)

    def say(self, stage: str, **more: Any) -> None:
        """Put a word about the last case in the mail."""
        key = next(ring.key for ring in reversed(self.rings) if ring.operation == "case.submit")
        body = {"number": "GJJ-1", "stage": stage, "at": AT, **more}
        message = f"m{len(self.mail)}"
        self.mail.append(News(message, "gov-330109", "case.progress", key, Said("done", body)))


@dataclass
class Purse:
    """Payments, as a test wants them: what is raised next, then what becomes of each order."""

    refusals: deque[BankError] = field(default_factory=deque)
    becomes: Sent | None = None
    sends: list[Send] = field(default_factory=list)
    paid: dict[UUID, Sent] = field(default_factory=dict)

    async def send(self, who: Principal, send: Send) -> Sent:
        """Pay once for each key."""
        self.sends.append(send)
        if self.refusals:
            raise self.refusals.popleft()
        return self.paid.setdefault(send.key, self.becomes or Sent("done", new_id(BANK)))

    async def look(self, send: Send) -> Sent | None:
        """What became of it."""
        return self.paid.get(send.key)


def progress(stage: str, **more: Any) -> Said:
    """What an office says of the case."""
    return Said("done", {"number": "GJJ-1", "stage": stage, "at": AT, **more})


@dataclass
class World:
    """One bank's services with everything they need."""

    db: Database
    clock: Clock
    services: Services
    office: Office
    company: Office
    town: Town
    relay: Relay
    jobs: Jobs
    purse: Purse
    issuer: Office
    biller: Office

    async def settle(self) -> None:
        """Let everything that waits be carried out."""
        for bank in (BANK, OTHER, CENTRE):
            while await self.relay.move(bank):
                pass
        async with self.db.relay() as work:
            rows = await work.fetch(
                "DELETE FROM jobs.pgqueuer WHERE status = 'queued' RETURNING entrypoint, payload"
            )
        for row in rows:
            await run_job(self.jobs, row["entrypoint"], row["payload"])
        if rows:
            await self.settle()

    async def rent(self, who: Principal) -> UUID:
        """A case, handed in."""
        moved = await self.services.begin(who, "gov.gjj.rent_draw", uuid4(), {"form": RENT})
        await self.services.act(who, moved.run, "submit", uuid4(), {})
        return moved.run

    async def state(self, who: Principal, run: UUID) -> str:
        """Where a run stands."""
        return (await self.services.view(who, run)).state


async def run_job(jobs: Jobs, name: str, payload: bytes) -> None:
    """Carry out one job."""
    await jobs._handlers[name](orjson.loads(payload))


def somebody(bank: int = BANK, kind: Any = "customer", roles: str = "") -> Principal:
    """A customer, or a clerk with roles."""
    return Principal(kind, new_id(bank), bank, roles=frozenset(roles.split()))


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What services need of the bank's content."""
    folder = tmp_path_factory.mktemp("content")
    for part in ("services", "providers"):
        shutil.copytree(CONTENT / part, folder / part)
    return folder


@pytest.fixture
async def world(db: Database, clock: Clock, content: Path) -> AsyncIterator[World]:
    """Content released, partners at hand."""
    catalog = Catalog(db, clock)
    await catalog.load_release(content)
    office, company, issuer, town = Office("government"), Office("property"), Office("product"), Town()
    biller = Office("biller")
    connectors: dict[str, Connector] = {
        "government": office, "property": company, "product": issuer, "biller": biller,
    }  # fmt: skip
    services = Services(db, Vault(b"k" * 32), clock, catalog, town, connectors, purse := Purse())
    jobs = Jobs(db, clock)
    relay = Relay(db, jobs)
    services.listen(relay)
    yield World(db, clock, services, office, company, town, relay, jobs, purse, issuer, biller)
    await services.stop()

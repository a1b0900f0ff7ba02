"""A bank of two counties with every room open, and phones that speak to it over HTTP.

What lies outside is in memory: an SMS carrier that keeps everything, an identity register that says yes,
a rail that takes whatever it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou.access import RIDER_KINDS, Access, Policy
from fengshou.catalog import Catalog
from fengshou.channels import Doors, Front, build_app
from fengshou.kernel import (
    CENTRE,
    Calendar,
    Clock,
    Database,
    Jobs,
    Principal,
    Relay,
    Settings,
    Vault,
    new_id,
    system,
)
from fengshou.ledger import AccountRef, Entry, Ledger, Posting, open_banks, own_account
from fengshou.pages import Pages
from fengshou.party import CustomerAccount, Party, PartyContent
from fengshou.payments import Credit, Inbound, Mail, Payments, RailSaid
from fengshou.risk import Risk
from fengshou.runtime.bridges import PartyPeople, RiskOnLogIn
from fengshou.runtime.party_book import PartyBook, ceiling_of, register_rides
from fengshou.runtime.rail_line import ContentOutsideBanks
from fengshou.services import Connectors, Files, PaymentsTill, Scan, Services
from tests.access.town import QUICK, Carrier
from tests.party.desk_of_tests import Register, id_number

ORIGIN = "http://localhost:8000"
XIAOSHAN, ANJI = 109, 523
PASSWORD = "tea-House-58"
CONTENT = Path(__file__).parents[2] / "content"
CLIENT = {"x-fs-client": "tests/1"}
REPAIR = {"category": "water", "place": "3 幢 502 厨房", "what": "水槽下面一直滴水"}
# The smallest PNG there is: one pixel.
PICTURE = {
    "name": "漏水.png", "media_type": "image/png",
    "base64": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
}  # fmt: skip
_numbers = count(1)


@dataclass
class Rail:
    """Takes every transfer; `says` is what it answers."""

    says: str = "accepted"
    sent: list[Credit] = field(default_factory=list)

    async def send(self, credit: Credit) -> RailSaid:
        self.sent.append(credit)
        return RailSaid(self.says, credit.order)  # type: ignore[arg-type]  # a test names a state

    async def ask(self, order: UUID) -> RailSaid:
        return RailSaid(self.says, order)  # type: ignore[arg-type]  # a test names a state

    async def mail(self, after: str) -> Mail:
        return Mail((), (), after, False)

    async def answer(self, credit: Inbound, reason: str | None) -> bool:
        return True


@dataclass
class Looker:
    """Scans files; `says` is what it finds."""

    says: Scan = "clean"

    async def scan(self, data: bytes) -> Scan:
        return self.says


@dataclass
class Tile:
    """Somebody anybody may log in as."""

    key: str
    kind: str
    id: UUID
    bank: int
    name: str
    about_zh: str = "演示客户"
    about_en: str = "A customer of the demo"


@dataclass
class Demo:
    """The demo's log-in page."""

    tiles: list[Tile] = field(default_factory=list)

    async def log_ins(self) -> list[Tile]:
        return self.tiles


@dataclass
class Citizen:
    """A customer with a verified name, a password and money in an account of class I or II."""

    id: UUID
    phone: str
    name: str
    account: CustomerAccount
    app: App

    @property
    def who(self) -> Principal:
        return Principal("customer", self.id, self.account.bank)


@dataclass
class Clerk:
    """A member of staff, logged in to the console."""

    id: UUID
    login: str
    desk: App


class App:
    """The app on somebody's phone: keeps cookies, speaks JSON."""

    def __init__(self, front: Front, address: str = "10.0.0.1", channel: str = "app") -> None:
        self.channel = channel
        transport = httpx.ASGITransport(front, client=(address, 40_000))
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")

    async def post(self, op: str, headers: Mapping[str, str] = CLIENT, **body: Any) -> httpx.Response:
        """The raw response of an operation."""
        return await self.http.post(f"/api/{self.channel}/{op}", json=body, headers=dict(headers))

    async def ask(self, op: str, **body: Any) -> Any:
        """The answer of an operation that is done."""
        response = await self.post(op, **body)
        assert response.status_code == 200, (op, response.status_code, response.text)
        return response.json()

    async def refused(self, op: str, status: int, **body: Any) -> Any:
        """The problem of an operation that is refused with `status`."""
        response = await self.post(op, **body)
        assert response.status_code == status, (op, response.status_code, response.text)
        assert response.headers["content-type"] == "application/problem+json"
        return response.json()


@dataclass
class Street:
    """The bank, and who lives around it."""

    doors: Doors
    settings: Settings
    front: Front
    carrier: Carrier
    register: Register
    rail: Rail
    demo: Demo
    looker: Looker

    def app(self, channel: str = "app") -> App:
        """A fresh phone, or desk, at an address of its own."""
        number = next(_numbers)
        return App(self.front, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", channel)

    async def clerk(self, *roles: str, bank: int = XIAOSHAN) -> Clerk:
        """A new colleague at their desk."""
        login, desk = f"clerk{next(_numbers)}", self.app("console")
        async with self.doors.db.work(bank) as work:
            staff = await self.doors.party.hire(work, login, "陈玉", frozenset(roles))
        await self.doors.access.passwords.issue(staff.id, PASSWORD)
        await desk.ask("session.log_in", login=login, password=PASSWORD)
        return Clerk(staff.id, login, desk)

    async def citizen(
        self,
        name: str = "周明",
        bank: int = XIAOSHAN,
        fen: int = 500_000,
        class_: int = 1,
        born: str = "19900307",
    ) -> Citizen:
        """A new one, with `fen` in an account, logged in on a trusted phone."""
        number = next(_numbers)
        phone, party = f"139{number:08d}", self.doors.party
        async with self.doors.db.work(bank) as work:
            person = await party.register(work, phone)
        await party.verify_real_name(person.id, name, id_number(number, born))
        account = await party.open_for(person.id, bank, class_, new_id(bank))
        await self.doors.access.passwords.issue(person.id, PASSWORD)
        if fen:
            await self.pay_in(account, fen)
        app = self.app()
        self.demo.tiles.append(Tile(f"citizen-{number}", "customer", person.id, bank, name))
        await app.ask("session.demo", id=f"citizen-{number}")
        return Citizen(person.id, phone, name, account, app)

    async def pay_in(self, account: CustomerAccount, fen: int) -> None:
        """Cash over the counter."""
        cash = own_account(account.bank, "1001")
        await self.doors.ledger.post(
            Entry(new_id(account.bank), (Posting(cash, AccountRef(*account.ref), fen),), mandate="tests.cash")
        )

    async def settle(self) -> None:
        """Wait until every event so far was handed on and every job is done."""
        pool = self.doors.db.pool("relay")
        while True:
            left = await pool.fetchval("SELECT (SELECT count(*) FROM kernel.outbox)")
            jobs = await pool.fetchval("SELECT count(*) FROM jobs.pgqueuer WHERE status <> 'failed'")
            if not left and not jobs:
                return

    async def close(self) -> None:
        await self.doors.relay.stop()
        await self.doors.jobs.stop()
        await self.doors.services.stop()
        await self.doors.ledger.stop()
        self.doors.access.close()


async def open_street(
    db: Database, clock: Clock, data_dir: Path, connectors: Connectors | None = None, **options: Any
) -> Street:
    """Everything wired as `runtime` does it, with two banks and the centre open."""
    settings = Settings(dsn=db.dsn, data_dir=data_dir, master_key=bytes(range(32)), origin=ORIGIN)
    vault, catalog = Vault(settings.master_key), Catalog(db, clock)
    await catalog.load_release(CONTENT, system())
    ledger, register, carrier, rail, demo = Ledger(db, clock), Register(), Carrier(), Rail(), Demo()
    content = PartyContent.of(catalog.bodies("bank"), catalog.bodies("branch"), catalog.bodies("party")[0])
    party = Party(
        db, vault, clock, PartyBook(ledger, ceiling_of(catalog)), register, catalog.account_class, content
    )
    risk, people = Risk(db, vault, clock, catalog), PartyPeople(db, party)
    access = Access(
        db, vault, clock, sms=carrier, people=people, identity=people, origin=ORIGIN, risk=RiskOnLogIn(risk), demo=True,
        policy=Policy(**QUICK),  # type: ignore[arg-type]  # numbers of the policy
    )  # fmt: skip
    jobs, banks = Jobs(db, clock), ContentOutsideBanks(catalog)
    payments = Payments(
        db, vault, clock, Calendar.load(), ledger=ledger, party=party, catalog=catalog, risk=risk, access=access,
        rail=rail, outside_banks=banks, jobs=jobs,
    )  # fmt: skip
    register_rides(ledger, Party.riders())
    for kind in (*Risk.riders, *RIDER_KINDS, *Payments.riders):
        ledger.riders.register(kind)
    pages = Pages(db, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    relay, looker = Relay(db, jobs), Looker()
    services = Services(db, vault, clock, catalog, party, connectors or {}, PaymentsTill(payments, party))
    await ledger.start()
    own = {subject.code: subject.currencies for subject in catalog.chart() if subject.holder == "bank"}
    await open_banks(ledger, [CENTRE, XIAOSHAN, ANJI], own, own)
    for room in (party, risk, payments, services):
        room.listen(relay)
    jobs.start()
    relay.start()
    doors = Doors(
        db=db, clock=clock, vault=vault, ledger=ledger, party=party, access=access, risk=risk, catalog=catalog,
        pages=pages, payments=payments, outside_banks=banks, jobs=jobs, relay=relay,
        services=services, files=Files(db, vault, clock, looker), demo=demo,
    )  # fmt: skip
    return Street(
        doors, settings, build_app(doors, settings, **options), carrier, register, rail, demo, looker
    )


def key() -> str:
    """A fresh idempotency key, as a phone makes it."""
    return str(uuid4())

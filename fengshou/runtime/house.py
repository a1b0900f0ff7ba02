"""The whole bank in one process: rooms built bottom up, ports handed their other ends.

The only place that knows everyone. `open_house` brings everything up to the point where it can
serve; `House.close` takes it down in the opposite order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from fengshou.access import RIDER_KINDS as ACCESS_RIDERS
from fengshou.access import Access, Policy, Rate
from fengshou.catalog import Catalog
from fengshou.kernel import (
    CENTRE,
    Calendar,
    Clock,
    Database,
    Jobs,
    Relay,
    Settings,
    Vault,
    install_jobs,
    migrate_database,
    seal_audit,
    system,
)
from fengshou.ledger import (
    Ledger,
    ShardPlace,
    SharedLedger,
    open_banks,
    read_shard_map,
    register_saga,
    shard_of,
)
from fengshou.pages import Pages
from fengshou.party import Party, PartyContent
from fengshou.payments import Payments
from fengshou.risk import Risk
from fengshou.runtime import access_letters, outside
from fengshou.runtime.bridges import PartyPeople, RiskOnLogIn
from fengshou.runtime.ledger_shards import Book, ShardBooks
from fengshou.runtime.nightly import LOOK_S, Nightly
from fengshou.runtime.party_book import PartyBook, ceiling_of, register_rides
from fengshou.runtime.rail_line import ContentOutsideBanks, RailLine
from fengshou.services import Files, PaymentsTill, Services, page_of

Say = Callable[[str], None]
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Share:
    """What one of several processes of a bank is told by the one that started it.

    lead            it brings the database and content up to date and does what is done in the background
    folder          where the processes' ledgers meet, for nobody else to enter
    simulators_url  where the simulators listen, in a demo
    """

    lead: bool
    folder: Path
    simulators_url: str | None


@dataclass(slots=True)
class House:
    """Every room's front, and what runs beside them."""

    settings: Settings
    clock: Clock
    vault: Vault
    db: Database
    catalog: Catalog
    ledger: Ledger
    party: Party
    risk: Risk
    access: Access
    pages: Pages
    payments: Payments
    services: Services
    files: Files
    jobs: Jobs
    relay: Relay
    outside: outside.Outside
    outside_banks: ContentOutsideBanks
    share: Share | None = None
    shards: ShardBooks | None = None
    doors: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def leads(self) -> bool:
        """Whether this process does what is done once for all of them."""
        return self.share is None or self.share.lead

    def start_background(self) -> None:
        """Begin what runs beside requests: jobs, timers, the outbox. Once, after listeners are registered."""
        self.doors.push_async_callback(self.jobs.stop)
        self.jobs.start(queue=self.leads)
        if self.leads:
            self.doors.push_async_callback(self.relay.stop)
            self.relay.start()
        self.doors.push_async_callback(_ended, asyncio.create_task(self.pages.listen(), name="pages"))

    async def close(self) -> None:
        """Stop taking work, finish what runs, hang up: the rooms in the opposite order of their opening."""
        await self.doors.aclose()


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task that runs for ever, and wait until it has gone."""
    task.cancel()
    await asyncio.wait({task})


async def open_house(
    settings: Settings, clock: Clock, content: Path, say: Say = lambda _: None,
    *, with_pages: bool = True, share: Share | None = None,
) -> House:  # fmt: skip
    """Migrate, load content, wire the rooms, start what runs beside them. What fails half-way is closed again."""
    leads = share is None or share.lead
    places = read_shard_map(settings.shards)
    if leads:
        say("bringing the database up to date")
        await migrate_database(settings.dsn)
        await install_jobs(settings.dsn)
    async with AsyncExitStack() as doors:
        db = Database(settings.dsn, clock, web_max=settings.web_pool_max)
        doors.push_async_callback(db.close)
        await db.open()
        vault = Vault(settings.master_key)
        say("loading content")
        catalog = Catalog(db, clock)
        if leads:
            await catalog.load_release(content, system())
        else:
            await catalog.refresh()
        lines = await outside.connect(
            vault, clock, settings.data_dir, demo=settings.demo,
            simulators_url=share.simulators_url if share else None,
        )  # fmt: skip
        doors.push_async_callback(lines.close)
        house = _wire(settings, clock, db, vault, catalog, lines, share)
        doors.callback(house.access.close)
        if places:
            register_saga(house.ledger)
        say("opening the book")
        doors.push_async_callback(house.ledger.stop)
        await house.ledger.start()
        doors.push_async_callback(house.services.stop)
        if leads:
            await _open_the_book(house, places)
            if places:
                await _open_shards(house, places, doors)
            _register_background(house)
        if with_pages:
            await _publish_pages(house, content)
        _register_everywhere(house)
        house.doors = doors.pop_all()
    return house


def _wire(
    settings: Settings, clock: Clock, db: Database, vault: Vault, catalog: Catalog, lines: outside.Outside,
    share: Share | None,
) -> House:  # fmt: skip
    limits: dict[str, Any] = {
        "batch_max": settings.batch_max,
        "queue_max": settings.queue_max,
        "lock_wait_ms": settings.lock_wait_ms,
    }
    ledger = SharedLedger(db, clock, share.folder, **limits) if share else Ledger(db, clock, **limits)
    party = Party(
        db, vault, clock, PartyBook(ledger, ceiling_of(catalog)), lines.realname, catalog.account_class,
        _party_content(catalog),
    )  # fmt: skip
    risk = Risk(db, vault, clock, catalog)
    people = PartyPeople(db, party)
    access = Access(
        db,
        vault,
        clock,
        sms=lines.sms,
        people=people,
        identity=people,
        origin=settings.origin,
        risk=RiskOnLogIn(risk),
        demo=settings.demo,
        policy=_access_policy(settings, catalog),
    )
    banks = ContentOutsideBanks(catalog)
    jobs = Jobs(db, clock)
    payments = Payments(
        db, vault, clock, Calendar.load(), ledger=ledger, party=party, catalog=catalog, risk=risk, access=access,
        rail=RailLine(lines.rail), outside_banks=banks, jobs=jobs,
    )  # fmt: skip
    services = Services(db, vault, clock, catalog, party, lines.connectors, PaymentsTill(payments, party))
    files = Files(db, vault, clock, lines.scanner)
    register_rides(ledger, Party.riders())
    for kind in (*Risk.riders, *ACCESS_RIDERS, *Payments.riders):
        ledger.riders.register(kind)
    pages = Pages(db, Ed25519PrivateKey.from_private_bytes(vault.key("pages.manifest")))
    return House(
        settings, clock, vault, db, catalog, ledger, party, risk, access, pages, payments, services, files, jobs,
        Relay(db, jobs),
        lines, banks, share,
    )  # fmt: skip


def _access_policy(settings: Settings, catalog: Catalog) -> Policy:
    """Cooling as content has it. A demo is used, tested and measured from one address: its rates are wide."""
    policy = Policy(cooling=timedelta(hours=catalog.limits(CENTRE).cooling.hours))
    if settings.demo:
        wide = (Rate(timedelta(minutes=10), 100_000),)
        policy = replace(policy, code_rates_address=wide, log_in_rates_address=wide)
    return policy


def _party_content(catalog: Catalog) -> PartyContent:
    return PartyContent.of(catalog.bodies("bank"), catalog.bodies("branch"), catalog.bodies("party")[0])


async def _open_the_book(house: House, places: tuple[ShardPlace, ...]) -> None:
    """The chart, and each bank's own accounts of it."""
    await house.ledger.load_chart(_chart(house))
    own = _own(house)
    await open_banks(house.ledger, [CENTRE, *_banks_here(house, places)], own, own)


def _banks_here(house: House, places: tuple[ShardPlace, ...]) -> list[int]:
    """The member banks whose book is in the house's own database."""
    banks = (bank.institution_id for bank in house.party.banks())
    return [bank for bank in banks if bank != CENTRE and not shard_of(places, bank)]


async def _open_shards(house: House, places: tuple[ShardPlace, ...], doors: AsyncExitStack) -> None:
    """The books of banks that are in other databases, and payments to and from them."""
    house.shards = ShardBooks(places, Book(house.ledger, house.db, tuple(_banks_here(house, places))))
    settings = house.settings
    await house.shards.open(
        doors, house.clock, _chart(house), _own(house), batch_max=settings.batch_max, queue_max=settings.queue_max,
        lock_wait_ms=settings.lock_wait_ms,
    )  # fmt: skip


def _chart(house: House) -> list[tuple[str, str, str, str]]:
    return [(s.code, s.zh, s.en, "credit" if s.side == "credit" else "debit") for s in house.catalog.chart()]


def _own(house: House) -> dict[str, tuple[str, ...]]:
    """The subjects in which a bank has an account of its own, and their currencies beside the yuan."""
    return {s.code: s.currencies for s in house.catalog.chart() if s.holder == "bank"}


async def _publish_pages(house: House, content: Path) -> None:
    """Make the app's pages live when they differ from what is."""
    folder = content / "pages" / "app"
    if folder.is_dir():
        house.pages.load_pictures(content / "pages" / "pictures")
        if house.leads:
            made = [page_of(one) for one in house.services.definitions(CENTRE)]
            await house.pages.publish(system(), house.pages.load(folder, more=made))
    if not house.leads:
        await house.pages.refresh()


def _register_background(house: House) -> None:
    """Who listens to what, and what is done every so often by one process."""
    house.party.listen(house.relay)
    house.risk.listen(house.relay)
    access_letters.listen(house.relay, house.party)
    house.payments.listen(house.relay)
    house.services.listen(house.relay)
    house.jobs.every("ledger.follow", 5.0, house.ledger.reports.days.follow)
    house.jobs.every("ledger.months", _DAY_S, house.ledger.prepare_months)
    if house.shards:
        house.jobs.every("ledger.resume", 2.0, house.shards.resume)
        house.jobs.every("ledger.shards", 5.0, house.shards.tend)
        house.jobs.every("ledger.shards.months", _DAY_S, house.shards.prepare_months)
        for number, book in enumerate(house.shards.books[1:], start=1):
            house.jobs.every(f"ledger.nightly.{number}", LOOK_S, Nightly(book.db, number).look)
    house.jobs.every("ledger.nightly", LOOK_S, Nightly(house.db).look)
    house.jobs.every("jobs.prune", _DAY_S / 24, house.jobs.prune_log)
    house.jobs.every("audit.seal", 10.0, lambda: seal_audit(house.db))
    house.jobs.every("access.sweep", _DAY_S / 24, house.access.sweep)
    house.jobs.every("services.timers", 5.0, house.services.tick)
    house.jobs.every("services.files", _DAY_S, lambda: _sweep_files(house))
    house.jobs.every("services.news", 2.0, house.services.fetch_news)
    house.jobs.every("pages.health", 2.0, house.pages.health.watch)
    house.jobs.every("pages.due", 5.0, house.pages.publishing.due)
    house.jobs.every("pages.sweep", _DAY_S, house.pages.health.sweep)


async def _sweep_files(house: House) -> None:
    """Forget, at every bank, what was uploaded and never handed in."""
    for bank in (
        CENTRE,
        *(one.institution_id for one in house.party.banks() if one.institution_id != CENTRE),
    ):
        await house.files.sweep(bank, system(bank))


def _register_everywhere(house: House) -> None:
    """What each process does every so often."""
    house.jobs.every("ledger.expire", 5.0, house.ledger.expire_due)  # the book's owner may be any of them
    house.jobs.every("content.refresh", 2.0, lambda: _refresh(house))


async def _refresh(house: House) -> None:
    """Another process may have released content or pages."""
    if await house.catalog.refresh():
        house.party.renew(_party_content(house.catalog))
    await house.pages.refresh()

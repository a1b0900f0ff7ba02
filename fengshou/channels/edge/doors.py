"""The rooms a channel goes into, wired once by `runtime`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from fengshou.access import Access
from fengshou.catalog import Catalog
from fengshou.kernel import Clock, Database, Jobs, Relay, Vault
from fengshou.ledger import Ledger
from fengshou.pages import Pages
from fengshou.party import Party
from fengshou.payments import OutsideBanks, Payments
from fengshou.risk import Risk
from fengshou.services import Files, Services


class OutsideDirectory(OutsideBanks, Protocol):
    """The banks the rail reaches, to look through."""

    def all(self) -> list[dict[str, object]]:
        """Every bank: code, name in both languages, initials, prefixes."""
        ...


class DemoTile(Protocol):
    """One person of the demo's log-in page."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def id(self) -> UUID: ...
    @property
    def bank(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def about_zh(self) -> str: ...
    @property
    def about_en(self) -> str: ...


class DemoPort(Protocol):
    """What a demo bank offers that a real one does not."""

    async def log_ins(self) -> Sequence[DemoTile]:
        """Customers and staff whom anybody may log in as."""
        ...


@dataclass(frozen=True, slots=True)
class Doors:
    """The fronts of the rooms. `demo` is None in a real bank; `simulators_url` is where the simulators listen."""

    db: Database
    clock: Clock
    vault: Vault
    ledger: Ledger
    party: Party
    access: Access
    risk: Risk
    catalog: Catalog
    pages: Pages
    payments: Payments
    outside_banks: OutsideDirectory
    jobs: Jobs
    relay: Relay
    services: Services
    files: Files
    demo: DemoPort | None = None
    simulators_url: str | None = None

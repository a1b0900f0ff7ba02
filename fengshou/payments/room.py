"""What the acts of this room work with."""

from __future__ import annotations

from dataclasses import dataclass

from fengshou.access import Access
from fengshou.catalog import Catalog
from fengshou.kernel import Calendar, Clock, Database, Jobs, Vault
from fengshou.ledger import Ledger
from fengshou.party import Party
from fengshou.payments.memory import Memory
from fengshou.payments.ports import OutsideBanks, RailPort
from fengshou.risk import Risk


@dataclass(frozen=True, slots=True)
class Room:
    """The doors this room goes through."""

    db: Database
    vault: Vault
    clock: Clock
    calendar: Calendar
    ledger: Ledger
    party: Party
    catalog: Catalog
    risk: Risk
    access: Access
    rail: RailPort
    outside_banks: OutsideBanks
    jobs: Jobs
    memory: Memory

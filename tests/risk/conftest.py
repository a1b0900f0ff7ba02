"""Risk over a real database with the bank's own rules, and a ledger its riders ride on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fengshou.catalog import Catalog
from fengshou.kernel import Clock, Database, Principal, Vault, new_id
from fengshou.ledger import Ledger
from fengshou.risk import Outflow, Risk

XIAOSHAN, YUHANG = 109, 110
CONTENT = Path(__file__).parents[2] / "content"
# Noon in Shanghai: no rule about nights hits unless a test shifts the clock.
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.shift(NOON - made.now())
    return made


@pytest.fixture
def vault() -> Vault:
    return Vault(bytes(range(32)))


@pytest.fixture
async def catalog(db: Database, clock: Clock) -> Catalog:
    made = Catalog(db, clock)
    await made.load_release(CONTENT)
    return made


@pytest.fixture
def risk(db: Database, vault: Vault, clock: Clock, catalog: Catalog) -> Risk:
    return Risk(db, vault, clock, catalog)


@pytest.fixture
async def ledger(db: Database, clock: Clock, risk: Risk) -> AsyncIterator[Ledger]:
    book = Ledger(db, clock, batch_max=50)
    for kind in risk.riders:
        book.riders.register(kind)
    await book.start()
    yield book
    await book.stop()


@pytest.fixture
def officer() -> Principal:
    return Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"risk_officer"}))


@dataclass
class Person:
    """A customer whose ordinary outflow no rule objects to."""

    clock: Clock
    id: UUID = field(default_factory=lambda: new_id(XIAOSHAN))

    def pays(self, fen: int = 30_00, **facts: Any) -> Outflow:
        usual: dict[str, Any] = {
            "id": new_id(XIAOSHAN, self.clock.now()),
            "customer": self.id,
            "payee_number": "6290110000100000011",
            "reach": "federation",
            "payee_new": False,
            "payee_name_match": "match",
            "device_age_hours": 24 * 90,
            "customer_age": 34,
            "tenure_days": 400,
            "session_minutes": 3,
            "failed_logins_24h": 0,
            "level": 1,
        }
        return Outflow(fen=fen, **usual | facts)


@pytest.fixture
def person(clock: Clock) -> Person:
    return Person(clock)

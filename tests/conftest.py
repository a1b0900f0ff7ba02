"""Fixtures every room's tests share: a migrated database of one's own, and the bank's clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from fengshou.catalog import Catalog, RiskPolicy
from fengshou.kernel import Clock, Database, jobs, migrate
from tests.support.postgres import drop_database, fresh_database

_template: dict[str, str] = {}


async def migrated_template() -> str:
    """The DSN of a database with every migration applied; tests copy it. Made once per process."""
    if "dsn" not in _template:
        dsn = await fresh_database()
        await migrate.migrate(dsn)
        await jobs.install(dsn)
        _template["dsn"] = dsn
    return _template["dsn"]


@pytest.fixture
async def dsn() -> AsyncIterator[str]:
    """A migrated database nobody else uses."""
    copy = await fresh_database(await migrated_template())
    yield copy
    await drop_database(copy)


@pytest.fixture
def clock() -> Clock:
    """The bank's clock; a test may shift it."""
    return Clock()


@pytest.fixture
async def db(dsn: str, clock: Clock) -> AsyncIterator[Database]:
    """The pools of a process on that database."""
    database = Database(dsn, clock, web_max=8)
    await database.open()
    yield database
    await database.close()


@pytest.fixture(autouse=True, scope="session")
def unhurried_risk() -> Iterator[None]:
    """Risk's quarter of a second is meant for a bank's machine; a busy test machine stands still for longer.

    Where being late is what is tested, the test passes a deadline of its own.
    """
    hurried = Catalog.risk_policy

    def unhurried(catalog: Catalog, bank: int) -> RiskPolicy:
        return hurried(catalog, bank).model_copy(update={"deadline_ms": 5_000})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Catalog, "risk_policy", unhurried)
        yield

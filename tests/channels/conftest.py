"""One bank for all tests of the channels: each test brings its own people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fengshou.kernel import Clock, Database
from tests.channels.street import Street, open_street
from tests.conftest import migrated_template
from tests.support.postgres import drop_database, fresh_database


@pytest.fixture(scope="session")
async def street(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Street]:
    """The bank, open."""
    dsn, clock = await fresh_database(await migrated_template()), Clock()
    db = Database(dsn, clock, web_max=8)
    await db.open()
    opened = await open_street(db, clock, Path(tmp_path_factory.mktemp("data")), bench=True)
    yield opened
    await opened.close()
    await db.close()
    await drop_database(dsn)

"""An open ledger on a database of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from fengshou.kernel import Clock, Database
from fengshou.ledger import Ledger
from tests.support.book import open_ledger


@pytest.fixture
async def ledger(db: Database, clock: Clock) -> AsyncIterator[Ledger]:
    """The book, with three banks open."""
    book = await open_ledger(db, clock)
    yield book
    await book.stop()


@pytest.fixture
async def owner(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do what no part of the bank may."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()

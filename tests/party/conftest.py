from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fengshou.kernel import Clock, Database
from tests.party.desk_of_tests import Hall, open_hall


@pytest.fixture
async def hall(db: Database, clock: Clock) -> AsyncIterator[Hall]:
    """The party room over a real ledger."""
    opened = await open_hall(db, clock)
    yield opened
    await opened.ledger.stop()

"""A whole bank per test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fengshou.kernel import Clock
from tests.support.town import Town, open_town


@pytest.fixture
async def town(dsn: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Town]:
    """Open for business; closed after the test."""
    place = await open_town(dsn, tmp_path, clock)
    yield place
    await place.house.close()

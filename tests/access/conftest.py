"""Fixtures of the room."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fengshou.kernel import Clock, Database
from tests.access.town import Scene, make_scene


@pytest.fixture
async def scene(db: Database, clock: Clock) -> AsyncIterator[Scene]:
    """The room on a database of its own."""
    made = make_scene(db, clock)
    yield made
    made.access.close()

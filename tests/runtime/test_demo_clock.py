"""The clock of a demo bank, as the console moves it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from fengshou.channels.console.clock import MovableClock
from fengshou.kernel import Clock
from fengshou.runtime.standing import clock_offset, doors_of
from tests.support.town import open_town


async def test_the_console_moves_the_standing_banks_clock(dsn: str, tmp_path: Path, clock: Clock) -> None:
    house = (await open_town(dsn, tmp_path, clock)).house
    try:
        demo: object = doors_of(house).demo
        assert isinstance(demo, MovableClock)

        await demo.move_clock(86_400)

        assert house.clock.offset == timedelta(days=1)  # here at once, not at the next tick
        assert await clock_offset(house.db) == 86_400  # and for other processes and the next start
    finally:
        await house.close()

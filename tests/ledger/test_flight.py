"""What is on its way to disk: in order, and never left standing."""

from __future__ import annotations

import asyncio
from typing import Any

from fengshou.ledger.flight import Flights, Staged


async def test_a_batch_behind_one_that_has_landed_is_launched() -> None:
    written: list[Any] = []
    settled: list[Any] = []

    async def commit(plan: Any, _: Any) -> None:
        written.append(plan)

    flights = Flights(commit, settled.append)
    assert await flights.send(Staged("first", None, ()))  # type: ignore[arg-type]  # plans are not looked into
    for _ in range(5):  # it ends and nobody waits for it: the writer is asking for old keys
        await asyncio.sleep(0)
    assert settled == ["first"]
    assert await flights.send(Staged("second", None, ()))  # type: ignore[arg-type]  # see above
    assert await asyncio.wait_for(flights.land(), 5)
    assert written == settled == ["first", "second"]


async def test_what_stands_behind_a_failed_batch_is_given_back() -> None:
    written: list[Any] = []

    async def commit(plan: Any, _: Any) -> None:
        written.append(plan)
        await asyncio.sleep(0)
        raise ConnectionError("cut")

    flights = Flights(commit, written.append)
    assert await flights.send(Staged("first", None, ()))  # type: ignore[arg-type]  # see above
    assert not await flights.send(Staged("second", None, ()))  # type: ignore[arg-type]  # see above
    assert written == ["first"]
    assert not flights.under_way

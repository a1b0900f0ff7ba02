"""`jobs` shows what is parked and puts it back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from fengshou.kernel import Clock, Database, Jobs, Patience
from fengshou.runtime.cli import main


async def park(db: Database, clock: Clock) -> int:
    """A job that failed for good."""

    async def fails(payload: dict[str, Any]) -> None:
        raise ConnectionError("the partner hung up")

    jobs = Jobs(db, clock, Patience(attempts_max=0))
    jobs.on("probe", fails)
    await jobs.enqueue("probe", {})
    jobs.start()
    async with asyncio.timeout(30):
        while not (parked := await jobs.parked()):  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(0.02)
    await jobs.stop()
    return parked[0].id


async def test_parked_jobs_are_listed_and_put_back(
    db: Database, dsn: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await park(db, clock)
    monkeypatch.setenv("FENGSHOU_DATABASE_URL", dsn)

    async def run(*words: str) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = await asyncio.to_thread(main, ["jobs", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    code, told = await run()
    assert (code, [row["id"] for row in told["parked"]]) == (0, [number])
    assert told["parked"][0]["why"] == "ConnectionError: the partner hung up"
    assert await run("--again", str(number + 1)) == (1, {"parked": told["parked"], "again": []})
    assert await run("--again", str(number)) == (0, {"parked": [], "again": [number]})

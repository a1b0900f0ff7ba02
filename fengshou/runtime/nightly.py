"""What a running bank does for its book every night: set anchors, seal old months.

Both read a great deal, so each is a process of its own, `./bank ledger anchors` and `./bank ledger seal`, with the
least priority; this one only looks whether they are due, and shows in its metrics when they were done.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime

from fengshou.kernel import Database, counter, gauge, get_logger
from fengshou.ledger import Chores

LOOK_S = 600.0
_LAST_IN_LINE = 19
_COMMANDS = {Chores.ANCHORS: ("ledger", "anchors"), Chores.SEALING: ("ledger", "seal")}
_log = get_logger("nightly")
_ran = gauge(
    "ledger_chore_timestamp_seconds", "When a nightly chore of a shard was done last", ["shard", "chore"]
)
_anchor = gauge("ledger_anchor_timestamp_seconds", "When the newest anchor of a shard was set", ["shard"])
_failed = counter("ledger_chore_failures_total", "Nightly chores that found a problem", ["shard", "chore"])


class Nightly:
    """Looks every now and then whether a chore is due. One process of all that look does it."""

    def __init__(self, db: Database, shard: int = 0) -> None:
        self._db, self._shard = db, str(shard)

    async def look(self) -> list[str]:
        """Do what is due; its names, none when another process is at it."""
        connection = await self._db.connect("writer")
        chores = Chores(connection)
        try:
            async with chores.alone() as mine:
                done = await self._do(chores) if mine else []
            await self._show(chores)
        finally:
            await connection.close()
        return done

    async def _do(self, chores: Chores) -> list[str]:
        done = []
        for name, command in _COMMANDS.items():
            chore = (await chores.last()).get(name)
            if chore is None or chore.due(datetime.now(UTC)):
                if code := await self._run(command):
                    _failed.labels(self._shard, name).inc()
                    _log.error("nightly chore", chore=name, shard=self._shard, code=code)
                done.append(name)
        return done

    async def _run(self, command: tuple[str, ...]) -> int:
        """Run a command of ours on this database; it writes down itself what came of it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fengshou", *command, "--json",
            env=os.environ | {"FENGSHOU_DATABASE_URL": self._db.dsn},
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            with suppress(OSError):  # it is over already
                os.setpriority(os.PRIO_PROCESS, process.pid, _LAST_IN_LINE)
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()

    async def _show(self, chores: Chores) -> None:
        for chore in (await chores.last()).values():
            _ran.labels(self._shard, chore.name).set(chore.ran_at.timestamp())
        if newest := await chores.last_anchor():
            _anchor.labels(self._shard).set(newest.timestamp())

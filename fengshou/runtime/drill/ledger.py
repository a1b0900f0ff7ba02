"""`drill ledger`: kill, cut, restart, and ask the book about everything that was ever tried."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

import asyncpg

from fengshou.kernel import Clock, Database
from fengshou.ledger import Ledger
from fengshou.runtime.bench.ground import temporary_cluster
from fengshou.runtime.drill.audit import Audit, Tally
from fengshou.runtime.drill.diary import Diary
from fengshou.runtime.drill.wire import Wire
from fengshou.runtime.drill.wishes import open_accounts, open_tables
from fengshou.runtime.postgres import Cluster

FAULTS = (
    "teller", "database", "both", "cut before commit", "cut during commit", "cut after commit",
    "owner killed", "peer killed", "owner asleep",
)  # fmt: skip
_SHARED = FAULTS[6:]  # two tellers on one book
_CALLERS = 24
_LOAD_S = (0.05, 0.4)  # how long money moves before the fault
_STUCK_S = 90.0
_LOOK_S = 0.01
# A long drill proves the whole journal now and then; every fault is checked entry by entry all the same.
_PROOF_EVERY = 10


class Stuck(Exception):
    """Nothing moved again after a fault, without hands."""


async def drill(faults: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Do `faults` faults and return what `--json` prints."""
    began, chance = monotonic(), random.Random(seed)  # noqa: S311 - it picks moments and amounts, not secrets
    with temporary_cluster(say) as cluster, _folder() as folder:
        async with _Ground(cluster, folder) as ground:
            for number in range(1, faults + 1):
                fault = FAULTS[(number - 1) % len(FAULTS)]
                await ground.suffer(fault, seed + number, chance.uniform(*_LOAD_S))
                prove = number % _PROOF_EVERY == 0 or number == faults
                await ground.check(prove=prove)
                say(f"fault {number}/{faults} {fault}: {ground.tally.told()}")
    return {"faults": faults, "seed": seed, "seconds": round(monotonic() - began, 1)} | ground.tally.result()


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="fengshou-drill-") as name:
        yield Path(name)


class _Ground:
    """One cluster, one wire, one diary, for all faults of a drill."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.tally = cluster, Tally()
        self._dsn = cluster.dsn
        socket = parse_qs(urlsplit(self._dsn).query)["host"][0]
        self._wire = Wire(folder, Path(socket))
        self._wired = urlunsplit(urlsplit(self._dsn)._replace(query=f"host={quote(str(folder), safe='/')}"))
        self.diary = Diary(folder / "diary")
        self._audit = Audit(self._dsn, self.diary, self.tally)

    async def __aenter__(self) -> _Ground:
        db = Database(self._dsn, Clock(), web_max=2)
        self.diary.path.touch()
        await open_tables(self._dsn)  # before the pools connect: their roles are made by a migration
        await db.open()
        ledger = Ledger(db, Clock())
        await ledger.start()
        await open_accounts(ledger)
        await ledger.stop()
        await db.close()
        await self._wire.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.stop()

    async def suffer(self, fault: str, seed: int, load_s: float) -> None:
        """Start tellers, let them work, break something, see them recover, kill them."""
        words, begun = ["shared"] if fault in _SHARED else [], self.diary.starts
        tellers = [await self._teller(seed + 1_000_000 * n, *words) for n in range(1 + len(words))]
        try:
            await self._until(lambda: self.diary.starts - begun == len(tellers), "a teller did not begin")
            await self._until_it_moves("nothing was paid")
            await asyncio.sleep(load_s)
            if fault == "database":
                await self._kill_database()
                await self._until_it_moves("no payment after the database came back")
            elif fault == "both":
                tellers[0].kill()
                await self._kill_database()
            elif fault.startswith("cut"):
                await asyncio.wait_for(self._wire.cut(fault.split()[1]), _STUCK_S)
                await self._until_it_moves("no payment after the wire was cut")
            elif words:
                await self._lose_one(fault, tellers)
        finally:
            for teller in tellers:
                if teller.returncode is None:
                    teller.kill()
                await teller.wait()
        self.diary.read()

    async def _teller(self, seed: int, *words: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fengshou.runtime.drill.teller",
            self._wired, str(self.diary.path), str(seed), str(_CALLERS), *words,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def _lose_one(self, fault: str, tellers: list[asyncio.subprocess.Process]) -> None:
        """Kill or stop one of two on one book; how long nobody was answered is noted."""
        owner = await self._owner()
        victim = next(t for t in tellers if (t.pid == owner) == fault.startswith("owner"))
        victim.send_signal(signal.SIGSTOP if fault == "owner asleep" else signal.SIGKILL)
        began = monotonic()
        await self._until_it_moves(f"no payment after {fault}")
        if fault.startswith("owner"):
            self.tally.takeover_s = max(self.tally.takeover_s, round(monotonic() - began, 2))
        if fault == "owner asleep":
            victim.send_signal(signal.SIGCONT)
            await self._until_it_moves("no payment after the sleeper woke")

    async def _owner(self) -> int:
        """The process that has the lease."""
        db = await asyncpg.connect(self._dsn)
        try:
            address = await db.fetchval("SELECT address FROM ledger.lease")
        finally:
            await db.close()
        return int(Path(address).name.split("-")[1])

    async def check(self, *, prove: bool) -> None:
        """Ask the book about everything."""
        await self._audit.run(prove=prove)

    async def _until_it_moves(self, otherwise: str) -> None:
        """Wait for a payment acknowledged after now."""
        self.diary.read()
        before = len(self.diary.acked)
        await self._until(lambda: len(self.diary.acked) > before, otherwise)

    async def _until(self, seen: Callable[[], bool], otherwise: str) -> None:
        late = monotonic() + _STUCK_S
        while not seen():
            if monotonic() > late:
                raise Stuck(otherwise)
            await asyncio.sleep(_LOOK_S)
            self.diary.read()

    async def _kill_database(self) -> None:
        """kill -9 the postmaster and every child of it, then start it again."""
        server = self.cluster.status().pid
        assert server is not None
        family = [server, *await asyncio.to_thread(_children, server)]
        for pid in family:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue  # it went with the others
        await asyncio.to_thread(self.cluster.start)


def _children(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # gone while we looked
        if int(fields[1]) == pid:
            found.append(int(status.parent.name))
    return found

"""`drill failover`: three synchronous nodes, a fault of the primary under load, and every payment asked for again."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import asyncpg

from fengshou.kernel import Clock, Database
from fengshou.ledger import Ledger
from fengshou.runtime.drill.audit import Audit, Tally
from fengshou.runtime.drill.cluster import NODES, Nodes
from fengshou.runtime.drill.diary import Diary
from fengshou.runtime.drill.ledger import Stuck
from fengshou.runtime.drill.wishes import open_accounts, open_tables

_CALLERS = 24
_LOAD_S = 3.0
_KEEPER_S = 25.0  # longer than a primary's claim holds without being renewed
_STUCK_S = 180.0
_LOOK_S = 0.02


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="fengshou-failover-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "nodes").mkdir()
        (folder / "diary").touch()
        yield folder


async def failover(fault: str, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Do one fault and return what `--json` prints. `kill`: the primary and its Patroni at once; `stop`: SIGSTOP both.

    `keeper`: kill -9 the etcd that leads the other two.
    """
    with _folder() as folder:
        say("three nodes are starting")
        async with Nodes(folder / "nodes") as nodes:
            await _open_bank(nodes)
            return await _drill(nodes, Diary(folder / "diary"), fault, seed, say)


async def _open_bank(nodes: Nodes) -> None:
    db = await asyncpg.connect(nodes.maintenance_dsn)
    await db.execute("CREATE DATABASE fengshou")
    await db.close()
    await open_tables(nodes.dsn)
    pools = Database(nodes.dsn, Clock(), web_max=2)
    await pools.open()
    ledger = Ledger(pools, Clock())
    await ledger.start()
    await open_accounts(ledger)
    await ledger.stop()
    await pools.close()


async def _drill(
    nodes: Nodes, diary: Diary, fault: str, seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    tally = Tally()
    teller = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fengshou.runtime.drill.teller",
        nodes.dsn, str(diary.path), str(seed), str(_CALLERS),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _more(diary, 1, "nothing was paid")
        await asyncio.sleep(_LOAD_S)
        before = await asyncio.to_thread(nodes.primary)
        victim = await asyncio.to_thread(nodes.leading_keeper) if fault == "keeper" else before
        assert victim
        diary.read()
        what = "which leads the etcd" if fault == "keeper" else "the primary"
        say(f"{fault} {victim}, {what}, after {len(diary.acked)} payments")
        if fault == "stop":
            nodes.signal(victim, signal.SIGSTOP)
        else:
            nodes.kill(victim)
        began = monotonic()
        diary.read()
        await _more(diary, 1, f"no payment after {fault} of {victim}")
        outage_s = round(monotonic() - began, 1)
        say(f"paid again after {outage_s} s")
        if fault == "stop":
            nodes.signal(victim, signal.SIGCONT)  # it must find out that it is the primary no more
        await asyncio.sleep(_KEEPER_S if fault == "keeper" else _LOAD_S)
    finally:
        teller.kill()
        await teller.wait()
    diary.read()
    say("asking the book about every payment")
    await Audit(nodes.dsn, diary, tally).run(prove=True)
    now = await asyncio.to_thread(nodes.primary)
    facts = {"fault": fault, "nodes": len(NODES), "outage_s": outage_s, "moved_from": before, "moved_to": now}
    return facts | tally.result()


async def _more(diary: Diary, count: int, otherwise: str) -> None:
    """Wait for payments acknowledged after now."""
    diary.read()
    wanted, late = len(diary.acked) + count, monotonic() + _STUCK_S
    while len(diary.acked) < wanted:
        if monotonic() > late:
            raise Stuck(otherwise)
        await asyncio.sleep(_LOOK_S)
        diary.read()

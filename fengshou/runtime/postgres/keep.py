"""Keeping the database up for as long as the bank is open."""

import asyncio

from fengshou.runtime.postgres.cluster import Cluster
from fengshou.runtime.postgres.place import Say
from fengshou.runtime.postgres.problem import PostgresProblem

_LOOK_EVERY_S = 0.5
_TRY_EVERY_S_MAX = 30.0
LOW_BYTES = 1 << 30


async def keep_running(cluster: Cluster, say: Say) -> None:
    """Start the server of a started cluster again whenever it is gone, until cancelled.

    PostgreSQL restarts itself when one of its children dies; this is for the death of the whole server, by a kill
    or by a full disk, which is also announced before it comes. What cannot be mended is said once and tried again, ever
    less often. Cancel this before `Cluster.stop()`, which then waits for a start that is under way.
    """
    told, wait, was_low = "", _LOOK_EVERY_S, False
    while True:
        await asyncio.sleep(wait)
        status = cluster.status()
        is_low = status.free_bytes < LOW_BYTES
        if is_low and not was_low:
            left = status.free_bytes >> 20
            say(f"Only {left} MB are left on the disk of {status.data}: the database stops when it is full.")
        was_low = is_low
        if status.pid is not None:
            told, wait = "", _LOOK_EVERY_S
            continue
        if not told:
            say("The database is gone; starting it again.")
        try:
            await asyncio.to_thread(cluster.start, say)
            say("The database is back.")
        except PostgresProblem as problem:
            if str(problem) != told:
                told = str(problem)
                say(told)
            wait = min(2 * wait, _TRY_EVERY_S_MAX)

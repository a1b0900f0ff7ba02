"""Keeping the database up for as long as the bank is open."""

import asyncio

from fengshou.runtime.postgres.cluster import Cluster
from fengshou.runtime.postgres.place import Say
from fengshou.runtime.postgres.problem import PostgresProblem

_LOOK_EVERY_S = 0.5
_TRY_EVERY_S_MAX = 30.0


async def keep_running(cluster: Cluster, say: Say) -> None:
    """Start the server of a started cluster again whenever it is gone, until cancelled.

    PostgreSQL restarts itself when one of its children dies; this is for the death of the whole server, by a kill
    or by a full disk. What cannot be mended is said once and tried again, ever less often. Cancel this before
    `Cluster.stop()`, which then waits for a start that is under way.
    """
    told, wait = "", _LOOK_EVERY_S
    while True:
        await asyncio.sleep(wait)
        if cluster.status().pid is not None:
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

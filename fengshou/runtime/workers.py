"""Several server processes on one port and one book, kept alive by this one.

    this process   the database, the simulators of a demo, the socket; no room of the bank
    the lead       a worker that also brings the database up to date and does what is done in the background
    the others     serve; whoever of them all has the ledger's lease decides, the others hand on to it

A worker that dies is started again. When the book's owner dies another has it before that.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import orjson

from fengshou.kernel import Clock, Database, Vault, get_logger
from fengshou.runtime import outside, standing
from fengshou.runtime.output import CommandError, step
from fengshou.runtime.worker import READY

_STOP_S = 20.0
_BREATH_S = 0.2
_YOUNG_S = 5.0  # whoever dies this young is not started again at once
_log = get_logger("workers")


class Workers:
    """The processes; `pids` are those that serve now."""

    def __init__(self, orders: list[bytes], env: dict[str, str], listener: socket.socket) -> None:
        self._orders, self._env, self._listener = orders, env, listener
        self._running: dict[int, asyncio.subprocess.Process] = {}
        self._keepers: list[asyncio.Task[None]] = []
        self.serving = [asyncio.Event() for _ in orders]

    @property
    def pids(self) -> list[int]:
        """Of the workers that are alive, the lead first."""
        return [self._running[n].pid for n in sorted(self._running)]

    async def start(self) -> None:
        """The lead, then the others. Raises `CommandError` when the lead does not come to serve."""
        for number in range(len(self._orders)):
            self._keepers.append(asyncio.create_task(self._keep(number), name=f"worker-{number}"))
            ready = asyncio.create_task(self.serving[number].wait())
            await asyncio.wait({ready, self._keepers[number]}, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done():
                ready.cancel()
                raise CommandError("a server process did not start: the log says why")

    async def stop(self) -> None:
        """Tell them to stop, the lead last; end those that do not."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for _, process in sorted(self._running.items(), reverse=True):
            if process.returncode is None:
                process.terminate()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_S):
                    await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()
        self._running.clear()

    async def _keep(self, number: int) -> None:
        """Start a worker, and again whenever it ends; one that never came to serve is given up."""
        while True:
            began = monotonic()
            process = await self._begin(number)
            assert process.stdout is not None
            if await process.stdout.readline() == READY:
                self.serving[number].set()
            await process.wait()
            _log.warning("worker ended", number=number, code=process.returncode)
            if not self.serving[number].is_set():
                return
            await asyncio.sleep(_BREATH_S if monotonic() - began > _YOUNG_S else _YOUNG_S)

    async def _begin(self, number: int) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "fengshou.runtime.worker",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=self._env,
            pass_fds=(self._listener.fileno(),),
            preexec_fn=_not_by_the_terminal,
        )  # fmt: skip
        self._running[number] = process
        assert process.stdin is not None
        process.stdin.write(self._orders[number])  # stays open: when it ends, we are gone
        await process.stdin.drain()
        return process


def _not_by_the_terminal() -> None:
    """Ctrl-C reaches every process of the terminal; the workers are stopped by theirs, in order."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@asynccontextmanager
async def standing_workers(
    plan: standing.Plan, count: int, listener: socket.socket, say: Callable[[str], None] = lambda _: None
) -> AsyncIterator[tuple[Workers, str | None]]:
    """`count` processes that serve on `listener` until the block ends, and where the simulators are."""
    async with AsyncExitStack() as stack:
        key = standing.master_key(standing.folder_of(plan))
        dsn = await standing.database_of(plan, stack, say)
        clock = Clock()
        lines = await outside.connect(Vault(key), clock, plan.data_dir, demo=plan.demo)
        stack.push_async_callback(lines.close)
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="fengshou-")))  # for its owner only
        workers = Workers(
            [_order(plan, listener, folder, lines.simulators_url, lead=n == 0) for n in range(count)],
            os.environ | {"FENGSHOU_DATABASE_URL": dsn},
            listener,
        )
        stack.push_async_callback(workers.stop)
        with step(f"starting {count} server processes"):
            await workers.start()
        if plan.demo:
            stack.push_async_callback(_ended, asyncio.create_task(_follow_clock(dsn, clock), name="clock"))
        yield workers, lines.simulators_url


def _order(
    plan: standing.Plan, listener: socket.socket, folder: Path, simulators_url: str | None, *, lead: bool
) -> bytes:
    share = {"lead": lead, "folder": str(folder), "simulators_url": simulators_url}
    order = {
        "data_dir": str(plan.data_dir), "port": plan.port, "demo": plan.demo, "people": plan.people,
        "listener": listener.fileno(), "share": share,
    }  # fmt: skip
    return orjson.dumps(order) + b"\n"


async def _follow_clock(dsn: str, clock: Clock) -> None:
    """The simulators' clock goes with the demo's."""
    db = Database(dsn, clock, web_max=1)
    await db.open()
    try:
        while True:
            with suppress(OSError):
                await standing.set_clock(db, clock)
            await asyncio.sleep(1)
    finally:
        await db.close()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

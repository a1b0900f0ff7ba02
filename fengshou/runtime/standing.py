"""A bank that stands: data folder, keys, database, house, demo people, and the front at one port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import uvicorn

from fengshou.channels import DemoTile, Doors, build_app
from fengshou.kernel import Clock, Database, Settings, set_up_logs
from fengshou.ledger import ShardTaken
from fengshou.runtime import collector, demo
from fengshou.runtime.house import House, Share, open_house
from fengshou.runtime.output import CommandError, step
from fengshou.runtime.places import checkout, content_folder
from fengshou.runtime.postgres import Cluster, keep_running

_KEY_BYTES = 32
_CLOCK = "clock"
_GRACE_S = 5
_ANSWERS_WITHIN_S = 10
_OLDEST = 15  # PostgreSQL
_PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Plan:
    """What to open. `demo` brings people, simulators, one-click log-ins and a clock that can be moved."""

    data_dir: Path
    port: int
    demo: bool = True
    people: int | None = None
    bench: bool = False
    temporary: bool = False
    share: Share | None = None


def default_data_dir() -> Path:
    """Beside the checkout's code; for an installed program where services or people keep data."""
    root = checkout()
    if root:
        return root / "data"
    if os.geteuid() == 0:
        return Path("/var/lib/fengshou/bank")
    return Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local/share")) / "fengshou"


def cluster_of(data_dir: Path, *, temporary: bool = False) -> Cluster:
    """The embedded database of a data folder; a temporary one ends with this process, however it ends."""
    return Cluster(data_dir / "postgres", ends_with_us=temporary)


@asynccontextmanager
async def standing_house(plan: Plan, say: Callable[[str], None] = lambda _: None) -> AsyncIterator[House]:
    """The house of a data folder, open until the block ends."""
    key = master_key(folder_of(plan))
    async with contextlib.AsyncExitStack() as stack:
        dsn = await database_of(plan, stack, say)
        clock = Clock()
        settings = Settings(
            dsn=dsn,
            data_dir=plan.data_dir,
            master_key=key,
            origin=os.environ.get("FENGSHOU_ORIGIN", f"http://localhost:{plan.port}"),
            port=plan.port,
            demo=plan.demo,
            shards=os.environ.get("FENGSHOU_SHARDS", ""),
        )
        with step("opening the bank") as shown:
            try:
                house = await open_house(settings, clock, content_folder(), shown.say, share=plan.share)
            except ShardTaken:
                raise CommandError(
                    f"another bank runs on the data of {plan.data_dir}: stop it, or name another folder with --data"
                ) from None
        stack.push_async_callback(house.close)
        if plan.demo:
            await set_clock(house.db, house.clock)
            house.jobs.every(_CLOCK, 1.0, lambda: set_clock(house.db, house.clock))
        if plan.demo and house.leads:
            with step("filling the demo bank") as shown:
                await _seed(house, plan, lambda what, share: shown.say(f"{what} {share:.0%}"))
        house.start_background()
        collector.settle()
        yield house


def folder_of(plan: Plan) -> Path:
    """The plan's data folder, made if it is not there."""
    _make_folder(plan.data_dir)
    return plan.data_dir


async def database_of(plan: Plan, stack: contextlib.AsyncExitStack, say: Callable[[str], None]) -> str:
    """The address of one's own database, or of the data folder's, which runs until `stack` is closed."""
    dsn = os.environ.get("FENGSHOU_DATABASE_URL")
    if dsn:
        await _look_at(dsn)
        return dsn
    return await _start_database(plan, stack, say)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as problem:
        raise CommandError(
            f"cannot use the data folder {folder} ({problem.strerror}): name another with --data"
        ) from None


async def _look_at(dsn: str) -> None:
    """Say in one line what is wrong with a database of one's own. Its address may hold a password: it is not shown."""
    try:
        connection = await asyncpg.connect(dsn, timeout=_ANSWERS_WITHIN_S)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as problem:
        why = " ".join(str(problem).split()) or "no answer"
        raise CommandError(f"the database of FENGSHOU_DATABASE_URL cannot be reached: {why}") from None
    try:
        version = connection.get_server_version().major
    finally:
        await connection.close()
    if version < _OLDEST:
        raise CommandError(f"PostgreSQL {_OLDEST} or newer is needed, FENGSHOU_DATABASE_URL is of {version}")


async def _start_database(plan: Plan, stack: contextlib.AsyncExitStack, say: Callable[[str], None]) -> str:
    cluster = cluster_of(plan.data_dir, temporary=plan.temporary)
    with step("starting the database") as shown:

        def tell(text: str) -> None:
            shown.say(text)

        dsn = await asyncio.to_thread(cluster.start, tell)
    stack.callback(cluster.stop)
    keeper = asyncio.create_task(keep_running(cluster, say), name="keep-database")

    async def let_go() -> None:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    stack.push_async_callback(let_go)
    return dsn


async def _seed(house: House, plan: Plan, say: Callable[[str, float], None]) -> None:
    more = {} if plan.people is None else {"people": plan.people}
    await demo.seed(
        demo.stage_of(
            house.db, house.vault, house.clock, party=house.party, ledger=house.ledger, catalog=house.catalog,
            access=house.access, payments=house.payments, say=say, **more,
        )
    )  # fmt: skip


def master_key(data_dir: Path) -> bytes:
    """FENGSHOU_MASTER_KEY (64 hexadecimal digits), else the data folder's own key, made once."""
    text = os.environ.get("FENGSHOU_MASTER_KEY")
    if text is None:
        file = data_dir / "keys" / "master"
        if not file.exists():
            if (data_dir / "postgres" / "data").exists():
                raise CommandError(
                    f"the key {file} is gone, and the data cannot be read without it: put it back"
                )
            file.parent.mkdir(mode=0o700, exist_ok=True)
            fresh = file.with_name(f"master.{os.getpid()}")
            fresh.touch(mode=0o600)
            fresh.write_text(secrets.token_hex(_KEY_BYTES))
            with contextlib.suppress(FileExistsError):
                os.link(fresh, file)  # whoever is first wins; the key is never written over
            fresh.unlink()
        text = file.read_text()
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise CommandError(
            "the master key must be 64 hexadecimal digits (FENGSHOU_MASTER_KEY or DIR/keys/master)"
        )
    return key


async def set_clock(db: Database, clock: Clock) -> None:
    """The demo's clock as `clock` set it, also while the bank runs."""
    clock.offset = timedelta(seconds=await clock_offset(db))


async def clock_offset(db: Database) -> float:
    """By how many seconds the demo's clock is ahead."""
    async with db.relay() as work:
        value = await work.fetchval("SELECT value FROM kernel.setting WHERE name = $1", _CLOCK)
    return float(value["offset_s"]) if value else 0.0


async def move_clock(db: Database, offset_s: float) -> None:
    """Put the demo's clock ahead by `offset_s`; a running bank follows within a second."""
    async with db.relay() as work:
        await work.execute(
            "INSERT INTO kernel.setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2",
            _CLOCK, {"offset_s": offset_s},
        )  # fmt: skip


class _DemoTiles:
    """What the log-in page shows in a demo."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def log_ins(self) -> Sequence[DemoTile]:
        """Customers and staff whom anybody may log in as."""
        return await demo.log_ins(self._house.party)

    async def move_clock(self, ahead_s: float) -> None:
        """Put the business clock ahead of the real time, here at once and in other processes within a second."""
        await move_clock(self._house.db, ahead_s)
        await set_clock(self._house.db, self._house.clock)


def doors_of(house: House) -> Doors:
    """The rooms as channels see them."""
    return Doors(
        house.db, house.clock, house.vault, house.ledger, house.party, house.access, house.risk, house.catalog,
        house.pages, house.payments, house.outside_banks, house.jobs, house.relay,
        house.services, house.files,
        _DemoTiles(house) if house.settings.demo else None, house.outside.simulators_url,
    )  # fmt: skip


class _Server(uvicorn.Server):
    """Leaves signals to us, and tells when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.listening.set()


@asynccontextmanager
async def serving(house: House, listener: socket.socket, *, bench: bool = False) -> AsyncIterator[str]:
    """Serve the house on a bound socket; the block gets its address."""
    front = build_app(doors_of(house), house.settings, bench=bench)
    config = uvicorn.Config(
        front, log_config=None, access_log=False, lifespan="off", server_header=False, ws="none",
        timeout_graceful_shutdown=_GRACE_S, timeout_keep_alive=75,
    )  # fmt: skip
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]), name="front")
    await server.listening.wait()
    host, port = listener.getsockname()[:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        front.close()
        server.should_exit = True
        await task


def bind(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Listen at `port` (0: any free one), or say in one line why not."""
    if not 0 <= port <= _PORT_MAX:
        raise CommandError(f"there is no port {port}: choose one up to {_PORT_MAX} with --port")
    try:
        listener = socket.create_server((host, port), backlog=1_024)
        # An answer is head and body: without this the body waits 40 ms for the other side's word of the head.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as problem:
        why = "taken" if problem.errno == errno.EADDRINUSE else "not to be had"
        raise CommandError(f"port {port} is {why} ({problem.strerror}): choose another with --port") from None


async def until_told_to_stop() -> None:
    """Wait for SIGINT or SIGTERM."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    await told.wait()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.remove_signal_handler(number)  # a second Ctrl-C ends it at once


def quiet_logs(data_dir: Path) -> None:
    """Logs go to a file of the data folder, so that the terminal stays readable."""
    _make_folder(data_dir)
    # Open until the process ends, so no context manager.
    stream = open(data_dir / "bank.log", "a", encoding="utf-8")  # noqa: SIM115 - see above
    set_up_logs(os.environ.get("FENGSHOU_LOG", "INFO"), stream=stream)
    # Libraries that log by themselves (the database's driver when it is cut off) write there too.
    logging.basicConfig(level=logging.WARNING, stream=stream, force=True)

"""Connections by role, and the unit of work.

A process opens one pool for each role it needs. Every role is entered by `SET ROLE` at connect, so
the address in the settings names one login that is a member of them all. `app.institution` is set
per transaction; row level security reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Literal, TypeAlias

import asyncpg
import orjson

from fengshou.kernel.clock import Clock
from fengshou.kernel.errors import Busy
from fengshou.kernel.ids import CENTRE, new_id
from fengshou.kernel.principal import Principal

Role: TypeAlias = Literal["web", "writer", "relay", "centre"]
Record: TypeAlias = asyncpg.Record
Connection: TypeAlias = "asyncpg.Connection[Record] | asyncpg.pool.PoolConnectionProxy[Record]"

_AWAY = "the database went away"
_CONNECT_S, _COMMAND_S = 10, 30

# How many write transactions this task has open: the ledger refuses to be awaited inside one.
_open_writes: ContextVar[int] = ContextVar("open_writes", default=0)


def writing() -> bool:
    """Whether this task holds an open write transaction."""
    return _open_writes.get() > 0


class Work:
    """One transaction: what a use case reads and writes itself. Opened and committed at the edge.

    bank  the institution whose rows it sees; 0 means all (centre and relay roles)
    now   the instant it began, by the bank's clock
    """

    def __init__(self, db: Connection, bank: int, who: Principal | None, now: datetime) -> None:
        self.db, self.bank, self.who, self.now = db, bank, who, now
        self.banks_with_events: set[int] = set()

    async def fetch(self, sql: str, *args: Any) -> list[Record]:
        """All rows."""
        return await self.db.fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: Any) -> Record | None:
        """The first row, or None."""
        return await self.db.fetchrow(sql, *args)

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        return await self.db.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> str:
        """Run a statement; the command tag comes back (`UPDATE 1`)."""
        return await self.db.execute(sql, *args)

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each row, in one go."""
        await self.db.executemany(sql, rows)

    async def emit(self, topic: str, key: str, body: dict[str, Any], *, bank: int | None = None) -> None:
        """Put an event in the outbox; it is delivered after this transaction commits, never if not."""
        bank = bank or self.bank
        await self.db.execute(
            "INSERT INTO kernel.outbox (institution_id, id, topic, key, body, at) VALUES ($1,$2,$3,$4,$5,$6)",
            bank, new_id(bank, self.now), topic, key, body, self.now,
        )  # fmt: skip
        self.banks_with_events.add(bank)

    async def emit_many(self, events: Sequence[tuple[str, str, dict[str, Any]]]) -> None:
        """Put many events of this bank in the outbox by one statement: topic, key, body."""
        if not events:
            return
        await self.db.execute(
            "INSERT INTO kernel.outbox (institution_id, id, topic, key, body, at)"
            " SELECT $1, k.id, k.topic, k.key, k.body, $6"
            " FROM unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[]) k (id, topic, key, body)",
            self.bank, [new_id(self.bank, self.now) for _ in events], [topic for topic, _, _ in events],
            [key for _, key, _ in events], [body for _, _, body in events], self.now,
        )  # fmt: skip
        self.banks_with_events.add(self.bank)

    async def audit(self, act: str, subject: str, **facts: Any) -> None:
        """Write down who did what to which subject; the sealer chains it later."""
        bank = self.bank or CENTRE
        kind, actor = (self.who.kind, self.who.id) if self.who else ("system", None)
        await self.db.execute(
            "INSERT INTO kernel.audit (institution_id, id, at, actor_kind, actor, act, subject, facts)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
            bank, new_id(bank, self.now), self.now, kind, actor, act, subject, facts,
        )  # fmt: skip


class Database:
    """The pools. `web_max` bounds the connections of requests; the other roles take a few each."""

    def __init__(self, dsn: str, clock: Clock, *, web_max: int = 12) -> None:
        self.dsn, self.clock, self._web_max = dsn, clock, web_max
        self._pools: dict[Role, asyncpg.Pool] = {}
        self._asking = 0
        self.on_events: list[Any] = []  # called with the set of banks whose outbox grew

    async def open(self) -> None:
        """Connect. Raises `OSError` or `asyncpg.PostgresError` when the server is not there."""
        sizes: dict[Role, int] = {"web": self._web_max, "writer": 2, "relay": 4, "centre": 3}
        for role, size in sizes.items():
            self._pools[role] = await asyncpg.create_pool(
                self.dsn,
                min_size=1,
                max_size=size,
                init=_set_codecs,
                reset=_keep,
                server_settings={"role": f"fs_{role}", "application_name": f"fengshou-{role}"},
                timeout=_CONNECT_S,
                command_timeout=_COMMAND_S,
            )

    async def close(self) -> None:
        """Let running transactions end, then disconnect."""
        for pool in self._pools.values():
            try:
                await asyncio.wait_for(pool.close(), timeout=10)
            except TimeoutError:
                pool.terminate()
        self._pools.clear()

    @property
    def waiting(self) -> int:
        """How many requests wait for a connection now: what the edge sees of a bank that has too much to do."""
        return self._asking

    async def connect(self, role: Role, **settings: str) -> asyncpg.Connection:
        """A connection of its own, outside the pools: for the ledger's writer.

        A server that does not answer is given up after a while, as the pools do; a wire may break without a word.
        """
        connection = await asyncpg.connect(
            self.dsn,
            timeout=_CONNECT_S,
            command_timeout=_COMMAND_S,
            server_settings={"role": f"fs_{role}", "application_name": f"fengshou-{role}", **settings},
        )
        await _set_codecs(connection)
        return connection

    def pool(self, role: Role) -> asyncpg.Pool:
        """The raw pool of a role: for the ledger's writer and the job runner only."""
        return self._pools[role]

    @contextlib.asynccontextmanager
    async def work(self, bank: int, who: Principal | None = None) -> AsyncIterator[Work]:
        """A write transaction at `bank`; commits at the end, rolls back on any exception.

        Raises `Busy` when no connection comes free in time, `ConnectionError` when the server went away
        """
        async with self._transaction("web", bank, who, "BEGIN") as work:
            yield work

    @contextlib.asynccontextmanager
    async def read(self, bank: int, who: Principal | None = None) -> AsyncIterator[Work]:
        """A read-only transaction at `bank`."""
        async with self._transaction("web", bank, who, "BEGIN READ ONLY") as work:
            yield work

    @contextlib.asynccontextmanager
    async def centre(self, who: Principal, why: str) -> AsyncIterator[Work]:
        """A transaction of the centre, which sees every bank. Each use is written to the audit log."""
        async with self._transaction("centre", 0, who, "BEGIN") as work:
            await work.audit("centre.enter", why)
            yield work

    @contextlib.asynccontextmanager
    async def relay(self, bank: int = 0) -> AsyncIterator[Work]:
        """A transaction of the background roles: outbox, jobs, directories."""
        async with self._transaction("relay", bank, None, "BEGIN") as work:
            yield work

    @contextlib.asynccontextmanager
    async def _transaction(
        self, role: Role, bank: int, who: Principal | None, begin: str
    ) -> AsyncIterator[Work]:
        db = await self._connection(role)
        writes = begin == "BEGIN"
        token = _open_writes.set(_open_writes.get() + writes)
        try:
            # One round trip: the institution goes along with BEGIN.
            await db.execute(f"{begin}; SET LOCAL app.institution = {bank:d}")
            work = Work(db, bank, who, self.clock.now())
            try:
                yield work
            except BaseException:
                if not _gone(db):
                    await db.execute("ROLLBACK")
                raise
            await db.execute("COMMIT")
        except (asyncpg.InterfaceError, asyncpg.InternalClientError) as problem:
            # On an open connection these are our own mistakes; a closed one can say nothing else.
            if not _gone(db):
                raise
            raise ConnectionError(_AWAY) from problem
        finally:
            _open_writes.reset(token)
            await self._pools[role].release(db)
        if work.banks_with_events:
            for listener in self.on_events:
                listener(work.banks_with_events)

    async def _connection(self, role: Role) -> asyncpg.pool.PoolConnectionProxy[Record]:
        asks = role == "web"
        self._asking += asks
        try:
            return await self._pools[role].acquire(timeout=5)
        except TimeoutError:
            raise Busy(part="database") from None
        except OSError as problem:  # its socket is gone, its machine does not answer
            raise ConnectionError(_AWAY) from problem
        finally:
            self._asking -= asks


def _gone(db: Connection) -> bool:
    """Whether the connection is closed; one that the pool took back when it closed refuses even to be asked."""
    try:
        return db.is_closed()
    except asyncpg.InterfaceError:
        return True


async def _set_codecs(db: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await db.set_type_codec(
            kind, schema="pg_catalog", encoder=_to_json, decoder=orjson.loads, format="text"
        )


def _to_json(value: Any) -> str:
    return orjson.dumps(value, default=str).decode()


async def _keep(_: asyncpg.Connection) -> None:
    """Settings are local to a transaction here, so a connection goes back to its pool as it is."""

"""A database whose connections break where they are told to: before a statement, after it, around a COMMIT."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, cast

import asyncpg

from fengshou.kernel import Database

When = Literal["before", "after", "unheard"]
_SENT = ("execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_to_table", "_copy_in")


class Cut(ConnectionError):
    """The connection ended here, because the plan said so."""


class BrittleDatabase(Database):
    """A `Database` whose own connections (the writer's) count what they send, and break when that is due.

    `arm(n, when)` breaks at the n-th statement or COMMIT from now: before it is sent; after the server did it,
    when nobody hears that it was done; or "unheard", at the n-th COMMIT, after it.
    """

    left: int | None = None
    when: When = "before"
    broken = 0
    unheard = 0  # commits that were done and not heard of
    last: _Connection | None = None

    def arm(self, statements: int, when: When) -> None:
        """Break at that statement."""
        self.left, self.when = statements, when

    def disarm(self) -> None:
        """Break nothing."""
        self.left = None

    def cut(self) -> None:
        """End the writer's connection now."""
        if self.last is not None:
            self.last.lose()

    async def connect(self, role: Any, **settings: str) -> asyncpg.Connection:
        """A connection that may break."""
        self.last = _Connection(await super().connect(role, **settings), self)
        return cast(asyncpg.Connection, self.last)

    async def through(
        self, line: _Connection, send: Callable[[], Awaitable[Any]], *, commit: bool = False
    ) -> Any:
        """Send something, unless the line breaks here."""
        due = False
        if self.left is not None and (commit or self.when != "unheard"):
            due = self.left <= 1
            self.left = None if due else self.left - 1
        if not due:
            return await send()
        self.broken += 1
        if self.when != "before":
            await send()
            self.unheard += commit
        line.lose()
        raise Cut


class _Connection:
    """What the writer uses of an `asyncpg.Connection`."""

    def __init__(self, inner: asyncpg.Connection, database: BrittleDatabase) -> None:
        self._inner, self._database, self._lost = inner, database, False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in _SENT:
            return found

        async def sent(*args: Any, **options: Any) -> Any:
            if self._lost:
                raise Cut
            commit = bool(args) and isinstance(args[0], str) and args[0].endswith("COMMIT")
            return await self._database.through(self, lambda: found(*args, **options), commit=commit)

        return sent

    def transaction(self, **options: Any) -> _Transaction:
        """A transaction whose COMMIT may be lost, or its answer."""
        return _Transaction(self, self._database, self._inner.transaction(**options))

    def is_closed(self) -> bool:
        """Whether it broke."""
        return self._lost or self._inner.is_closed()

    def lose(self) -> None:
        """Both ends notice: the session ends."""
        self._lost = True
        self._inner.terminate()


class _Transaction:
    def __init__(self, line: _Connection, database: BrittleDatabase, inner: Any) -> None:
        self._line, self._database, self._inner = line, database, inner

    async def __aenter__(self) -> None:
        await self._database.through(self._line, self._inner.start)

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._line.is_closed():
            if kind is None:
                raise Cut
            return
        if kind is not None:
            await self._inner.rollback()
            return
        await self._database.through(self._line, self._inner.commit, commit=True)

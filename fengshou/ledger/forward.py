"""Several server processes, one book: one of them owns it, the others hand on to it what they are asked.

Every process holds a `SharedLedger`. Whoever has the shard's lease decides; the others send it what they are
asked, packed, once for each turn of their event loop. When the owner dies or is stuck, another becomes it, and what
was under way is sent again under the same keys: the book answers a key once, so nothing is lost or done twice.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias, TypeVar, cast
from uuid import UUID

import asyncpg
import numpy as np

from fengshou.kernel import BankError, Busy, Clock, Database, OutcomeUnknown, get_logger
from fengshou.ledger import packs, store_lease, wire
from fengshou.ledger.door import Ledger
from fengshou.ledger.model import AccountRef, Balance, Entry, Hold, Receipt
from fengshou.ledger.plan import ShardTaken, WentBack
from fengshou.ledger.terms import Order
from fengshou.ledger.wire import Kind

_LOOK_S = 0.1
_BACKLOG = 128
_log = get_logger("ledger")
_T = TypeVar("_T")
_Batch: TypeAlias = list[tuple[Entry, asyncio.Future[Receipt]]]
_Way: TypeAlias = Callable[[list[Entry]], Awaitable[list[Any]]]


class SharedLedger(Ledger):
    """A `Ledger` for one of several processes; `folder` is where their sockets are, for nobody else to enter.

    patience_s  how long a call waits for somebody to become the owner before it hears `Busy` or "unknown"
    """

    def __init__(
        self, db: Database, clock: Clock, folder: Path, *, lease_s: float = 2.0, patience_s: float = 5.0,
        **options: Any,
    ) -> None:  # fmt: skip
        self.socket = folder / f"ledger-{os.getpid()}-{id(self):x}"
        super().__init__(db, clock, takeover_wait_s=0, lease_s=lease_s, address=str(self.socket), **options)
        self._patience_s = patience_s
        self._office = Office(self)
        self._line: Line | None = None
        self._calling = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen, and become the owner now or when there is none."""
        await self._office.open(self.socket)
        self._watcher = asyncio.create_task(self._watch(), name="ledger-watch")
        with suppress(ShardTaken):
            await super().start()

    async def stop(self) -> None:
        """Answer what waits, let go of the shard, hang up."""
        if self._watcher:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        await super().stop()
        await self._office.close()
        if self._line:
            self._line.close()

    async def _watch(self) -> None:
        """While another owns the book: see that it lives, and follow it when it does not."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if self.ready:
                continue
            try:
                async with self._db.pool("writer").acquire() as db:
                    owner = await store_lease.owner(db)
                if self._line and (owner.late or owner.address != self._line.address):
                    self._line.close()  # it may hold its end open and be asleep
                if not self._writer.begun and not (self._line and self._line.open):
                    await self._writer.start()
            except ShardTaken:
                continue
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, WentBack) as problem:
                _log.warning("could not look for the owner", error=repr(problem))

    # -- the door, wherever the book is --------------------------------------------------------------

    async def post(self, entry: Entry) -> Receipt:
        """As `Ledger.post`."""
        entry.check()

        async def forward(line: Line) -> Receipt:
            return await line.post(entry)

        return await self._insist(lambda: super(SharedLedger, self).post(entry), forward)

    async def post_packed(self, rows: packs.Packed) -> packs.Pack:
        """As `Ledger.post_packed`."""
        packs.check(rows)

        async def forward(line: Line) -> packs.Pack:
            return wire.read_pack_answer(rows, await line.ask(Kind.PACK, rows.tobytes()))

        return await self._insist(lambda: super(SharedLedger, self).post_packed(rows), forward)

    async def answer(self, id_: UUID) -> Receipt | BankError | None:
        """As `Ledger.answer`."""
        return await self._ask(Ledger.answer, id_)

    async def balance(self, ref: AccountRef) -> Balance:
        """As `Ledger.balance`."""
        return await self._ask(Ledger.balance, ref)

    async def balances(self, refs: list[AccountRef]) -> dict[AccountRef, Balance]:
        """As `Ledger.balances`."""
        return await self._ask(Ledger.balances, refs)

    async def holds(self, ref: AccountRef) -> list[Hold]:
        """As `Ledger.holds`."""
        return await self._ask(Ledger.holds, ref)

    async def open_hold(self, id_: UUID) -> Hold | None:
        """As `Ledger.open_hold`."""
        return await self._ask(Ledger.open_hold, id_)

    async def freezes(self, ref: AccountRef) -> tuple[Order, ...]:
        """As `Ledger.freezes`."""
        return await self._ask(Ledger.freezes, ref)

    async def head(self, ref: AccountRef) -> int:
        """As `Ledger.head`; statements begin there."""
        return await self._ask(Ledger.head, ref)

    async def positions(self) -> dict[int, int]:
        """As `Ledger.positions`."""
        return await self._ask(Ledger.positions)

    async def reserve_account_id(self, bank: int) -> int:
        """As `Ledger.reserve_account_id`."""
        return await self._ask(Ledger.reserve_account_id, bank)

    async def expire_due(self) -> int:
        """As `Ledger.expire_due`; the owner's tick does it for all."""
        return await super().expire_due() if self.ready else 0

    async def _ask(self, question: Callable[..., Awaitable[_T]], *args: Any) -> _T:
        """Ask the book here when it is ours, else its owner."""

        async def forward(line: Line) -> _T:
            asked = wire.dump([question.__name__, *args])
            return cast(_T, wire.load(await line.ask(Kind.ASK, asked)))

        return await self._insist(lambda: question(self, *args), forward)

    async def _insist(self, here: Callable[[], Awaitable[_T]], there: Callable[[Line], Awaitable[_T]]) -> _T:
        """Ask the owner; while there is none that answers, ask again: a key is answered once, however often."""
        late = monotonic() + self._patience_s
        while True:
            try:
                if self.ready:
                    return await here()
                return await there(await self._connected())
            except (Busy, OutcomeUnknown):
                if monotonic() > late:
                    raise
            await asyncio.sleep(_LOOK_S / 4)

    async def _connected(self) -> Line:
        """The line to whoever is the owner now. Raises `Busy` when there is none."""
        if self._line and self._line.open:
            return self._line
        async with self._calling:
            return self._line if self._line and self._line.open else await self._call()

    async def _call(self) -> Line:
        try:
            async with self._db.pool("writer").acquire() as db:
                owner = await store_lease.owner(db)
            if owner.late or not owner.address or owner.address == str(self.socket):
                raise Busy(part="ledger")
            self._line = await Line.to(owner.address)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            raise Busy(part="ledger") from None
        return self._line


class Line:
    """A connection to the owner: many questions at once, each answered by its number."""

    def __init__(self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.address, self._reader, self._writer = address, reader, writer
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._plain: list[tuple[Entry, asyncio.Future[Receipt]]] = []
        self._other: list[tuple[Entry, asyncio.Future[Receipt]]] = []
        self._sends: set[asyncio.Task[None]] = set()
        self.open = True
        self._listener = asyncio.create_task(self._listen(), name="ledger-line")

    @classmethod
    async def to(cls, address: str) -> Line:
        """Connect. Raises `OSError`."""
        return cls(address, *await asyncio.open_unix_connection(address))

    def close(self) -> None:
        """Hang up."""
        self._listener.cancel()
        self._end()

    async def ask(self, kind: Kind, body: bytes) -> bytes:
        """The body of the answer. Raises what the owner refuses with, `OutcomeUnknown` when the line breaks."""
        if not self.open:
            raise Busy(part="ledger")
        number = next(self._numbers)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._asked[number] = future
        self._writer.write(wire.frame(number, kind, body))
        return await future

    async def post(self, entry: Entry) -> Receipt:
        """One entry; those of one turn of the loop travel together."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        if not self._plain and not self._other:
            loop.call_soon(self._flush)
        (self._plain if packs.is_plain(entry) else self._other).append((entry, future))
        return await future

    def _flush(self) -> None:
        plain, self._plain = self._plain, []
        other, self._other = self._other, []
        for at in range(0, len(plain), packs.PACK_MAX):
            self._send(self._send_plain, plain[at : at + packs.PACK_MAX])
        if other:
            self._send(self._send_other, other)

    def _send(self, way: _Way, batch: _Batch) -> None:
        task = asyncio.create_task(self._deliver(way, batch))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    async def _deliver(self, way: _Way, batch: _Batch) -> None:
        outcomes: list[Any]
        try:
            outcomes = await way([entry for entry, _ in batch])
        except BankError as problem:
            outcomes = [problem] * len(batch)
        except Exception as problem:  # noqa: BLE001 - a bug of ours must not leave the callers waiting
            _log.error("entries not handed on", error=repr(problem))
            outcomes = [OutcomeUnknown()] * len(batch)
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, BankError):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    async def _send_plain(self, entries: list[Entry]) -> list[Any]:
        rows = packs.pack(entries)
        return wire.read_pack_answer(rows, await self.ask(Kind.PACK, rows.tobytes())).outcomes()

    async def _send_other(self, entries: list[Entry]) -> list[Any]:
        return list(wire.load(await self.ask(Kind.ENTRIES, wire.dump(entries))))

    async def _listen(self) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            while True:
                number, kind, body = await wire.read(self._reader)
                future = self._asked.pop(number)
                if future.done():
                    continue
                if kind is Kind.REFUSED:
                    future.set_exception(wire.load(body))
                else:
                    future.set_result(body)
        self._end()

    def _end(self) -> None:
        """Whoever waits cannot know what became of it."""
        self.open = False
        self._writer.close()
        for future in self._asked.values():
            if not future.done():
                future.set_exception(OutcomeUnknown())
        self._asked.clear()


class Office:
    """The owner's side: takes questions from other processes."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._callers: set[asyncio.StreamWriter] = set()
        self._socket: Path | None = None

    async def open(self, socket: Path) -> None:
        """Listen."""
        self._socket = socket
        self._server = await asyncio.start_unix_server(self._serve, socket, backlog=_BACKLOG)
        await asyncio.to_thread(socket.chmod, 0o600)

    async def close(self) -> None:
        """Hang up."""
        if self._server:
            self._server.close()
        for caller in list(self._callers):
            caller.close()  # its reader ends
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket:
            await asyncio.to_thread(self._socket.unlink, missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._callers.add(writer)
        try:
            while True:
                asked = await wire.read(reader)
                task = asyncio.create_task(self._reply(writer, asked))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        except (OSError, asyncio.IncompleteReadError, ValueError):
            return  # whoever asked is gone; what it asked for is done all the same
        finally:
            self._callers.discard(writer)
            writer.close()

    async def _reply(self, writer: asyncio.StreamWriter, asked: wire.Frame) -> None:
        try:
            kind, body = asked.kind, await self._do(asked)
        except BankError as problem:
            kind, body = Kind.REFUSED, wire.dump(problem)
        except Exception as problem:  # noqa: BLE001 - a bug of ours must not leave the caller waiting
            _log.error("question failed", kind=asked.kind.name, error=repr(problem))
            kind, body = Kind.REFUSED, wire.dump(OutcomeUnknown())
        if not writer.is_closing():
            writer.write(wire.frame(asked.number, kind, body))

    async def _do(self, asked: wire.Frame) -> bytes:
        """Answer from this process's own book."""
        ledger = self._ledger
        if not ledger.ready:
            raise Busy(part="ledger")
        if asked.kind is Kind.PACK:
            rows = np.frombuffer(asked.body, packs.PACKED)
            return wire.pack_answer(await Ledger.post_packed(ledger, rows))
        if asked.kind is Kind.ENTRIES:
            entries = wire.load(asked.body)
            return wire.dump(await asyncio.gather(*(self._one(entry) for entry in entries)))
        name, *args = wire.load(asked.body)
        return wire.dump(await _QUESTIONS[name](ledger, *args))

    async def _one(self, entry: Entry) -> Receipt | BankError:
        try:
            return await Ledger.post(self._ledger, entry)
        except BankError as problem:
            return problem


# `Ledger`'s own, so that nothing is handed on twice.
_QUESTIONS: dict[str, Callable[..., Awaitable[Any]]] = {
    question.__name__: question
    for question in (
        Ledger.answer, Ledger.balance, Ledger.balances, Ledger.holds, Ledger.open_hold, Ledger.freezes, Ledger.head,
        Ledger.positions, Ledger.reserve_account_id,
    )
}  # fmt: skip

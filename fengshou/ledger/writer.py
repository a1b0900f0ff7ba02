"""The one writer: takes what waits as a batch, decides it in order, commits once, then answers.

    queue → known keys → decide in memory → riders → rows → COMMIT → answers

A rider that comes back short refuses its own entry: the batch goes back to where it began and is
decided again without it. When the database fails in the middle nobody can know what became of the
batch, so its callers hear "unknown, ask by key", memory is dropped and read again from disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from operator import attrgetter
from time import monotonic, perf_counter
from uuid import UUID

import asyncpg
import numpy as np

from fengshou.kernel import (
    BankError,
    Busy,
    Clock,
    Database,
    OutcomeUnknown,
    counter,
    get_logger,
)
from fengshou.ledger import store, store_batch, store_lease, store_record, vector
from fengshou.ledger.book import Book
from fengshou.ledger.errors import KeyConflict
from fengshou.ledger.flight import Flights, Staged, batch_seconds
from fengshou.ledger.known import look_up
from fengshou.ledger.memory import Answer, Memory
from fengshou.ledger.model import Receipt
from fengshou.ledger.packs import (
    PACK_MAX,
    Block,
    Ints,
    Pack,
    entry_at,
    find,
    first_of_each,
    last_key,
    older_rows,
)
from fengshou.ledger.plan import Account, Plan, Request, ShardTaken
from fengshou.ledger.riders import Redecide, RiderKinds, ride
from fengshou.ledger.tell import answer, give_back
from fengshou.ledger.turn import take
from fengshou.ledger.whole import Whole, none_of

_RELOAD_DELAY_S = 0.2
_CHECKPOINT_S = 2.0
_TAKEOVER_LOOK_S = 0.05
_RENEWALS = 4  # for each lease: one or two may come late
_KEY = attrgetter("key")
_log = get_logger("ledger")
_entries = counter("ledger_entries_total", "Entries by outcome", ["outcome"])


class Writer:
    """Owns the book of one shard. `start` before use; `submit` from any task of this process."""

    def __init__(
        self, db: Database, clock: Clock, kinds: RiderKinds,
        *, batch_max: int = 512, queue_max: int = 20_000, lock_wait_ms: int = 50, takeover_wait_s: float = 5.0,
        lease_s: float = 10.0, address: str = "",
    ) -> None:  # fmt: skip
        self.book, self.memory = Book(), Memory()
        self.on_commit: list[Callable[[set[int]], None]] = []
        self._db, self._clock, self._kinds = db, clock, kinds
        self._batch_max, self._queue_max, self._lock_wait_ms = batch_max, queue_max, lock_wait_ms
        self._takeover_wait_s, self._lease_s, self._address = takeover_wait_s, lease_s, address
        self._lease_until = 0.0  # by our own monotonic clock, which no jump of the wall clock moves
        self._queue: deque[Request | Pack | Whole] = deque()
        self._pack_rows = 0  # of the packs in the queue
        self._parked: list[Request | Pack] = []  # their keys are on their way to disk: look again then
        self._flying: list[Block] = []  # the keys of packs that are
        self._top_key = 0  # the greatest key ever taken from the queue
        self._single_top = 0  # and of those not in packs
        self._wake = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._epoch = 0
        self._task: asyncio.Task[None] | None = None
        self._checkpointer: asyncio.Task[None] | None = None
        self._flights = Flights(self._write, self._settle)
        self._pending: dict[int, Request] = {}  # taken from the queue, not yet durable
        self._dirty: set[Account] = set()  # ahead of the account table
        self._accounts = asyncio.Lock()
        self._closing = False
        self._lost = False  # another took the shard over

    # -- for callers -------------------------------------------------------------------------------

    def submit(self, request: Request | Whole) -> None:
        """Queue a request whose future will be answered. Raises `Busy` when too many wait."""
        if len(self._queue) >= self._queue_max or self._closing:
            raise Busy(part="ledger")
        self._queue.append(request)
        if not self._wake.is_set():
            self._wake.set()

    def submit_pack(self, pack: Pack) -> None:
        """Queue a pack. Raises `Busy` when too many rows wait."""
        if len(self._queue) + self._pack_rows + len(pack) > self._queue_max + PACK_MAX or self._closing:
            raise Busy(part="ledger")
        self._pack_rows += len(pack)
        self._queue.append(pack)
        self._wake.set()

    @property
    def begun(self) -> bool:
        """Whether it was started: from then on it takes the shard back by itself when it lost it."""
        return self._task is not None

    @property
    def ready(self) -> bool:
        """Whether the book is loaded and ours: a writer that was asleep past its lease knows nothing any more."""
        connection = self._connection
        return connection is not None and not connection.is_closed() and monotonic() < self._lease_until

    async def start(self) -> None:
        """Take the shard over, load the book, begin."""
        self._leaser = asyncio.create_task(self._renew(), name="ledger-lease")  # loading may outlast a lease
        try:
            await self._take_over()
        except BaseException:
            self._leaser.cancel()
            raise
        self._task = asyncio.create_task(self._run(), name="ledger-writer")
        self._checkpointer = asyncio.create_task(self._checkpoints(), name="ledger-checkpoints")

    async def stop(self) -> None:
        """Answer what waits, then let go of the shard."""
        self._closing = True
        self._wake.set()
        if self._task and self._checkpointer:
            await self._task
            for task in (self._checkpointer, self._leaser):
                task.cancel()
            await asyncio.gather(self._checkpointer, self._leaser, return_exceptions=True)
            await self.checkpoint()
        if self._connection and not self._connection.is_closed():
            await store_lease.let_go(self._connection, self._epoch)
            await self._connection.close()
        self._connection = None

    # -- the loop ----------------------------------------------------------------------------------

    async def _run(self) -> None:
        while self._queue or self._flights.under_way or self._parked or not self._closing:
            if not self._queue:
                if self._flights.under_way:
                    await self._land()
                elif self._parked:
                    self._unpark()
                elif (self._lost or self._cut_off) and not self._closing:
                    await self._reload()
                else:
                    self._wake.clear()
                    await self._wake.wait()
                continue
            requests, packs, whole = take(self._queue, self._batch_max)
            self._pack_rows -= sum(map(len, packs))
            try:
                if packs:
                    await self._handle_packs(packs)
                else:
                    await self._handle(requests, whole=whole)
            except Exception as problem:  # noqa: BLE001 - whatever it was, nobody knows if the batch is on disk
                _log.error("batch failed", error=repr(problem), entries=len(requests) + len(packs))
                for one in requests or packs:
                    answer(one, OutcomeUnknown())
                await self._reload()

    async def _handle(self, batch: list[Request], *, whole: bool) -> None:
        """Plain entries are decided while the batch before commits; what has riders, or is one, waits for it."""
        fresh = await self._known(batch)
        if not (whole and fresh) and all(request.plain for request in fresh):
            await self._pipeline(fresh)
        elif await self._land():
            began = perf_counter()
            self._settle(await self._commit(fresh, whole=whole))
            batch_seconds.observe(perf_counter() - began)
        else:
            give_back(fresh)

    async def _pipeline(self, fresh: list[Request]) -> None:
        """Decide and encode now, send as soon as the batch before is durable."""
        if not fresh:
            return
        await self._send(self.book.decide(fresh, self._clock.now()), fresh)

    async def _send(self, plan: Plan, whose: Sequence[Request | Pack]) -> None:
        """Encode now, and send as soon as the batch before is durable."""
        if not await self._flights.send(Staged(plan, store_batch.encode(self.book, plan), whose)):
            await self._reload()

    async def _write(self, plan: Plan, pages: store_batch.Pages) -> None:
        await store_batch.commit(self._conn, plan, pages, self._epoch)

    async def _land(self) -> bool:
        """Wait for what is on its way; False when it failed and memory was read again."""
        if await self._flights.land():
            return True
        await self._reload()
        return False

    async def _handle_packs(self, batch: list[Pack]) -> None:
        """Packs are plain: they are decided while the batch before commits."""
        fresh = [(pack, at) for pack in batch if len(at := await self._fresh_rows(pack))]
        if not fresh:
            return
        plan = self.book.begin(self._clock.now())
        for pack, at in fresh:
            vector.decide(self.book, plan, pack, at)
        await self._send(plan, [pack for pack, _ in fresh])

    async def _fresh_rows(self, pack: Pack) -> Ints:
        """Answer the rows whose keys are known, park those that are on their way; which are left."""
        top, self._top_key = self._top_key, max(self._top_key, last_key(pack.rows))
        old, fresh = older_rows(pack.rows, top)
        answered, parked = 0, list[int]()
        if len(old):
            known = await self._known_rows(pack, old)
            for at, found in known.items():
                if found is None:
                    parked.append(at)
                    continue
                same = found[0] == entry_at(pack.rows, at).digest
                pack.put(at, found[1] if same else KeyConflict())
                answered += 1
            fresh = np.array(sorted({*fresh.tolist(), *old.tolist()} - known.keys()), np.int64)
        fresh, twice = first_of_each(pack.rows, fresh)
        if parked or len(twice):
            self._parked.append(pack.part(np.array([*parked, *twice.tolist()], np.int64)))
        if len(fresh):
            self._flying.append(Block(pack, fresh))
        if answered:
            pack.answered(answered)
        return fresh

    async def _known_rows(self, pack: Pack, old: Ints) -> dict[int, Answer | None]:
        """Of rows whose keys may have been seen: the answers, or None while one is on its way."""
        known, ask = look_up(pack, old, self.memory, self._pending, self._flying, self._single_top)
        if ask:
            for key, found in (await self._recall([UUID(int=key) for key in ask])).items():
                known |= dict.fromkeys(ask[key], found)
        return known

    def _unpark(self) -> None:
        """What waited for a key to be on disk is looked at again, first of all."""
        self._pack_rows += sum(len(one) for one in self._parked if isinstance(one, Pack))
        self._queue.extendleft(reversed(self._parked))
        self._parked = []
        self._wake.set()

    async def _known(self, batch: list[Request]) -> list[Request]:
        """Answer keys that were answered before; what is left is new, and pending from now on."""
        memory, pending, fresh = self.memory, self._pending, []
        recalled: dict[int, Answer] = {}
        horizon, packed = memory.horizon, self._flying
        keys = list(map(_KEY, batch))
        top = self._top_key
        self._single_top = max(self._single_top, *keys)
        self._top_key = max(top, self._single_top)
        if min(keys) > top and len(set(keys)) == len(keys):
            pending.update(zip(keys, batch, strict=True))  # ids made one after the other, as most are
            return batch
        if old := [
            q.entry.id for q in batch if q.key < horizon and q.key not in pending and q.key not in memory
        ]:
            recalled = await self._recall(old)
        for request in batch:
            key = request.key
            if key in pending:
                first = pending[key]
                first.twins = [*(first.twins or ()), request]
            elif packed and find(packed, key):
                self._parked.append(request)
            elif (key in memory and (known := memory.get(key))) or (known := recalled.get(key)):
                answer(request, known[1] if known[0] == request.digest else KeyConflict())
            else:
                pending[key] = request
                fresh.append(request)
        return fresh

    async def _recall(self, ids: list[UUID]) -> dict[int, Answer]:
        async with self._db.pool("writer").acquire() as db:
            return await store.recall(db, ids, list(self.book.positions))

    async def recall(self, id_: UUID) -> Answer | None:
        """What this key was answered, from memory or from disk."""
        if self.memory.must_ask(id_.int):
            return (await self._recall([id_])).get(id_.int)
        return self.memory.get(id_.int)

    async def _commit(self, requests: list[Request], *, whole: bool) -> Plan:
        """Decide, ride and write, in one go; returns the plan that is on disk."""
        left_out: list[Request] = []
        one_by_one = False
        async with self._accounts:  # opening accounts and changing flags writes the rows checkpoints write
            while True:
                plan = self.book.decide([q for q in requests if q not in left_out], self._clock.now())
                if whole and (plan.refused or left_out):
                    self.book.undo(plan)
                    left_out = none_of(requests)
                    plan = self.book.decide([], plan.now)
                await self._conn.execute("BEGIN")
                try:
                    await ride(self._conn, self._kinds, plan, one_by_one=one_by_one)
                except Redecide as again:
                    # Nothing is written yet; without those, the others may come out differently.
                    await self._conn.execute("ROLLBACK")
                    self.book.undo(plan)
                    left_out += again.short
                    one_by_one = one_by_one or not again.short
                    continue
                plan.refused += left_out
                pages = store_batch.encode(self.book, plan)
                await store_batch.commit(self._conn, plan, pages, self._epoch, begun=True)
                return plan

    def _settle(self, plan: Plan) -> None:
        """The plan is durable: remember and answer."""
        self.book.done(plan)
        self._dirty.update(plan.touched)
        banks = self._settle_posted(plan)
        for request in plan.refused:
            refusal = request.outcome
            assert isinstance(refusal, BankError)
            self._pending.pop(request.key, None)  # rows of packs were never there
            if request.sticky:
                self.memory.put(request.key, request.digest, refusal)
            answer(request, refusal)
        for pack, at in plan.packs:
            self._settle_pack(pack, at, plan)
        if plan.packs:
            gone = {id(pack) for pack, _ in plan.packs}
            self._flying = [block for block in self._flying if id(block.pack) not in gone]
        if self._parked:
            self._unpark()
        _entries.labels("posted").inc(len(plan.posted))
        _entries.labels("refused").inc(len(plan.refused))
        if banks:
            for listener in self.on_commit:
                listener(banks)

    def _settle_posted(self, plan: Plan) -> set[int]:
        """Remember and answer what was posted; the banks that have events now."""
        memory, forget, rows = self.memory, self._pending.pop, dict[int, bytes]()
        banks: set[int] = set()
        for request in plan.posted:
            forget(request.key)
            receipt = request.outcome
            if request.row:
                rows[request.key] = request.row
            else:
                assert type(receipt) is Receipt
                memory.put(request.key, request.digest, receipt)
            if request.events:
                banks.update(event.bank for event in request.events)
            if request.twins is None:
                future = request.future
                if not future.done():
                    future.set_result(receipt)
            else:
                answer(request, receipt)
        memory.put_rows(rows)
        return banks

    def _settle_pack(self, pack: Pack, at: Ints, plan: Plan) -> None:
        pack.at[-1] = plan.now
        posted = at[pack.position[at] > 0]
        if len(posted):
            self.memory.put_block(Block(pack, posted))
            _entries.labels("posted").inc(len(posted))
        pack.answered(len(at))

    # -- checkpoints ---------------------------------------------------------------------------------

    async def checkpoint(self) -> int:
        """Bring the account table up to what is durable now; returns how many accounts were behind."""
        async with self._accounts:
            if not self._dirty or not self.ready:
                return 0
            dirty, self._dirty = self._dirty, set()
            book, epoch = self.book, self._epoch
            states = [(account.ref, book.saved(account)) for account in dirty]
            positions = book.committed_positions()
            try:
                async with self._db.pool("writer").acquire() as db:
                    await store.checkpoint(db, states, positions, epoch)
            except Exception as problem:  # noqa: BLE001 - whatever it was, there must be a next one
                self._dirty |= dirty  # the journal has it all; the next checkpoint catches up
                _log.warning("checkpoint failed", error=repr(problem))
        return len(dirty)

    async def _checkpoints(self) -> None:
        while not self._closing:
            await asyncio.sleep(_CHECKPOINT_S)
            await self.checkpoint()

    async def _renew(self) -> None:
        """Keep the lease; through a connection of its own, as the writer's may be busy."""
        while not self._closing:
            await asyncio.sleep(self._lease_s / _RENEWALS)
            if self._cut_off:
                self._wake.set()  # an idle writer comes back too: those who only read wait for it
            began, epoch = monotonic(), self._epoch
            try:
                async with self._db.pool("writer").acquire() as db:
                    ours = await store_lease.renew(db, epoch, self._lease_s)
            except Exception as problem:  # noqa: BLE001 - whatever it was, the lease must be kept
                _log.warning("lease not renewed", error=repr(problem))
                continue
            if epoch != self._epoch:
                continue  # the book was read again meanwhile, under a new one
            if ours:
                self._lease_until = began + self._lease_s
            elif self._connection is not None:
                _log.warning("another writer has the shard")
                self._lease_until, self._lost = 0.0, True
                self._wake.set()

    # -- owning the shard --------------------------------------------------------------------------

    @property
    def _conn(self) -> asyncpg.Connection:
        assert self._connection is not None
        return self._connection

    async def _take_over(self) -> None:
        """Load as soon as a writer that was just killed is gone; its session may live a moment longer."""
        began = perf_counter()
        while True:
            try:
                await self._load()
                return
            except ShardTaken:
                if perf_counter() - began > self._takeover_wait_s:
                    raise
                await asyncio.sleep(_TAKEOVER_LOOK_S)

    async def _load(self) -> None:
        connection = await self._db.connect("writer", lock_timeout=f"{self._lock_wait_ms}ms")
        try:
            began = monotonic()
            epoch = await store_lease.take_over(connection, self._lease_s, self._address)
            if epoch is None:
                raise ShardTaken("another process is this shard's writer")
            self._epoch, self._lease_until, self._lost = epoch, began + self._lease_s, False
            self.book = (await store.load(connection)).not_behind(self.book)
            await store_record.begin(connection, self.book, epoch)
            banks = sorted({ref.bank for ref in self.book.accounts})
            self.memory = Memory(await store.newest_key(connection, banks))
            self._pending, self._dirty = {}, self.book.ahead
            self._flying, self._top_key = [], self.memory.horizon - 1
            self._single_top = self._top_key
        except BaseException:
            await connection.close()
            raise
        self._connection = connection

    @property
    def _cut_off(self) -> bool:
        return self._connection is not None and self._connection.is_closed()

    async def _reload(self) -> None:
        """Drop memory and read the book again, as often as it takes; those who wait hear Busy."""
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None
        while not self._closing:
            try:
                await self._load()
                return
            except Exception as problem:  # noqa: BLE001 - whatever it was, nobody else would read the book again
                _log.warning("book not readable yet", error=repr(problem))
                for request in self._drain():
                    answer(request, Busy(part="ledger"))
                await asyncio.sleep(_RELOAD_DELAY_S)
        for request in self._drain():
            answer(request, Busy(part="ledger"))

    def _drain(self) -> list[Request | Pack | Whole]:
        waiting = [*self._queue, *self._parked]
        self._queue.clear()
        self._parked, self._pack_rows = [], 0
        return waiting

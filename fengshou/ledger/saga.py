"""A payment between banks of two shards: each shard has a book, a writer and commits of its own.

    payer's shard   hold the money, and write down where it is to go       (one commit)
    payee's shard   pay it out of what is on its way                       (one commit; here it is decided)
    payer's shard   settle the hold, or void it when the payee's refused   (one commit)

Each step has a key made of the payment's, and a key is answered once: whoever finds a payment under way after a crash
goes through the same steps again and comes to the same end. Once the payee has the money nothing can refuse the
settling, for the money is held; before that nothing was paid. What is under way stands on the account `TRANSIT` of
either shard; the two come to zero when nothing is.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from fengshou.kernel import CENTRE, BankError, Database, Kind, OutcomeUnknown, bank_of, get_logger, new_id
from fengshou.ledger import store_saga
from fengshou.ledger.door import Ledger
from fengshou.ledger.errors import KeyConflict
from fengshou.ledger.model import (
    AccountRef,
    Entry,
    NewAccount,
    Posting,
    PostingKind,
    Receipt,
    Rider,
    between_banks,
    centre_account,
    clearing,
)
from fengshou.ledger.riders import RiderKind

TRANSIT = AccountRef(CENTRE, 900_000)
TRANSIT_SUBJECT = "2011"
OPEN = RiderKind("ledger.saga_open", store_saga.OPEN, 7, KeyConflict, by_target=True)
CLOSE = RiderKind("ledger.saga_close", store_saga.CLOSE, 3, KeyConflict, by_target=True)
_SETTLED, _VOIDED = 2, 3
_NOISE = (1 << 36) - 1
_log = get_logger("ledger")


class Crossing(NamedTuple):
    """A payment from one shard to another; `id` carries the payer's bank."""

    id: UUID
    payer: AccountRef
    payee: AccountRef
    fen: int
    code: int

    def hold(self) -> Entry:
        """At the payer's."""
        posting = Posting(self.payer, clearing(self.payer.bank), self.fen, PostingKind.PEND, code=self.code)
        args = (self.payer.bank, self.id, self.payer.id, *self.payee, self.fen, self.code)
        return Entry(self.id, (posting,), riders=(Rider(OPEN.name, (self.payer.bank, self.id), args),))

    def arrive(self) -> Entry:
        """At the payee's."""
        bank = self.payee.bank
        postings = (
            Posting(clearing(bank), self.payee, self.fen, code=self.code),
            Posting(TRANSIT, centre_account(bank), self.fen, code=self.code),
        )
        return Entry(derived(self.id, bank, b"arrive"), postings)

    def end(self, *, arrived: bool) -> Entry:
        """At the payer's again. Settling and voiding share a key: one of them at most can ever be."""
        bank, kind = self.payer.bank, PostingKind.SETTLE if arrived else PostingKind.VOID
        postings = [Posting(self.payer, clearing(bank), self.fen, kind, self.id, self.code)]
        if arrived:
            postings.append(Posting(centre_account(bank), TRANSIT, self.fen, code=self.code))
        state = _SETTLED if arrived else _VOIDED
        riders = (Rider(CLOSE.name, (bank, self.id), (bank, self.id, state)),)
        return Entry(derived(self.id, bank, b"end"), tuple(postings), riders=riders)


def derived(id_: UUID, bank: int, step: bytes) -> UUID:
    """The key of a step: of the same time as the payment's, at `bank`, the same whenever it is asked for."""
    assert 0 < bank < 1 << 16
    noise = int.from_bytes(blake2b(id_.bytes + step, digest_size=8).digest(), "big") & _NOISE
    return UUID(int=(id_.int >> 62 << 62) | noise << 26 | bank << 10)


class Shards:
    """Which book a bank's accounts are in, and payments between any two of them."""

    def __init__(self, shard_of: Callable[[int], Ledger]) -> None:
        self._shard_of = shard_of

    async def transfer(self, id_: UUID, payer: AccountRef, payee: AccountRef, fen: int, code: int) -> Receipt:
        """Move money; within a shard in one commit. The receipt is of the payer's side.

        Raises what either side refuses, and then nothing has moved; `OutcomeUnknown` when it is under way: ask
        again with the same id, or leave it to `resume`.
        """
        assert bank_of(id_) == payer.bank
        here = self._shard_of(payer.bank)
        if here is self._shard_of(payee.bank):
            return await here.post(Entry(id_, between_banks(payer, payee, fen, code)))
        crossing = Crossing(id_, payer, payee, fen, code)
        await here.post(crossing.hold())
        return await self._finish(crossing)

    async def resume(self, pools: Database, banks: list[int]) -> int:
        """Bring what is under way from these banks to its end, after a crash and now and then; returns how many.

        pools  of the database that these banks' shard is in
        """
        done = 0
        async with pools.pool("writer").acquire() as db:
            rows = await store_saga.under_way(db, banks)
        for bank, id_, payer, payee_bank, payee, fen, code in rows:
            crossing = Crossing(id_, AccountRef(bank, payer), AccountRef(payee_bank, payee), fen, code)
            try:
                await self._finish(crossing)
            except BankError as problem:
                if _open(problem):
                    continue  # the next time
            except Exception as problem:  # noqa: BLE001 - what ails one payment must not keep the others
                _log.error("payment between shards stays under way", id=str(id_), error=repr(problem))
                continue
            done += 1
        return done

    async def _finish(self, crossing: Crossing) -> Receipt:
        here, there = self._shard_of(crossing.payer.bank), self._shard_of(crossing.payee.bank)
        refused: BankError | None = None
        try:
            await there.post(crossing.arrive())
        except BankError as problem:
            if _open(problem):
                raise OutcomeUnknown() from None
            refused = problem
        try:
            receipt = await here.post(crossing.end(arrived=refused is None))
        except BankError as problem:
            assert _open(problem), f"held money was not to be had: {problem!r}"
            raise OutcomeUnknown() from None
        if refused:
            raise refused
        return receipt


def register(ledger: Ledger) -> None:
    """Make a book one that payments to other shards may leave; before it starts."""
    ledger.riders.register(OPEN)
    ledger.riders.register(CLOSE)


def _open(problem: BankError) -> bool:
    """Whether it is no answer for good."""
    return problem.kind in (Kind.BUSY, Kind.WAITING)


async def open_transit(ledger: Ledger) -> None:
    """Open the account on which a shard's payments stand that are under way."""
    if not await ledger.balances([TRANSIT]):
        new = NewAccount(TRANSIT, TRANSIT_SUBJECT, floor_fen=None)
        await ledger.post(Entry(new_id(CENTRE), opens=(new,), mandate="shard.opening"))

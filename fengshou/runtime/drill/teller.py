"""The program that a drill kills: a ledger under load, in a process of its own.

    python -m fengshou.runtime.drill.teller DSN DIARY SEED CALLERS [shared]

`shared`: one of several on one book, whose sockets lie beside the diary.

Each caller notes what it asks for, asks, and notes the answer. When it hears that nobody knows, it
asks by key as a phone would, and sends the same entry again if the key is not known.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from fengshou.kernel import BankError, Clock, Database, Kind
from fengshou.ledger import Ledger, Receipt, SharedLedger
from fengshou.runtime.drill.diary import ACKED, FOUND, READY, REFUSED, TRIED, Pen
from fengshou.runtime.drill.wishes import RIDE, Wish, Wisher

_RETRY_S = 0.02
LEASE_S = 2.0


async def serve(dsn: str, diary: Path, seed: int, callers: int, *, shared: bool) -> None:
    """Post until killed."""
    db = Database(dsn, Clock(), web_max=2)
    await _open(db)
    if shared:
        ledger: Ledger = SharedLedger(db, Clock(), diary.parent, lease_s=LEASE_S)
    else:
        ledger = Ledger(db, Clock(), takeover_wait_s=30)
    ledger.riders.register(RIDE)
    await ledger.start()
    pen, wisher = Pen(diary), Wisher(seed)
    pen.note(READY)
    await asyncio.gather(*(_caller(ledger, pen, wisher) for _ in range(callers)))


async def _open(db: Database) -> None:
    """The wire may have been cut a moment ago."""
    while True:
        try:
            await db.open()
            return
        except OSError:
            await asyncio.sleep(_RETRY_S)


async def _caller(ledger: Ledger, pen: Pen, wisher: Wisher) -> None:
    while True:
        wish = wisher.draw()
        pen.note(TRIED, wish.line())
        outcome = await insist(ledger, wish, pen)
        if isinstance(outcome, Receipt):
            pen.note(ACKED, wish.id)
            if wish.kind == "pend":
                wisher.held(wish)
        else:
            pen.note(REFUSED, f"{wish.id} {outcome.code}")


async def insist(ledger: Ledger, wish: Wish, pen: Pen | None = None) -> Receipt | BankError:
    """Ask until there is an answer for good: a receipt, or a refusal that sticks."""
    while True:
        try:
            return await ledger.post(wish.entry())
        except BankError as problem:
            if problem.kind is Kind.WAITING and pen and await _has(ledger, wish):
                pen.note(FOUND, wish.id)
            if problem.kind not in (Kind.WAITING, Kind.BUSY):
                return problem
        await asyncio.sleep(_RETRY_S)


async def _has(ledger: Ledger, wish: Wish) -> bool:
    """Whether the book knows a key whose answer was lost; asked until the book can be read."""
    while True:
        if ledger.ready:
            try:
                return isinstance(await ledger.answer(UUID(wish.id)), Receipt)
            except (OSError, BankError):
                pass
        await asyncio.sleep(_RETRY_S)


if __name__ == "__main__":
    address, file, number, crowd, *way = sys.argv[1:]
    asyncio.run(serve(address, Path(file), int(number), int(crowd), shared=way == ["shared"]))

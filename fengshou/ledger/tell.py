"""Telling those who wait: the caller of an entry, its twins, the caller of a pack."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fengshou.kernel import BankError, Busy
from fengshou.ledger.errors import KeyConflict
from fengshou.ledger.packs import Pack
from fengshou.ledger.plan import Request
from fengshou.ledger.whole import Whole


def give_back(requests: Sequence[Request | Pack]) -> None:
    """Nothing was tried: let them ask again."""
    for request in requests:
        answer(request, Busy(part="ledger"))


def answer(request: Request | Pack | Whole, outcome: object) -> None:
    """Tell the caller and its twins; whoever went away finds the answer on disk."""
    if isinstance(request, Whole):
        for one in request.requests:
            answer(one, outcome)
        return
    if isinstance(request, Pack):
        assert isinstance(outcome, BankError)
        request.fail(outcome)
        return
    _tell(request.future, outcome)
    for twin in request.twins or ():
        _tell(twin.future, outcome if twin.digest == request.digest else KeyConflict())


def _tell(future: asyncio.Future[object] | None, outcome: object) -> None:
    if future is None or future.done():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)

"""Many entries that are one: all of them in one commit, or none and nothing remembered of them."""

from __future__ import annotations

from collections.abc import Sequence

from fengshou.kernel import BankError, Kind
from fengshou.ledger.plan import Request

ROWS_MAX = 200_000  # legs in one commit: what is decided, packed and written at once, about 700 MB


class PartRefused(BankError):
    """Nothing of a whole was posted because another part of it was refused."""

    code = "LEDGER.PART_REFUSED"
    kind = Kind.CONFLICT
    zh = "同一批中有别的部分不能入账，所以整批都没有入账"
    en = "Another part cannot be booked, so nothing of the whole was."


class Whole:
    """Requests that wait in the queue as one."""

    __slots__ = ("requests",)

    def __init__(self, requests: Sequence[Request]) -> None:
        self.requests = list(requests)


def none_of(requests: Sequence[Request]) -> list[Request]:
    """Each is refused: with its own reason where it has one, and no key remembers it."""
    for request in requests:
        request.sticky = False
        if not isinstance(request.outcome, BankError):
            request.outcome = PartRefused()
    return list(requests)

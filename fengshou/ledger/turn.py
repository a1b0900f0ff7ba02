"""Which of those who wait make the next batch."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import cast

from fengshou.ledger.packs import Pack
from fengshou.ledger.plan import Request
from fengshou.ledger.whole import Whole

# Rows of packs in one commit: with more, there is nothing left to decide while it commits.
_ROWS_AT_ONCE = 2_048
_ONLY_REQUESTS = frozenset({Request})  # as most turns are


def take(queue: deque[Request | Pack | Whole], most: int) -> tuple[list[Request], list[Pack], bool]:
    """The next batch, in order: requests up to the first pack, packs up to the first request, or one whole."""
    if type(first := queue[0]) is Whole:
        queue.popleft()
        return first.requests, [], True
    waiting = list(islice(queue, most))
    if _ONLY_REQUESTS.issuperset(map(type, waiting)):
        for _ in waiting:
            queue.popleft()
        return cast(list[Request], waiting), [], False
    requests, packs, rows = list[Request](), list[Pack](), 0
    for _ in range(min(len(queue), most)):
        one = queue[0]
        if type(one) is Request:
            if packs:
                break
            requests.append(one)
        elif type(one) is Pack:
            if requests or (packs and rows + len(one) > _ROWS_AT_ONCE):
                break
            packs.append(one)
            rows += len(one)
        else:
            break
        queue.popleft()
    return requests, packs, False

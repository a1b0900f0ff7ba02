"""The garbage collector, set for a process that keeps a whole book in memory."""

from __future__ import annotations

import gc

# Python's 700 new objects between collections are reached in two dozen payments, and every tenth of
# those looks at what a thousand waiting callers hold. Measured: 5 µs of 25 for each payment.
_YOUNG, _MIDDLE, _OLD = 20_000, 50, 100


def settle() -> None:
    """Call once what lives as long as the process is loaded: accounts, modules, content."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)

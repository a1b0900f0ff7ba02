"""The no-op that benchmarks compare with.

The same request parsed and validated, the session looked up, a fixed answer of the same size, nothing in between.
"""

from __future__ import annotations

from typing import Any

from fengshou.channels.edge.call import Call
from fengshou.channels.edge.registry import Op
from fengshou.channels.edge.shapes import Show

# What `transfer.submit` answers, give or take the length of names.
_FILL = "." * 1_400


class Nothing(Show):
    """As many bytes as an order."""

    filler: str = _FILL


_NOTHING = Nothing()


def noop_like(op: Op) -> Op:
    """`bench.noop`, asked exactly as `op` is."""

    async def nothing(_call: Call, _ask: Any) -> Nothing:
        return _NOTHING

    return Op(
        "bench.noop", op.auth, op.changes, op.braked, op.asks, Nothing, nothing, "Nothing, for benchmarks."
    )

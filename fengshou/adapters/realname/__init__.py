"""Real-name check: does this name belong to this identity number? Asked of the central bank and the police.

`RealNameClient.verify` returns a `RealNameAnswer`. Whoever opens an account fails closed: only `match` is a
match; `unavailable` (time-out, 503, an answer we cannot read, an open breaker) never is.
"""

from fengshou.adapters.realname.client import RealNameClient
from fengshou.adapters.realname.mapping import RealNameAnswer, RealNameResult

__all__ = ["RealNameAnswer", "RealNameClient", "RealNameResult"]

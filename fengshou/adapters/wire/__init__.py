"""What every adapter needs of a line to the outside: time-outs, retries, a circuit breaker, signatures.

A client makes one `Line` to its partner and calls it. The line answers with an `Answer` (the partner said
something, be it a refusal) or raises `NoAnswer` (nobody knows what became of the request, unless `sent` is
false). What that means for the business is the adapter's `mapping` to say: unknown is never failed.
The other end, for simulators, is `Stand` and `serve`, and `show` for a page that people look at.
"""

from fengshou.adapters.wire.breaker import Breaker, BreakerState
from fengshou.adapters.wire.journal import Journal
from fengshou.adapters.wire.line import Answer, Line, Lines, NoAnswer, Outside
from fengshou.adapters.wire.page import Locale, Sheet, base_of, locale_of, show
from fengshou.adapters.wire.signing import Credentials, sign, verify
from fengshou.adapters.wire.stand import Mode, Running, Stand, json_object, serve

__all__ = [
    "Answer",
    "Breaker",
    "BreakerState",
    "Credentials",
    "Journal",
    "Line",
    "Lines",
    "Locale",
    "Mode",
    "NoAnswer",
    "Outside",
    "Running",
    "Sheet",
    "Stand",
    "base_of",
    "json_object",
    "locale_of",
    "serve",
    "show",
    "sign",
    "verify",
]

"""What every adapter needs of a line to the outside: time-outs, retries, a circuit breaker, signatures.

A client makes one `Line` to its partner and calls it. The line answers with an `Answer` (the partner said
something, be it a refusal) or raises `NoAnswer` (nobody knows what became of the request, unless `sent` is
false). What that means for the business is the adapter's `mapping` to say: unknown is never failed.
The other end, for simulators, is `Stand` and `serve`, and `show` for a page that people look at.
"""

from fengshou.adapters.wire import invented
from fengshou.adapters.wire.breaker import Breaker, BreakerState
from fengshou.adapters.wire.cash import (
    Cashbook,
    CashCore,
    Order,
    Outcome,
    late_fee,
    months_back,
    read_outcomes,
)
from fengshou.adapters.wire.hall import (
    Answerer,
    BadWish,
    Core,
    Hall,
    done,
    fresh_epoch,
    pending,
    refused,
    sample,
)
from fengshou.adapters.wire.journal import Journal
from fengshou.adapters.wire.line import Answer, Line, Lines, NoAnswer, Outside
from fengshou.adapters.wire.page import Locale, Sheet, base_of, locale_of, show
from fengshou.adapters.wire.signing import Credentials, sign, verify
from fengshou.adapters.wire.speaker import (
    QUESTIONS,
    OffForm,
    Speaker,
    Unsayable,
    json_of,
    listed,
    reasons_of,
    renamed,
)
from fengshou.adapters.wire.stand import Mode, Running, Stand, json_object, limit_of, serve

__all__ = [
    "QUESTIONS",
    "Answer",
    "Answerer",
    "BadWish",
    "Breaker",
    "BreakerState",
    "CashCore",
    "Cashbook",
    "Core",
    "Credentials",
    "Hall",
    "Journal",
    "Line",
    "Lines",
    "Locale",
    "Mode",
    "NoAnswer",
    "OffForm",
    "Order",
    "Outcome",
    "Outside",
    "Running",
    "Sheet",
    "Speaker",
    "Stand",
    "Unsayable",
    "base_of",
    "done",
    "fresh_epoch",
    "invented",
    "json_object",
    "json_of",
    "late_fee",
    "limit_of",
    "listed",
    "locale_of",
    "months_back",
    "pending",
    "read_outcomes",
    "reasons_of",
    "refused",
    "renamed",
    "sample",
    "serve",
    "show",
    "sign",
    "verify",
]

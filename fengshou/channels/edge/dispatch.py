"""From a request to an operation and back: the one place where rooms meet HTTP.

This is the hot path of every payment: no framework stands in it, and nothing is read twice.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

import asyncpg
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError
from starlette.types import Receive, Scope, Send

from fengshou.access import SessionEnded
from fengshou.channels.edge.call import Call
from fengshou.channels.edge.doors import Doors
from fengshou.channels.edge.problems import Broken, ClientUnnamed, Crowded, MethodWrong, OpUnknown, problem
from fengshou.channels.edge.rates import Rates
from fengshou.channels.edge.registry import Op, Ops
from fengshou.channels.edge.request import Asked, Gone, Headers, read_body, read_headers
from fengshou.kernel import (
    BankError,
    Busy,
    Invalid,
    OutcomeUnknown,
    Settings,
    counter,
    get_logger,
    histogram,
)

# How often one address may try what needs no session, and one customer guess whose an account is.
ADDRESS_MOST, ADDRESS_SECONDS = 240, 60.0
GUESSES_MOST, GUESSES_SECONDS = 20, 600.0
_FIELDS_MAX = 20
# With so many waiting for the database a new request would wait for longer than anybody likes: it is turned away
# while that costs next to nothing, so that those who were let in are served in time. A partner that hangs holds no
# connection, and fills nothing up.
_CROWD = 64
_log = get_logger("channels")
_asked = counter("ops_total", "Operations by name and outcome", ["channel", "op", "outcome"])
_took = histogram("op_seconds", "How long operations take", ["channel", "op"])
# The database went away under the request; whatever else it says is a bug.
_AWAY = (asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError, ConnectionError)
# Of these nobody knows where they came from, or what was done by then.
_LOST = (*_AWAY, asyncpg.InterfaceError)


class Dispatcher:
    """Answers `POST /api/<channel>/<op>` for the operations of one channel."""

    def __init__(
        self, ops: Ops, doors: Doors, settings: Settings, watch: Callable[[], float] = time.monotonic
    ) -> None:
        self._ops, self._doors, self._settings = ops, doors, settings
        self._by_address = Rates(ADDRESS_MOST, ADDRESS_SECONDS, watch)
        self._guesses = Rates(GUESSES_MOST, GUESSES_SECONDS, watch)
        self._timers = {name: _took.labels(ops.channel, name) for name in ops.all}
        self._counters: dict[tuple[str, str], Counter] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send, name: str, request_id: str) -> None:
        """Answer one request; `name` is what follows the prefix."""
        began = time.perf_counter()
        headers: Headers = dict(reversed(scope["headers"]))
        asked = read_headers(scope, headers, self._ops.kind)
        call = Call(
            self._doors, self._settings, asked.hint, asked.locale, request_id, self._guesses, token=asked.token,
            by_cookie=asked.by_cookie,
            kind=self._ops.kind,
        )  # fmt: skip
        op = self._ops.all.get(name)
        outcome = "ok"
        try:
            answer = await self._run(op, scope["method"], asked, headers, receive, call)
            status, body, more = 200, answer.__pydantic_serializer__.to_json(answer, by_alias=True), _PLAIN
        except Gone:
            return
        except BankError as refusal:
            outcome = refusal.code
            status, body, more = problem(refusal, asked.locale, request_id)
        except Exception as bug:  # noqa: BLE001 - the last net: a bug is logged whole and answered without details
            failure = _failure(bug, op)
            outcome = failure.code
            _log_failure(bug, op, request_id)
            status, body, more = problem(failure, asked.locale, request_id)
        length = [(b"content-length", str(len(body)).encode())]
        await send(
            {"type": "http.response.start", "status": status, "headers": [*more, *length, *call.cookies]}
        )
        await send({"type": "http.response.body", "body": body})
        self._tell(op, outcome, status, began, request_id)

    async def _run(
        self, op: Op | None, method: str, asked: Asked, headers: Headers, receive: Receive, call: Call
    ) -> BaseModel:
        if op is None:
            raise OpUnknown()
        if method != "POST":
            raise MethodWrong()
        if op.changes and (not asked.client or asked.cross_site):
            raise ClientUnnamed()
        if self._doors.db.waiting >= _CROWD:
            raise Crowded()
        if op.braked:
            self._by_address.take(asked.hint.address)
        body = await read_body(headers, receive, op.body_max)
        await self._know(op, call)
        ask = parse(op.asks, body)
        if asked.page is not None:
            self._doors.pages.check_form(asked.page, op.name, body, asked.locale, self._today)
        return await op.handler(call, ask)

    def _today(self) -> str:
        return self._doors.clock.today().isoformat()

    async def _know(self, op: Op, call: Call) -> None:
        """Look the session up, and give a cookie its newer token in time."""
        if call.token is None:
            if op.auth == "login":
                raise SessionEnded(methods=["log_in"])
            return
        try:
            who = await self._doors.access.resolve(call.token)
        except SessionEnded:
            if op.auth == "login":
                raise
            call.token = None
            return
        if who.kind != self._ops.kind:
            if op.auth == "login":
                raise SessionEnded(methods=["log_in"])
            return
        call.caller = who
        if call.by_cookie:
            call.renew(await self._doors.access.sessions.rotate(call.token))

    def _tell(self, op: Op | None, outcome: str, status: int, began: float, request_id: str) -> None:
        name = op.name if op else "?"
        seconds = time.perf_counter() - began
        key = (name, outcome)
        if key not in self._counters:
            self._counters[key] = _asked.labels(self._ops.channel, name, outcome)
        self._counters[key].inc()
        if op:
            self._timers[name].observe(seconds)
        _log.info(
            "op", op=name, outcome=outcome, status=status, ms=round(seconds * 1000, 2), request=request_id
        )


_PLAIN: list[tuple[bytes, bytes]] = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


def parse(model: type[BaseModel], body: bytes) -> BaseModel:
    """The request in its model. Raises `Invalid` naming the fields, never their values."""
    if b"\\u0000" in body:
        raise Invalid(field="", fields=[], reason="control characters")
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as wrong:
        errors = wrong.errors(include_url=False, include_context=False, include_input=False)
        fields = [".".join(str(step) for step in error["loc"]) for error in errors[:_FIELDS_MAX]]
        known = [_safe(name) for name in fields if name]
        raise Invalid(field=known[0] if known else "", fields=known) from None


def _safe(name: str) -> str:
    """A field's name; one the client invented is not repeated whole."""
    return name[:60] if name.isascii() and name.replace(".", "").replace("_", "").isalnum() else "?"


def _log_failure(bug: Exception, op: Op | None, request_id: str) -> None:
    """A bug with its trace; a database that is away in one line, for every request says the same then."""
    name = op.name if op else "?"
    if isinstance(bug, _AWAY):
        _log.warning("database away", op=name, request=request_id, problem=type(bug).__name__)
        return
    # As text: whoever formats a live exception may print the locals too, tokens and all.
    trace = "".join(traceback.format_exception(bug))
    _log.error("op failed", op=name, request=request_id, trace=trace)


def _failure(bug: Exception, op: Op | None) -> BankError:
    """What to say: with a key of its own the act may have happened, otherwise nothing was tried."""
    if not isinstance(bug, _LOST):
        return Broken()
    keyed = op is not None and "key" in op.asks.model_fields
    return OutcomeUnknown() if keyed else Busy(part="database")

"""One line to one outside system: pooled connections, time-outs, bounded retries, a circuit breaker.

Nothing a customer said goes into the logs: they name the system, the operation and how it ended.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import urlencode, urlsplit

import httpx

from fengshou import kernel
from fengshou.adapters.wire.breaker import Breaker, BreakerState
from fengshou.adapters.wire.signing import NONCE, Credentials, sign, verify_answer

_CALLS = kernel.counter("outside_calls", "Calls to outside systems", ("outside", "operation", "outcome"))
_SECONDS = kernel.histogram("outside_call_seconds", "How long an attempt took", ("outside", "operation"))
_BREAKER = kernel.gauge("outside_breaker", "0 closed, 1 half open, 2 open", ("outside",))
_LEVEL = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
LINES_MAX = 1_000
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

Reason = Literal[
    "breaker_open", "busy_here", "not_connected", "timed_out", "broken", "unsigned", "unavailable"
]


@dataclass(frozen=True, slots=True)
class Outside:
    """Where an outside system is and how patient we are with it.

    base_url            https, or http on loopback only: what we send names people
    attempts_max        of an idempotent call; a call that never got out is tried again as often
    backoff_ms          longest pause before the second attempt; doubles after that, chosen at random below it
    failures_max        failures in a row that open the breaker, for breaker_open_ms
    answers_signed      an answer counts only when it is signed for this very request
    part                one of several behind the system: a provider with a breaker of its own
    """

    name: str
    base_url: str
    own: Credentials
    connect_timeout_ms: int = 500
    read_timeout_ms: int = 3_000
    attempts_max: int = 2
    backoff_ms: int = 200
    connections_max: int = 20
    failures_max: int = 5
    breaker_open_ms: int = 10_000
    answer_bytes_max: int = 1 << 20
    answers_signed: bool = False
    part: str = ""

    def __post_init__(self) -> None:
        at = urlsplit(self.base_url)
        if at.scheme != "https" and not (at.scheme == "http" and at.hostname in _LOOPBACK):
            raise ValueError(f"{self.name}: outside loopback the address must be https")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the partner said, whatever it was. Names of headers are in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class NoAnswer(Exception):
    """No answer came. `sent` false: the request surely never reached the partner."""

    def __init__(self, outside: str, reason: Reason, *, sent: bool) -> None:
        super().__init__(f"{outside}: {reason}")
        self.reason = reason
        self.sent = sent


class Line:
    """The line itself. Build one for each system and process; `aclose` it at the end.

    http   connections shared with other lines, closed by whoever made them; None makes its own
    """

    def __init__(
        self,
        outside: Outside,
        *,
        http: httpx.AsyncClient | None = None,
        now: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.outside = outside
        self._now = now
        self._wall = wall
        self._log = kernel.get_logger("adapters")
        self.breaker = Breaker(
            failures_max=outside.failures_max, open_s=outside.breaker_open_ms / 1000, now=now
        )
        self._connect_s, self._read_s = outside.connect_timeout_ms / 1000, outside.read_timeout_ms / 1000
        self._own_http = http is None
        self._http = http or _connections(outside, outside.connections_max)
        self._places = asyncio.Semaphore(outside.connections_max)

    async def aclose(self) -> None:
        """Close the pooled connections."""
        if self._own_http:
            await self._http.aclose()

    async def call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        idempotent: bool,
        body: bytes = b"",
        content_type: str = "application/json",
        query: dict[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send and return the partner's answer; raises `NoAnswer` when none came.

        operation   short name for metrics and logs; never holds data
        idempotent  the partner promises that sending the same twice does it once; only then is a request that
                    may have arrived sent again
        """
        target = path + ("?" + urlencode(query) if query else "")
        for attempt in range(1, self.outside.attempts_max + 1):
            try:
                return await self._attempt(operation, method, target, body, content_type, headers or {})
            except NoAnswer as no:
                last = attempt == self.outside.attempts_max or no.reason == "breaker_open"
                if last or (no.sent and not idempotent):
                    raise
            await asyncio.sleep(self._pause_s(attempt))
        raise AssertionError("attempts_max is at least 1")

    def _pause_s(self, attempt: int) -> float:
        longest = self.outside.backoff_ms / 1000 * 2 ** (attempt - 1)
        return random.uniform(0, longest)  # noqa: S311 - spreads retries, hides nothing

    async def _attempt(
        self, operation: str, method: str, target: str, body: bytes, kind: str, more: Mapping[str, str]
    ) -> Answer:
        if not self.breaker.admit():
            self._note(operation, "breaker_open", None)
            raise NoAnswer(self.outside.name, "breaker_open", sent=False)
        began = self._now()
        try:
            async with self._place():
                answer = await self._exchange(method, target, body, kind, more)
        except NoAnswer as no:
            # A full pool is our own crowd, not the partner's silence.
            (self.breaker.dropped if no.reason == "busy_here" else self.breaker.failed)()
            self._note(operation, no.reason, began)
            raise
        except BaseException:
            self.breaker.dropped()
            raise
        self.breaker.succeeded()
        self._note(operation, str(answer.status), began)
        return answer

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """One of the line's own connections: a partner that hangs must not hold those of others."""
        try:
            async with asyncio.timeout(self._connect_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise NoAnswer(self.outside.name, "busy_here", sent=False) from error
        try:
            yield
        finally:
            self._places.release()

    async def _exchange(
        self, method: str, target: str, body: bytes, kind: str, more: Mapping[str, str]
    ) -> Answer:
        outside = self.outside
        nonce = secrets.token_hex(8)
        headers = sign(outside.own, method=method, target=target, body=body, at_s=int(self._wall()))
        headers |= {"content-type": kind, "accept": kind, **more}
        if outside.answers_signed:
            headers[NONCE] = nonce
        url = outside.base_url.rstrip("/") + target
        try:
            # httpx's read time-out is between two bytes; this one is for the whole answer.
            async with asyncio.timeout(self._connect_s * 2 + self._read_s):
                async with self._http.stream(method, url, content=body, headers=headers) as response:
                    said = await self._read(response)
        except httpx.PoolTimeout as error:
            raise NoAnswer(outside.name, "busy_here", sent=False) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NoAnswer(outside.name, "not_connected", sent=False) from error
        except (httpx.TimeoutException, TimeoutError) as error:
            raise NoAnswer(outside.name, "timed_out", sent=True) from error
        except httpx.HTTPError as error:
            raise NoAnswer(outside.name, "broken", sent=True) from error
        if said.status >= 500 or said.status == 429:
            # Even "unavailable" may come from something in between, after the partner took the request.
            raise NoAnswer(outside.name, "unavailable", sent=True)
        if outside.answers_signed and not verify_answer(
            outside.own, said.headers, nonce=nonce, status=said.status, body=said.body
        ):
            raise NoAnswer(outside.name, "unsigned", sent=True)
        return said

    async def _read(self, response: httpx.Response) -> Answer:
        said = bytearray()
        async for chunk in response.aiter_bytes():
            said += chunk
            if len(said) > self.outside.answer_bytes_max:
                raise NoAnswer(self.outside.name, "broken", sent=True)
        return Answer(response.status_code, bytes(said), dict(response.headers))

    def _note(self, operation: str, outcome: str, began: float | None) -> None:
        name = self.outside.name
        state = self.breaker.state
        _CALLS.labels(name, operation, outcome).inc()
        part = self.outside.part
        _BREAKER.labels(f"{name}/{part}" if part else name).set(_LEVEL[state])
        if began is not None:
            _SECONDS.labels(name, operation).observe(self._now() - began)
        if not outcome.isdigit():
            self._log.warning("no_answer", outside=name, operation=operation, reason=outcome, breaker=state)


class Lines:
    """A line for each provider of one system: a breaker and a share of the connections for each.

    each_max   connections one provider may hold: one that hangs holds these and no more
    """

    def __init__(self, outside: Outside, *, each_max: int = 8, wall: Callable[[], float] = time.time) -> None:
        self.outside = outside
        self._each_max = each_max
        self._wall = wall
        self._http = _connections(outside, None)
        self._lines: OrderedDict[str, Line] = OrderedDict()

    def to(self, provider: str) -> Line:
        """The line to one provider; the ones not used for longest are let go beyond a thousand."""
        line = self._lines.get(provider)
        if line is None:
            own = replace(self.outside, part=provider, connections_max=self._each_max)
            line = self._lines[provider] = Line(own, http=self._http, wall=self._wall)
            if len(self._lines) > LINES_MAX:
                self._lines.popitem(last=False)
        self._lines.move_to_end(provider)
        return line

    async def aclose(self) -> None:
        """Close the pooled connections of all."""
        await self._http.aclose()


def _connections(outside: Outside, at_most: int | None) -> httpx.AsyncClient:
    connect, read = outside.connect_timeout_ms / 1000, outside.read_timeout_ms / 1000
    return httpx.AsyncClient(
        timeout=httpx.Timeout(connect=connect, read=read, write=read, pool=connect),
        limits=httpx.Limits(max_connections=at_most, max_keepalive_connections=at_most or 100),
        trust_env=False,  # a proxy variable of the shell must not see customers' names
        follow_redirects=False,
    )

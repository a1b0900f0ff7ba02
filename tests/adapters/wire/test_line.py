"""The line to a partner, over a real socket: what is sent again, what is not, and when it gives up."""

import json
import socket
from collections.abc import AsyncIterator

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fengshou import kernel
from fengshou.adapters.wire import BreakerState, Line, NoAnswer, Outside, Stand
from tests.adapters.lines import OWN, line_to, outside


class Partner:
    """A partner that does what each test tells it, and counts."""

    def __init__(self) -> None:
        self.heard = 0
        self.answers: list[int | str] = []
        self.size = 2
        self._stand = Stand(OWN, hold_s=5)
        self.app = Starlette(routes=[Route("/ask", self._stand.guarded(self._answer), methods=["POST"])])

    async def _answer(self, request: Request, _: bytes) -> Response:
        self.heard += 1
        answer = self.answers.pop(0) if self.answers else 200
        if answer == "silent":
            return await self._stand.silence(request)
        return Response(b"x" * self.size, status_code=int(answer))


@pytest.fixture
def partner() -> Partner:
    return Partner()


@pytest.fixture
async def line(partner: Partner) -> AsyncIterator[Line]:
    async with line_to(partner.app, "/p", attempts_max=3, failures_max=4) as (line, _):
        yield line


async def ask(line: Line, *, idempotent: bool = True) -> int:
    return (await line.call("ask", "POST", "/ask", body=b"{}", idempotent=idempotent)).status


def dead_port() -> int:
    """A loopback port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


async def test_a_refusal_is_an_answer(line: Line, partner: Partner) -> None:
    partner.answers = [422]

    assert await ask(line) == 422
    assert partner.heard == 1


@pytest.mark.parametrize("trouble", ["silent", 500, 503, 429])
async def test_an_idempotent_call_is_sent_again(line: Line, partner: Partner, trouble: int | str) -> None:
    partner.answers = [trouble]

    assert await ask(line) == 200
    assert partner.heard == 2


@pytest.mark.parametrize(("trouble", "reason"), [("silent", "timed_out"), (503, "unavailable")])
async def test_what_may_have_arrived_is_not_sent_twice(
    line: Line, partner: Partner, trouble: int | str, reason: str
) -> None:
    partner.answers = [trouble]

    with pytest.raises(NoAnswer) as no:
        await ask(line, idempotent=False)

    assert (no.value.reason, no.value.sent) == (reason, True)
    assert partner.heard == 1


async def test_attempts_have_a_limit(line: Line, partner: Partner) -> None:
    partner.answers = [503] * 9

    with pytest.raises(NoAnswer):
        await ask(line)

    assert partner.heard == 3


async def test_nobody_there_means_surely_not_sent() -> None:
    line = Line(outside(f"http://127.0.0.1:{dead_port()}"))
    try:
        with pytest.raises(NoAnswer) as no:
            await ask(line, idempotent=False)
    finally:
        await line.aclose()

    assert (no.value.reason, no.value.sent) == ("not_connected", False)


async def test_an_answer_without_end_is_no_answer(partner: Partner) -> None:
    partner.size = 5_000
    async with line_to(partner.app, "/p", answer_bytes_max=4_096) as (line, _):
        with pytest.raises(NoAnswer) as no:
            await ask(line, idempotent=False)

    assert (no.value.reason, no.value.sent) == ("broken", True)


async def test_the_breaker_spares_a_partner_that_is_down_and_finds_it_again(partner: Partner) -> None:
    clock = [0.0]
    partner.answers = [503] * 4
    async with line_to(partner.app, "/p") as (first, _):
        line = Line(
            outside(first.outside.base_url, attempts_max=1, failures_max=4, breaker_open_ms=10_000),
            now=lambda: clock[0],
        )
        for _ in range(4):
            with pytest.raises(NoAnswer):
                await ask(line)

        with pytest.raises(NoAnswer) as no:
            await ask(line)
        assert (no.value.reason, no.value.sent, partner.heard) == ("breaker_open", False, 4)

        clock[0] = 10.0
        assert await ask(line) == 200
        assert line.breaker.state is BreakerState.CLOSED
        await line.aclose()


async def test_a_wrong_secret_is_refused_by_the_partner(partner: Partner) -> None:
    async with line_to(partner.app, "/p") as (line, _):
        stranger = Line(Outside("test", line.outside.base_url, type(OWN)(OWN.key_id, b"guess")))
        assert await ask(stranger) == 401
        await stranger.aclose()

    assert partner.heard == 0


@pytest.mark.parametrize(
    "address", ["http://bank.example", "ftp://127.0.0.1", "http://127.0.0.1.example", "bank"]
)
def test_names_do_not_travel_in_the_clear(address: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Outside("test", address, OWN)


async def test_logs_and_metrics_hold_nothing_a_customer_said(line: Line, partner: Partner) -> None:
    partner.answers = [503, 503, 503]
    with structlog.testing.capture_logs() as logs, pytest.raises(NoAnswer):
        await line.call(
            "ask",
            "POST",
            "/ask",
            body="沈丰禾".encode(),
            query={"phone": "13900001234"},
            idempotent=True,
        )

    assert [entry["reason"] for entry in logs] == ["unavailable"] * 3
    told = json.dumps(logs, default=str, ensure_ascii=False) + kernel.exposition().decode()
    assert "13900001234" not in told
    assert "沈丰禾" not in told
    assert 'outside_calls_total{operation="ask",outcome="unavailable",outside="test"}' in told

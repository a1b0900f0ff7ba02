"""The demo control: a simulator can be put out of service, made slow, or made to fall silent."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fengshou.adapters.wire import Line, NoAnswer, Stand
from tests.adapters.lines import OWN, line_to, post


def counted() -> tuple[Starlette, list[bytes]]:
    stand = Stand(OWN, hold_s=5)
    heard: list[bytes] = []

    async def hear(_: Request, body: bytes) -> Response:
        heard.append(body)
        return JSONResponse({"n": len(heard)})

    return Starlette(routes=[Route("/ask", stand.guarded(hear), methods=["POST"]), stand.control()]), heard


async def ask(line: Line) -> int:
    return (await line.call("ask", "POST", "/ask", body=b"1", idempotent=False)).status


async def test_out_of_service_takes_nothing_until_it_is_back() -> None:
    app, heard = counted()
    async with line_to(app, "/s") as (line, running):
        control = running.base_url + "/s/control"
        assert await post(control, {"mode": "unavailable"}) == (200, {"mode": "unavailable", "delay_ms": 0})
        with pytest.raises(NoAnswer):
            await ask(line)
        assert heard == []

        await post(control, {"mode": "normal"})

        assert await ask(line) == 200
        assert heard == [b"1"]


async def test_silence_takes_the_request_and_says_nothing() -> None:
    app, heard = counted()
    async with line_to(app, "/s") as (line, running):
        await post(running.base_url + "/s/control", {"mode": "silent"})

        with pytest.raises(NoAnswer) as no:
            await ask(line)

    assert (no.value.reason, heard) == ("timed_out", [b"1"])


async def test_slower_than_we_wait_is_a_time_out() -> None:
    app, _ = counted()
    async with line_to(app, "/s", read_timeout_ms=50) as (line, running):
        await post(running.base_url + "/s/control", {"mode": "slow", "delay_ms": 900})

        with pytest.raises(NoAnswer) as no:
            await ask(line)

    assert no.value.reason == "timed_out"


@pytest.mark.parametrize(
    "wish", [{}, {"mode": "angry"}, {"mode": "slow", "delay_ms": -1}, {"mode": "slow", "delay_ms": 10**9}]
)
async def test_an_unknown_wish_changes_nothing(wish: dict[str, object]) -> None:
    app, _ = counted()
    async with line_to(app, "/s") as (line, running):
        status, _said = await post(running.base_url + "/s/control", wish)

        assert status == 422
        assert await ask(line) == 200


async def test_a_page_of_another_origin_cannot_turn_the_switch() -> None:
    app, _ = counted()
    async with line_to(app, "/s") as (_line, running), httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(
            running.base_url + "/s/control",
            content=b'{"mode":"unavailable"}',
            headers={"content-type": "text/plain"},
        )
        now = (await http.get(running.base_url + "/s/control")).json()

    assert answer.status_code == 422
    assert now["mode"] == "normal"


async def test_it_stops_while_a_caller_still_waits() -> None:
    app, _ = counted()
    async with line_to(app, "/s", read_timeout_ms=20_000) as (line, running):
        await post(running.base_url + "/s/control", {"mode": "silent"})
        waiting = asyncio.create_task(ask(line))
        await asyncio.wait({waiting}, timeout=0.05)
        await running.stop()

        with pytest.raises(NoAnswer):
            await waiting

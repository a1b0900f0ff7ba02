"""The brake in memory, requests that are cut off, and whether the bank is ready."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from fengshou.access import RateLimited
from fengshou.channels.edge import Doors, Rates
from fengshou.channels.edge.bench import Nothing
from fengshou.channels.edge.site import Site
from tests.channels.street import Street, key
from tests.channels.wires import wire


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills_evenly() -> None:
    watch = Watch()
    rates = Rates(3, 30.0, watch)
    for _ in range(3):
        rates.take("a")

    with pytest.raises(RateLimited) as limited:
        rates.take("a")
    rates.take("b")
    watch.now = 9.9
    with pytest.raises(RateLimited):
        rates.check("a")
    watch.now = 10.0
    rates.take("a")
    with pytest.raises(RateLimited):
        rates.take("a")
    watch.now = 1_000.0
    for _ in range(3):
        rates.take("a")
    with pytest.raises(RateLimited):
        rates.take("a")

    assert limited.value.facts == {"retry_after_s": 10}


def test_looking_takes_nothing_and_a_clock_set_back_gives_nothing() -> None:
    watch = Watch()
    rates = Rates(1, 10.0, watch)
    for _ in range(5):
        rates.check("a")
    rates.take("a")
    watch.now = -1_000.0

    with pytest.raises(RateLimited):
        rates.take("a")


def test_a_flood_of_keys_is_forgotten_oldest_first() -> None:
    rates = Rates(1, 10.0, Watch())
    for number in range(20_001):
        rates.take(str(number))

    rates.take("0")
    with pytest.raises(RateLimited):
        rates.take("20000")


async def test_a_request_that_is_cut_off_gets_no_answer(tmp_path: Path) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": "/api/app/echo", "raw_path": b"/api/app/echo", "scheme": "http",
        "query_string": b"", "headers": [(b"content-type", b"application/json")], "client": ("10.0.0.1", 1),
    }  # fmt: skip
    await wire(tmp_path).front(scope, receive, send)
    socket = {"type": "websocket", "path": "/", "headers": []}
    await wire(tmp_path).front(socket, receive, send)

    assert sent == [{"type": "websocket.close", "code": 1000}]


async def test_the_open_bank_is_ready_and_one_that_reads_its_book_is_not(
    street: Street, tmp_path: Path
) -> None:
    app = street.app()
    doors = cast(Doors, SimpleNamespace(ledger=SimpleNamespace(ready=False)))
    reading = httpx.AsyncClient(
        transport=httpx.ASGITransport(Site(doors, tmp_path)), base_url="http://localhost"
    )

    ready, not_ready = await app.http.get("/readyz"), await reading.get("/readyz")

    assert (await app.http.get("/healthz")).json() == {"ok": True}
    assert (ready.status_code, ready.json()) == (200, {"ready": True})
    assert (not_ready.status_code, not_ready.json()) == (503, {"ready": False})


async def neighbour(street: Street) -> dict[str, str]:
    other = await street.citizen("林小禾", fen=0)
    return {"number": other.account.number, "name": "林小禾"}


async def test_the_noop_of_benchmarks_is_asked_like_a_payment(street: Street) -> None:
    citizen = await street.citizen()
    payee = {"number": citizen.account.number, "name": "周明"}
    body: dict[str, Any] = {"key": key(), "from": citizen.account.number, "payee": payee, "amount": "1.00"}

    answer = await citizen.app.ask("bench.noop", **body)

    payment = await citizen.app.post("transfer.submit", **{**body, "payee": await neighbour(street)})
    assert answer == Nothing().model_dump()
    assert abs(len(payment.content) - len(Nothing().model_dump_json())) < 400
    await citizen.app.refused("bench.noop", 422, **{**body, "amount": 1})
    await street.app().refused("bench.noop", 401, **body)

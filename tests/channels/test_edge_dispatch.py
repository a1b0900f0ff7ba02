"""Operations over HTTP: forms of refusal, sessions, cookies, who may change something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from fengshou.access import RateLimited
from fengshou.channels.edge import STATUS
from fengshou.channels.edge.dispatch import ADDRESS_MOST
from fengshou.channels.edge.request import BODY_MAX
from fengshou.kernel import BankError, Busy, Kind, Missing
from tests.channels.wires import NotToday, Wires, lost, wire

CLIENT = {"x-fs-client": "tests/1"}
JSON = {"content-type": "application/json"}


@pytest.fixture
def wires(tmp_path: Path) -> Wires:
    return wire(tmp_path)


@pytest.fixture
async def http(wires: Wires) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(wires.front)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        yield client


def refusal(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["code"], body["status"]) == (code, status)
    assert body["messages"]["zh"]
    assert body["messages"]["en"]
    assert body["request_id"] == response.headers["x-request-id"]
    return body


async def test_an_operation_answers(http: httpx.AsyncClient) -> None:
    response = await http.post("/api/app/echo", json={"text": "好", "times": 2})

    assert (response.status_code, response.json()) == (200, {"text": "好好", "who": None})
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"text": "a", "more": 1}, ["more"]),
        ({"text": 1}, ["text"]),
        ({"text": "a", "times": "2"}, ["times"]),
        ({"text": "a", "times": 9}, ["times"]),
        ({"text": "a" * 201}, ["text"]),
        ({"text": "a\nb"}, ["text"]),
        ({"text": "a", "<script>": 1}, ["?"]),
        ([], []),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named_and_its_value_is_not(
    http: httpx.AsyncClient, body: Any, fields: list[str]
) -> None:
    response = await http.post("/api/app/echo", json=body)

    told = refusal(response, 422, "REQUEST.INVALID")
    assert told["facts"] == {"field": fields[0] if fields else "", "fields": fields}
    assert "<script>" not in response.text
    assert "a" * 50 not in response.text


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"text": "\\u0000"}',
        b'{"text": "\\ud800"}',
        b'{"text": "\xff"}',
        b'{"text": NaN}',
        b"null",
    ],
    ids=repr,
)
async def test_what_is_no_good_json_is_invalid(http: httpx.AsyncClient, body: bytes) -> None:
    refusal(await http.post("/api/app/echo", content=body, headers=JSON), 422, "REQUEST.INVALID")


async def test_other_types_and_sizes_are_refused(http: httpx.AsyncClient) -> None:
    form = await http.post("/api/app/echo", data={"text": "a"})
    large = await http.post("/api/app/echo", content=b" " * (BODY_MAX + 1), headers=JSON)

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(BODY_MAX // 1_000 + 1):
            yield b" " * 1_000

    chunked = await http.post("/api/app/echo", content=drip(), headers=JSON)

    refusal(form, 415, "REQUEST.NOT_JSON")
    refusal(large, 413, "REQUEST.TOO_LARGE")
    refusal(chunked, 413, "REQUEST.TOO_LARGE")


async def test_unknown_operations_and_methods(http: httpx.AsyncClient) -> None:
    for path in ("/api/app/nothing", "/api/app/", "/api/app/echo/x", "/api/other/echo"):
        refusal(await http.post(path, json={}), 404, "REQUEST.OP_UNKNOWN")
    wrong = await http.get("/api/app/echo")
    refusal(wrong, 405, "REQUEST.METHOD")
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize("kind", list(Kind))
async def test_every_kind_has_its_status(http: httpx.AsyncClient, wires: Wires, kind: Kind) -> None:
    wires.raises = type("Said", (BankError,), {"code": "TESTS.SAID", "kind": kind})()

    told = refusal(await http.post("/api/app/echo", json={"text": "a"}), STATUS[kind], "TESTS.SAID")

    assert told["kind"] == kind.name


async def test_a_refusal_speaks_the_readers_language_and_both(http: httpx.AsyncClient, wires: Wires) -> None:
    wires.raises = NotToday(left_fen=123_450)

    zh = (await http.post("/api/app/echo", json={"text": "a"})).json()
    en = (await http.post("/api/app/echo", json={"text": "a"}, headers={"accept-language": "en-GB"})).json()

    assert zh["messages"] == en["messages"]
    assert zh["detail"] == "今天不行，还剩 1,234.50 元"
    assert en["detail"] == "Not today; 1,234.50 left."
    assert zh["facts"] == {"left_fen": 123_450}


async def test_a_limit_of_rate_says_when_to_come_back(http: httpx.AsyncClient, wires: Wires) -> None:
    wires.raises = RateLimited(retry_after_s=42)
    limited = await http.post("/api/app/echo", json={"text": "a"})
    wires.raises = Busy()
    busy = await http.post("/api/app/echo", json={"text": "a"})

    refusal(limited, 429, "ACCESS.RATE_LIMITED")
    assert limited.headers["retry-after"] == "42"
    refusal(busy, 503, "REQUEST.BUSY")
    assert busy.headers["retry-after"] == "1"


async def test_a_bug_says_nothing_of_itself(http: httpx.AsyncClient, wires: Wires) -> None:
    wires.raises = RuntimeError("secret of the house")

    response = await http.post("/api/app/echo", json={"text": "a"})

    refusal(response, 500, "REQUEST.BROKEN")
    assert "secret" not in response.text


async def test_a_lost_database_is_busy_or_unknown_when_money_may_have_moved(
    http: httpx.AsyncClient, wires: Wires
) -> None:
    wires.raises = asyncpg.ConnectionDoesNotExistError("gone")
    good = {"authorization": "Bearer good", **CLIENT}

    read = await http.post("/api/app/echo", json={"text": "a"})
    keyed = await http.post("/api/app/keep", json={"key": str(uuid4())}, headers=good)
    wires.raises = lost()
    unknown = await http.post("/api/app/keep", json={"key": str(uuid4())}, headers=good)

    refusal(read, 503, "REQUEST.BUSY")
    refusal(keyed, 202, "REQUEST.OUTCOME_UNKNOWN")
    refusal(unknown, 202, "REQUEST.OUTCOME_UNKNOWN")


async def test_a_database_that_is_away_is_one_line_of_the_log(
    http: httpx.AsyncClient, wires: Wires, capsys: pytest.CaptureFixture[str]
) -> None:
    wires.raises = ConnectionError("the database went away")
    away = await http.post("/api/app/echo", json={"text": "a"})
    said = capsys.readouterr()
    wires.raises = RuntimeError("a bug")
    await http.post("/api/app/echo", json={"text": "a"})
    bug = capsys.readouterr()

    refusal(away, 503, "REQUEST.BUSY")
    assert "database away" in said.out + said.err
    assert "Traceback" not in said.out + said.err
    assert "Traceback" in bug.out + bug.err


async def test_a_session_opens_by_cookie_or_bearer_and_only_for_its_kind(
    http: httpx.AsyncClient, wires: Wires
) -> None:
    body = {"key": str(uuid4())}
    for headers in ({"cookie": "fs_session=good"}, {"authorization": "Bearer good"}):
        response = await http.post("/api/app/keep", json=body, headers={**headers, **CLIENT})
        assert response.json()["who"] == str(wires.who.id)
    for headers in (
        {},
        {"cookie": "fs_session=old"},
        {"authorization": "Bearer staff"},
        {"cookie": "fs_session="},
    ):
        response = await http.post("/api/app/keep", json=body, headers={**headers, **CLIENT})
        refusal(response, 401, "ACCESS.SESSION_ENDED")
        assert response.headers["www-authenticate"].startswith("Bearer")
    ended = await http.post("/api/app/echo", json={"text": "a"}, headers={"cookie": "fs_session=old"})
    assert ended.json() == {"text": "a", "who": None}


async def test_another_site_changes_nothing(http: httpx.AsyncClient) -> None:
    body, cookie = {"key": str(uuid4())}, {"cookie": "fs_session=good"}
    for headers in ({}, {"x-fs-client": ""}, {**CLIENT, "sec-fetch-site": "cross-site"}):
        response = await http.post("/api/app/keep", json=body, headers={**cookie, **headers})
        refusal(response, 403, "REQUEST.CLIENT_UNNAMED")
    same = await http.post(
        "/api/app/keep", json=body, headers={**cookie, **CLIENT, "sec-fetch-site": "same-origin"}
    )
    assert same.status_code == 200


async def test_cookies_are_kept_from_scripts_and_sites(http: httpx.AsyncClient, tmp_path: Path) -> None:
    plain = (await http.post("/api/app/enter", json={}, headers=CLIENT)).headers.get_list("set-cookie")
    transport = httpx.ASGITransport(wire(tmp_path, "https://bank.example").front)
    async with httpx.AsyncClient(transport=transport, base_url="https://bank.example") as https:
        secure = (await https.post("/api/app/enter", json={}, headers=CLIENT)).headers.get_list("set-cookie")

    assert [c.partition("=")[0] for c in plain] == ["fs_session", "fs_device"]
    for cookie in plain + secure:
        assert "; HttpOnly; SameSite=Strict" in cookie
        assert "; Path=/;" in cookie
    assert all("; Secure" in cookie for cookie in secure)
    assert not any("; Secure" in cookie for cookie in plain)
    assert "Max-Age=31536000" in plain[1]
    assert "Max-Age" not in plain[0]


async def test_an_old_token_in_a_cookie_is_replaced_and_a_bearers_is_not(
    http: httpx.AsyncClient, wires: Wires
) -> None:
    wires.rotated = ["newer"]
    bearer = await http.post("/api/app/echo", json={"text": "a"}, headers={"authorization": "Bearer good"})
    cookie = await http.post("/api/app/echo", json={"text": "a"}, headers={"cookie": "a=b; fs_session=good"})

    assert "set-cookie" not in bearer.headers
    assert cookie.headers["set-cookie"].startswith("fs_session=newer; ")


async def test_one_address_tries_so_often_and_no_more(wires: Wires) -> None:
    async def enter(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(wires.front, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
            return await client.post("/api/app/enter", json={}, headers=CLIENT)

    first = [(await enter("10.1.1.1")).status_code for _ in range(ADDRESS_MOST)]
    limited = await enter("10.1.1.1")

    assert set(first) == {200}
    refusal(limited, 429, "ACCESS.RATE_LIMITED")
    assert (await enter("10.1.1.2")).status_code == 200


async def test_a_form_from_a_page_of_yesterday_is_sent_back(http: httpx.AsyncClient, wires: Wires) -> None:
    response = await http.post("/api/app/echo", json={"text": "a"}, headers={"x-fs-page": "0" * 64})

    refusal(response, 409, "PAGES.STALE")


async def test_missing_carries_no_more_than_missing(http: httpx.AsyncClient, wires: Wires) -> None:
    wires.raises = Missing()

    assert (
        refusal(await http.post("/api/app/echo", json={"text": "a"}), 404, "REQUEST.MISSING")["facts"] == {}
    )


async def test_who_comes_when_too_many_wait_is_turned_away_at_the_door(
    http: httpx.AsyncClient, wires: Wires
) -> None:
    wires.crowd.waiting, wires.raises = 64, AssertionError("nothing of it may be tried")
    refused = await http.post(
        "/api/app/keep", json={"key": str(uuid4())}, headers=CLIENT | {"authorization": "Bearer good"}
    )
    assert refusal(refused, 503, "REQUEST.CROWDED")["kind"] == "BUSY"
    assert refused.headers["retry-after"] == "1"

    wires.crowd.waiting, wires.raises = 63, None
    key = str(uuid4())
    taken = await http.post(
        "/api/app/keep", json={"key": key}, headers=CLIENT | {"authorization": "Bearer good"}
    )
    assert (taken.status_code, taken.json()["text"]) == (200, key)

"""What every answer carries, and what is not an operation: pages, changes, the built client."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fengshou.pages import load
from tests.channels.wires import Wires, wire

SAMPLES = Path(__file__).parents[2] / "content" / "pages" / "_protocol-samples"


@pytest.fixture
def wires(tmp_path: Path) -> Wires:
    """A front whose build is four files, one with its compressed twins."""
    (tmp_path / "assets").mkdir()
    files = {
        "index.html": "<p>app</p>",
        "console.html": "<p>console</p>",
        "sw.js": "1",
        "assets/app-1a.js": "run()",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "assets" / "app-1a.js.br").write_bytes(b"brotli of run()")
    (tmp_path / "assets" / "app-1a.js.gz").write_bytes(gzip.compress(b"run()"))
    return wire(tmp_path)


def client(wires: Wires, host: str = "localhost:8000", address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(wires.front, client=(address, 5))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}", headers={"accept-encoding": ""})


@pytest.fixture
async def http(wires: Wires) -> AsyncIterator[httpx.AsyncClient]:
    async with client(wires) as opened:
        yield opened


async def test_every_answer_is_guarded(http: httpx.AsyncClient) -> None:
    for response in (
        await http.get("/app/home"),
        await http.post("/api/app/echo", json={}),
        await http.get("/no"),
    ):
        headers = response.headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["script-src"] == "'self'"
        assert policy["default-src"] == "'none'"
        assert policy["frame-ancestors"] == "'none'"
        assert "unsafe" not in policy["style-src"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in headers
        assert headers["x-request-id"]


async def test_https_is_kept(tmp_path: Path) -> None:
    async with client(wire(tmp_path, "https://bank.example")) as http:
        assert "max-age=31536000" in (await http.get("/no")).headers["strict-transport-security"]


async def test_a_request_id_is_taken_over_when_it_is_harmless(http: httpx.AsyncClient) -> None:
    good = await http.get("/healthz", headers={"x-request-id": "a1-b2"})
    bad = await http.get("/healthz", headers={"x-request-id": "a b;c"})

    assert good.headers["x-request-id"] == "a1-b2"
    assert len(bad.headers["x-request-id"]) == 16


async def test_a_browser_at_an_address_is_sent_to_the_name(wires: Wires, tmp_path: Path) -> None:
    page = {"accept": "text/html,*/*"}
    async with client(wires, "127.0.0.1:8000") as http:
        sent = await http.get("/app/pay?a=1&b=%20", headers=page)
        other = await http.get("/app/pay")
    async with client(wires) as http:
        named = await http.get("/app/pay", headers=page)

    assert sent.status_code == 307
    assert sent.headers["location"] == "http://localhost:8000/app/pay?a=1&b=%20"
    assert (other.status_code, named.status_code) == (200, 200)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:@evil.example", "127.0.0.1:80@evil.example", "127.0.0.1:8000/x", "127.0.0.1:"]
)
async def test_a_host_with_more_than_a_port_is_sent_nowhere(wires: Wires, host: str) -> None:
    async with client(wires, "127.0.0.1:8000") as http:
        answer = await http.get("/app/pay", headers={"accept": "text/html", "host": host})

    assert (answer.status_code, answer.headers.get("location")) == (200, None)


async def test_the_way_to_a_simulator_keeps_its_query(tmp_path: Path) -> None:
    wires = wire(tmp_path, simulators_url="http://127.0.0.1:9")
    async with client(wires) as http:
        asked = await http.get("/simulators/sms/?phone=13800000001")
        plain = await http.get("/simulators/sms/")

    assert asked.headers["location"] == "http://127.0.0.1:9/simulators/sms/?phone=13800000001"
    assert plain.headers["location"] == "http://127.0.0.1:9/simulators/sms/"


async def test_each_address_of_a_shell_is_its_page(http: httpx.AsyncClient) -> None:
    for path in ("/", "/app/", "/app/transfer/confirm"):
        response = await http.get(path)
        assert (response.text, response.headers["cache-control"]) == ("<p>app</p>", "private, no-cache")
        assert response.headers["content-type"].startswith("text/html")
    for path in ("/console", "/console/journal"):
        assert (await http.get(path)).text == "<p>console</p>"
    assert (await http.get("/sw.js")).headers["cache-control"] == "no-cache"


async def test_a_file_of_the_build_is_kept_for_ever_and_sent_small(http: httpx.AsyncClient) -> None:
    plain = await http.get("/assets/app-1a.js")
    zipped = await http.get("/assets/app-1a.js", headers={"accept-encoding": "gzip"})
    async with http.stream("GET", "/assets/app-1a.js", headers={"accept-encoding": "gzip, br"}) as best:
        raw = b"".join([part async for part in best.aiter_raw()])
    known = await http.get("/assets/app-1a.js", headers={"if-none-match": plain.headers["etag"]})

    assert plain.text == zipped.text == "run()"
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"].startswith("text/javascript")
    assert (raw, best.headers["content-encoding"]) == (b"brotli of run()", "br")
    assert zipped.headers["content-encoding"] == "gzip"
    assert plain.headers["vary"] == "Accept-Encoding"
    assert (known.status_code, known.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/none.js",
        "/../secret",
        "/assets/%2e%2e/%2e%2e/secret",
        "/assets",
        "/assets/app-1a.js.br",
        "/%00",
    ],
)
async def test_nothing_outside_the_build_is_a_file(
    http: httpx.AsyncClient, tmp_path: Path, path: str
) -> None:
    (tmp_path.parent / "secret").write_text("secret", "utf-8")

    response = await http.get(path)

    assert response.status_code == 404
    assert response.text == "not found"


async def test_figures_are_for_this_machine(wires: Wires) -> None:
    async with client(wires) as http:
        assert "fengshou_ops_total" in (await http.get("/metrics")).text
    async with client(wires, address="10.0.0.9") as far:
        assert (await far.get("/metrics")).status_code == 404


async def test_the_list_of_pages_has_a_tag_and_pages_never_change(
    http: httpx.AsyncClient, wires: Wires
) -> None:
    none = await http.get("/ui/manifest?locale=zh-CN")
    await wires.pages.preview(load(SAMPLES))
    zh, en = [await http.get(f"/ui/manifest?locale={locale}") for locale in ("zh-CN", "en")]
    known = await http.get("/ui/manifest?locale=en", headers={"if-none-match": en.headers["etag"]})
    page = zh.json()["pages"]["home"]
    body = await http.get(f"/ui/p/{page}.json")

    assert (none.status_code, none.json()["code"]) == (503, "PAGES.NONE")
    assert (zh.json()["locale"], en.json()["locale"]) == ("zh-CN", "en")
    assert (zh.headers["cache-control"], known.status_code) == ("no-cache", 304)
    assert body.json()["id"] == "home"
    assert "immutable" in body.headers["cache-control"]


async def test_an_open_stream_hears_of_changes_and_ends_with_the_server(wires: Wires) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def hear(message: Any) -> None:
        if message["type"] == "http.response.body":
            for line in message.get("body", b"").splitlines():
                if line.startswith((b"event:", b":")):
                    await heard.put(line)

    async def until(line: bytes) -> None:
        while await asyncio.wait_for(heard.get(), 5) != line:
            pass

    async def silence() -> Any:
        await asyncio.Event().wait()

    scope = {
        "type": "http", "method": "GET", "path": "/ui/events", "raw_path": b"/ui/events", "query_string": b"",
        "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 5), "scheme": "http", "http_version": "1.1",
        "server": ("localhost", 8000), "root_path": "", "asgi": {"version": "3.0", "spec_version": "2.4"},
    }  # fmt: skip
    stream = asyncio.create_task(wires.front(scope, silence, hear))
    await until(b"event: hello")
    await until(b": beat")
    await wires.pages.preview(load(SAMPLES))
    await until(b"event: manifest")
    wires.front.close()
    await asyncio.wait_for(stream, 5)


async def test_the_operations_describe_themselves(http: httpx.AsyncClient) -> None:
    document = (await http.get("/api/app/openapi.json")).json()

    keep = document["paths"]["/api/app/keep"]["post"]
    assert set(document["paths"]) == {"/api/app/echo", "/api/app/enter", "/api/app/keep"}
    assert [header["name"] for header in keep["parameters"]] == ["X-FS-Client"]
    assert {"200", "202", "401", "403", "404", "409", "422", "429", "503"} <= set(keep["responses"])
    assert keep["security"]
    assert not document["paths"]["/api/app/echo"]["post"]["security"]

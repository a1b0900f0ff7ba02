"""Lines for tests: to a simulator on a real loopback port, patient for a moment only."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp

from fengshou.adapters.wire import Credentials, Line, Outside, Running, serve

OWN = Credentials("fengshou-test", b"a secret between the two ends of a test")


def outside(base_url: str, **settings: Any) -> Outside:
    """An outside system that is given 300 ms to answer and asked again at once."""
    return Outside("test", base_url, OWN, **({"read_timeout_ms": 300, "backoff_ms": 0} | settings))


@asynccontextmanager
async def line_to(app: ASGIApp, path: str, **settings: Any) -> AsyncIterator[tuple[Line, Running]]:
    """Serve `app` at `path` of a free port and open a line to it."""
    running = await serve({path: app})
    line = Line(outside(running.base_url + path, **settings))
    try:
        yield line, running
    finally:
        await line.aclose()
        await running.stop()


async def post(url: str, said: Mapping[str, Any]) -> tuple[int, Any]:
    """POST plain JSON, as a person at the demo control would."""
    import httpx

    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(url, json=dict(said))
    return answer.status_code, answer.json()

"""Whatever is sent to an operation, its answer is one that its description declares, and never a bug.

schemathesis makes the requests from the OpenAPI documents; a real server on a loopback port answers them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fengshou.channels.app import OPS as APP
from fengshou.channels.console import OPS as CONSOLE
from fengshou.channels.edge.openapi import document
from fengshou.kernel import system
from tests.channels.street import CONTENT, Street

EXAMPLES = 8
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENTS = {ops.channel: document(ops, ops.channel, "1") for ops in (APP, CONSOLE)}
NAMES = [(channel, name) for channel, doc in DOCUMENTS.items() for name in sorted(doc["paths"])]


@dataclass
class Served:
    """The street's front, answering at an address."""

    address: str
    street: Street

    async def token(self, channel: str) -> str:
        """A session of somebody new: an operation may well end it."""
        if channel == "app":
            return str((await self.street.citizen()).app.http.cookies["fs_session"])
        clerk = await self.street.clerk("teller", "risk_officer", "supervisor", "auditor")
        return str(clerk.desk.http.cookies["fs_staff"])


@pytest.fixture(scope="module")
async def served(street: Street) -> AsyncIterator[Served]:
    """A server in this loop, so that it shares the street's connections; the app's pages are live."""
    pages = street.doors.pages
    pages.load_pictures(CONTENT / "pages" / "pictures")
    await pages.publish(system(), pages.load(CONTENT / "pages" / "app"))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(street.front, log_level=logging.ERROR, lifespan="off"))
    running = asyncio.create_task(server.serve(sockets=[listening]))
    yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", street)
    server.should_exit = True
    await running


# schemathesis throws dice of its own inside its strategies, which hypothesis would rather it did not.
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
@pytest.mark.parametrize(("channel", "path"), NAMES, ids=[path for _, path in NAMES])
async def test_an_answer_is_one_that_is_declared(served: Served, channel: str, path: str) -> None:
    operation = schemathesis.openapi.from_dict(DOCUMENTS[channel])[path]["POST"]
    headers = {"authorization": f"Bearer {await served.token(channel)}", "x-fs-client": "tests/1"}

    def check(case: Any) -> None:
        response = case.call(base_url=served.address, headers=headers)
        case.validate_response(response, checks=CHECKS)

    run: Callable[[], None] = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )(given(case=operation.as_strategy())(check))
    await asyncio.to_thread(run)


def test_both_documents_are_whole() -> None:
    for doc in DOCUMENTS.values():
        text = json.dumps(doc)
        names = set(doc["components"]["schemas"])
        used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
        assert used <= names
        assert doc["openapi"].startswith("3.1")

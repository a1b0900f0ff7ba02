"""The standing bank as its visitors find it: its process, the outside world, its front without a screen."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
_PATIENCE_S = 30.0
_START_S = 180.0
_OWN = (
    "FENGSHOU_DATABASE_URL",
    "FENGSHOU_ORIGIN",
    "FENGSHOU_RAIL_URL",
    "FENGSHOU_REALNAME_URL",
    "FENGSHOU_SMS_URL",
)


async def until(ask: Callable[[], Awaitable[T | None]], what: str) -> T:
    """Ask again until there is an answer."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while (found := await ask()) is None:  # noqa: ASYNC110 - what is asked is another process
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None
    return found


class Refused(AssertionError):
    """The bank said no; a journey that does not expect it fails with its words."""

    def __init__(self, op: str, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{op}: {status} {problem}")
        self.status, self.code = status, problem.get("code")
        self.facts: dict[str, Any] = problem.get("facts", {})
        self.messages: dict[str, str] = problem.get("messages", {})


@dataclass(frozen=True)
class Front:
    """Somebody who is logged in without a screen: a customer (`app`) or a member of staff (`console`)."""

    http: httpx.AsyncClient
    channel: str

    async def ask(self, op: str, **body: Any) -> dict[str, Any]:
        """The answer of one operation; `Refused` if the bank says no."""
        answer = await self.http.post(f"/api/{self.channel}/{op}", json=body)
        said: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            raise Refused(op, answer.status_code, said)
        return said


@dataclass(frozen=True)
class Bank:
    """Where it stands. `url` is what a browser opens: passkeys need the name localhost."""

    port: int
    simulators: str
    http: httpx.AsyncClient

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @asynccontextmanager
    async def front(self, channel: str = "app", token: str | None = None) -> AsyncIterator[Front]:
        """A visitor without a screen."""
        headers = {"x-fs-client": "journey/1"} | ({"authorization": f"Bearer {token}"} if token else {})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers) as http:
            yield Front(http, channel)

    @asynccontextmanager
    async def logged_in(self, person: str, channel: str = "app") -> AsyncIterator[Front]:
        """One of the demo's people, by key."""
        async with self.front(channel) as door:
            entered = await door.ask("session.demo", id=person)
        async with self.front(channel, entered["token"]) as front:
            yield front

    async def letters(self, phone: str) -> list[str]:
        """Messages to a phone, newest first."""
        found = await self.http.get(f"{self.simulators}/simulators/sms/inbox", params={"phone": phone})
        return [message["text"] for message in found.json()["messages"]]

    async def code(self, phone: str, after: int = 0) -> str:
        """The code in the newest message to a phone that had `after` messages before."""

        async def newest() -> str | None:
            letters = await self.letters(phone)
            fresh = letters[: len(letters) - after]
            codes = [hit[1] for text in fresh if (hit := re.search(r"(?<!\d)(\d{6})(?!\d)", text))]
            return codes[0] if codes else None

        return await until(newest, f"a code to {phone}")

    async def receive(self, number: str, name: str, amount: str) -> None:
        """Money comes in from somebody at an outside bank, and is booked."""
        wish = {"creditor_account": number, "creditor_name": name, "amount": amount, "memo": "工资"}
        rail = f"{self.simulators}/simulators/rail/inbound"
        sent = await self.http.post(rail, json=wish)
        assert sent.status_code == 201, sent.text

        async def fate() -> dict[str, Any] | None:
            said: dict[str, Any] = (await self.http.get(f"{rail}/{sent.json()['message_id']}")).json()
            return said if said["status"] else None

        assert (await until(fate, "the answer to money from outside"))["status"] == "ACSC"


def _open_folder() -> Path:
    """A folder which the database's user can enter; pytest's own do not allow that."""
    folder = Path(tempfile.mkdtemp(prefix="fengshou-journeys-"))
    folder.chmod(0o755)
    return folder


@asynccontextmanager
async def standing_bank() -> AsyncIterator[Bank]:
    """Start a bank in a child process; afterwards it must have stopped cleanly."""
    folder = _open_folder()
    environment = {name: value for name, value in os.environ.items() if name not in _OWN}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journeys.server", str(folder),
        stdout=asyncio.subprocess.PIPE, env=environment, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_S):
            ready = await process.stdout.readline()
        assert ready, f"the bank did not start; see {folder}/bank.log"
        said = json.loads(ready)
        async with httpx.AsyncClient() as http:
            yield Bank(said["port"], said["simulators"], http)
    finally:
        if process.returncode is None:
            process.terminate()
        rest, _ = await process.communicate()
    assert (process.returncode, rest.strip()) == (0, b'{"stopped": true}')
    shutil.rmtree(folder, ignore_errors=True)

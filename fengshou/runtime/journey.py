"""The main journey without a screen, over HTTP: two people of two banks, and money between them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

PASSWORD = "Harvest-2026"  # noqa: S105 - of two people who live for a minute
_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_WAIT_S = 30


class JourneyFailed(Exception):
    """A step did not do what it should."""


@dataclass(slots=True)
class Traveller:
    """One person with a browser: cookies, a phone, an account."""

    http: httpx.AsyncClient
    inbox: httpx.AsyncClient
    phone: str
    name: str
    id_number: str
    account: dict[str, Any] = field(default_factory=dict)

    async def ask(self, op: str, **body: Any) -> dict[str, Any]:
        """Run an operation of the app; any refusal ends the journey."""
        answer = await self.http.post(f"/api/app/{op}", json=body, headers={"X-FS-Client": "demo/1"})
        told: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            raise JourneyFailed(f"{op}: {answer.status_code} {told.get('code')}")
        return told

    async def code(self) -> str:
        """The digits of the newest text message."""
        letters = (await self.inbox.get("/simulators/sms/inbox", params={"phone": self.phone})).json()[
            "messages"
        ]
        found = _CODE.search(letters[0]["text"]) if letters else None
        if not found:
            raise JourneyFailed("no code came")
        return found[0]

    async def join(self, bank: int) -> None:
        """Register, set a password, prove the identity, open a class II account at `bank`."""
        await self.ask("enter.sms", phone=self.phone, purpose="register")
        await self.ask("enter.register", phone=self.phone, code=await self.code(), agree=True, bank=bank)
        await self.ask("me.set_password", password=PASSWORD)
        await self.ask("me.real_name", name=self.name, id_number=self.id_number, agree=True)
        opened = await self.ask("me.open_account", key=str(uuid4()), bank=bank, **{"class": 2}, agree=True)
        self.account = opened["account"]

    async def available_fen(self) -> int:
        """What may be spent."""
        return int(
            (await self.ask("accounts.detail", account=self.account["number"]))["account"]["available_fen"]
        )

    async def receive(self, yuan: str) -> None:
        """Somebody at an outside bank sends money over the rail; wait until it is here."""
        letter = {"creditor_account": self.account["number"], "creditor_name": self.name, "amount": yuan}
        answer = await self.inbox.post("/simulators/rail/inbound", json=letter)
        answer.raise_for_status()
        async with asyncio.timeout(_WAIT_S):
            while not await self.available_fen():  # noqa: ASYNC110 - what is waited for is at the bank
                await asyncio.sleep(0.2)

    async def pay(self, to: Traveller, yuan: str, memo: str) -> dict[str, Any]:
        """Pay, proving what is asked for; the same request again must answer with the same payment."""
        body = {
            "key": str(uuid4()), "from": self.account["number"], "amount": yuan, "memo": memo,
            "payee": {"number": to.account["number"], "name": to.name},
        }  # fmt: skip
        first = await self.ask("transfer.submit", **body)
        again = await self.ask("transfer.submit", **body)
        if first["order"]["id"] != again["order"]["id"]:
            raise JourneyFailed("the same key paid twice")
        told: dict[str, Any] = first["order"]
        return told

    async def receipt(self, order: str) -> dict[str, Any]:
        """The receipt of a payment."""
        return await self.ask("receipts.get", id=order)


async def travel(address: str, simulators: str) -> list[dict[str, Any]]:
    """Do the journey at `address`; returns the receipts. Raises `JourneyFailed`."""
    limits = httpx.Limits(max_connections=8)
    async with (
        httpx.AsyncClient(base_url=simulators, limits=limits) as inbox,
        httpx.AsyncClient(base_url=address, limits=limits) as one,
        httpx.AsyncClient(base_url=address, limits=limits) as two,
    ):
        an = Traveller(one, inbox, "18800000101", "安禾", "330109199003072510")
        ning = Traveller(two, inbox, "18800000102", "宁穗", "331127198808162424")
        await an.join(109)
        await ning.join(1127)
        await an.receive("500.00")
        there = await an.pay(ning, "188.00", "买茶叶")
        back = await ning.pay(an, "60.00", "找零")
        left = await an.available_fen(), await ning.available_fen()
        if left != (500_00 - 188_00 + 60_00, 188_00 - 60_00):
            raise JourneyFailed(f"the money does not add up: {left}")
        return [await an.receipt(there["id"]), await ning.receipt(back["id"])]

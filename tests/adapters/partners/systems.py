"""The five systems of services' partners, each with an act, a question, and how to see what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from starlette.applications import Starlette

from fengshou.adapters import wire
from fengshou.adapters.biller import BillerClient
from fengshou.adapters.biller import server as biller_server
from fengshou.adapters.government import GovernmentClient
from fengshou.adapters.government import server as government_server
from fengshou.adapters.hospital import HospitalClient
from fengshou.adapters.hospital import server as hospital_server
from fengshou.adapters.product import ProductClient
from fengshou.adapters.product import server as product_server
from fengshou.adapters.property import PropertyClient
from fengshou.adapters.property import server as property_server
from fengshou.services import Operation, Ring
from tests.contracts.partners import NOON, SHEN

_WANTED = {"product": "FS002", "side": "buy", "fen": 100_000}
BILL = "6001239102-2026-10"


@dataclass(frozen=True)
class System:
    """One system; `act` and `question` are put to `provider`."""

    name: str
    client: Callable[[wire.Lines], wire.Speaker]
    core: Callable[..., wire.Core[Any]]
    app: Callable[..., Starlette]
    core_word: str
    act: tuple[Operation, Mapping[str, Any]]
    question: tuple[Operation, Mapping[str, Any]]
    told_later: tuple[Operation, Mapping[str, Any]]
    count: Callable[[Any], int]

    def ring(self, what: str, key: UUID | None = None, provider: str = "") -> Ring:
        operation, params = getattr(self, what)
        return Ring(operation, provider or f"{self.name}-0109", key or uuid4(), "", params, SHEN)

    def build(self, own: wire.Credentials, core: wire.Core[Any], **more: Any) -> Starlette:
        return self.app(own, **{self.core_word: core}, **more)


def _owed() -> int:
    core = biller_server.load_billers()
    said = core.ring(Ring("bill.arrears", "biller-0109", UUID(int=0), "", {"account": "6001239102"}), NOON)
    return sum(one["fen"] + one["late_fen"] for one in said.body["bills"])


def _slot() -> str:
    core = hospital_server.load_hospitals()
    params = {"resource": "internal.1", "from_day": "2026-11-24", "until_day": "2026-12-08"}
    said = core.ring(Ring("book.slots", "hospital-0109", UUID(int=0), "", params), NOON)
    return str(next(one["id"] for one in said.body["items"] if one["free"]))


def _quote() -> str:
    core = product_server.load_issuers()
    return str(core.ring(Ring("trade.quote", "product-0109", UUID(int=0), "", _WANTED), NOON).body["quote"])


_ORDER = {**_WANTED, "quote": _quote()}
SYSTEMS = {
    "biller": System(
        "biller", BillerClient, biller_server.load_billers, biller_server.build_app, "billers",
        ("bill.pay", {"account": "6001239102", "paid_at": NOON, "fen": {BILL: _owed()}}),
        ("bill.arrears", {"account": "6001239102"}),
        ("topup.deliver", {"account": "6001239201", "fen": 100}),
        lambda core: sum(len(book.orders) for book in core.books().values()),
    ),
    "hospital": System(
        "hospital", HospitalClient, hospital_server.load_hospitals, hospital_server.build_app, "hospitals",
        ("book.hold", {"slot": _slot(), "seconds": 600}),
        ("book.slots", {"resource": "internal.1", "from_day": "2026-11-24", "until_day": "2026-12-08"}),
        ("topup.deliver", {"account": "6001239201", "fen": 100}),
        lambda core: sum(len(book.places) + len(book.orders) for book in core.books().values()),
    ),
    "government": System(
        "government", GovernmentClient, government_server.load_authorities, government_server.build_app,
        "authorities",
        ("case.submit", {"item": "gov.mz.dibao", "form": {"members": 3}, "way": "phone"}),
        ("place.list", {"layer": "药店", "box": [120.0, 30.0, 120.1, 30.1]}),
        ("case.submit", {"item": "gov.mz.dibao", "form": {"members": 3}, "way": "phone"}),
        lambda core: sum(len(book.cases) for book in core.books().values()),
    ),
    "property": System(
        "property", PropertyClient, property_server.load_companies, property_server.build_app, "companies",
        ("ticket.create", {"category": "plumbing", "text": "厨房漏水"}),
        ("bill.arrears", {"account": "3-1-502"}),
        ("ticket.create", {"category": "plumbing", "text": "厨房漏水"}),
        lambda core: sum(len(book.works) for book in core.books().values()),
    ),
    "product": System(
        "product", ProductClient, product_server.load_issuers, product_server.build_app, "issuers",
        ("trade.place", _ORDER), ("trade.quote", _WANTED), ("trade.place", _ORDER),
        lambda core: sum(len(book.orders) for book in core.books().values()),
    ),
}  # fmt: skip

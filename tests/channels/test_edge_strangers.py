"""Somebody else's id, on every operation that takes one, looks like an id that does not exist. Nothing moves.

The sweep goes over the registry: a new operation that takes an id and is not told here how it is tried fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from fengshou.channels.app import OPS
from fengshou.kernel import new_id
from fengshou.ledger import AccountRef
from tests.channels.street import ANJI, PASSWORD, PICTURE, REPAIR, XIAOSHAN, App, Citizen, Street, key
from tests.support.soft_authenticator import SoftAuthenticator

ID_FIELDS = {"account", "from_", "id", "ids", "order_id", "payee_id"}
# A bank no id of ours can carry: the database would not even take its number.
FAR = UUID(int=(1 << 128) - 1)


@dataclass
class Belongings:
    """What somebody has, and the numbers and ids it goes by."""

    owner: Citizen
    payee: Citizen
    order: str
    device: str
    passkey: str
    saved: str
    letters: list[str] = field(default_factory=list)
    run: str = ""
    file: str = ""

    @property
    def number(self) -> str:
        return self.owner.account.number

    @property
    def to(self) -> dict[str, str]:
        return {"number": self.payee.account.number, "name": self.payee.name}


Form: TypeAlias = Callable[[Belongings], dict[str, Any]]
ALIEN: dict[str, Form] = {
    "me.rename_account": lambda b: {"account": b.number, "alias": "我的"},
    "me.freeze_account": lambda b: {"account": b.number},
    "me.unfreeze_account": lambda b: {"account": b.number},
    "me.close_account": lambda b: {"account": b.number},
    "statement.page": lambda b: {"account": b.number},
    "statement.download": lambda b: {
        "account": b.number, "since": "2026-01-01", "until": "2026-12-31", "format": "csv"
    },
    "accounts.detail": lambda b: {"account": b.number},
    "accounts.qr": lambda b: {"account": b.number},
    "payees.remove": lambda b: {"id": b.saved},
    "receipts.get": lambda b: {"id": b.order},
    "receipts.pdf": lambda b: {"id": b.order},
    "security.remove_device": lambda b: {"id": b.device},
    "security.rename_passkey": lambda b: {"id": b.passkey, "name": "我的"},
    "security.remove_passkey": lambda b: {"id": b.passkey},
    "stepup.password": lambda b: {"order_id": b.order, "password": PASSWORD},
    "stepup.sms": lambda b: {"order_id": b.order},
    "stepup.code": lambda b: {"order_id": b.order, "code": "123456"},
    "stepup.passkey_options": lambda b: {"order_id": b.order},
    "stepup.passkey": lambda b: {"order_id": b.order, "credential": {}},
    "transfer.context": lambda b: {"from": b.number},
    "transfer.quote": lambda b: {"from": b.number, "amount": "1.00"},
    "transfer.submit": lambda b: {"key": key(), "from": b.number, "payee": b.to, "amount": "1.00"},
    "transfer.order": lambda b: {"id": b.order},
    "service.run": lambda b: {"id": b.run},
    "service.act": lambda b: {"key": key(), "id": b.run, "act": "withdraw"},
    "service.link": lambda b: {"id": b.file},
}  # fmt: skip
# These take ids that mean something else, or answer alike whosever the id is; each has a test of its own.
ELSEWHERE = {"session.demo", "messages.read"}


@pytest.fixture(scope="module")
async def belongings(street: Street) -> Belongings:
    """Somebody with money, a payment, a passkey, a saved payee and letters."""
    owner, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, 0)
    app = await at_level_two(street, owner)
    body = {
        "key": key(),
        "from": owner.account.number,
        "payee": {"number": payee.account.number, "name": "林小禾"},
    }
    done = await app.ask("transfer.submit", **body, amount="10.00")
    await street.settle()
    options = (await app.ask("security.passkey_options"))["options"]
    credential = SoftAuthenticator(street.settings.origin).create(options)
    passkeys = (await app.ask("security.add_passkey", credential=credential))["passkeys"]
    view = await app.ask("security.view")
    saved = (await app.ask("payees.list"))["items"]
    run = await app.ask("service.begin", key=key(), service="prop.repair.repair", form=REPAIR)
    paper = await app.ask("service.upload", service="prop.repair.repair", files=[PICTURE])
    letters = (await app.ask("messages.list"))["items"]
    return Belongings(
        owner, payee, done["order"]["id"], view["devices"][0]["id"], passkeys[0]["id"], saved[0]["id"],
        [letter["id"] for letter in letters], run["id"], paper["ids"][0],
    )  # fmt: skip


async def at_level_two(street: Street, citizen: Citizen) -> App:
    """The citizen's new phone, let in by password and code."""
    app = street.app()
    await app.ask("enter.sms", phone=citizen.phone, purpose="new_device")
    code = street.carrier.code(citizen.phone)
    await app.ask("enter.login", phone=citizen.phone, password=PASSWORD, code=code)
    return app


def ids_of(name: str) -> set[str]:
    return ID_FIELDS & set(OPS.all[name].asks.model_fields)


def test_every_operation_that_takes_an_id_is_tried() -> None:
    taking = {name for name in OPS.all if ids_of(name)}

    assert taking - ELSEWHERE == set(ALIEN)


@pytest.mark.parametrize("name", sorted(ALIEN))
async def test_a_strangers_id_is_missing(street: Street, belongings: Belongings, name: str) -> None:
    stranger = await street.citizen("金阿彩")
    before = await street.doors.ledger.balance(AccountRef(*belongings.owner.account.ref))

    told = await stranger.app.refused(name, 404, **ALIEN[name](belongings))

    assert told["kind"] == "MISSING"
    assert belongings.number not in str(told)
    assert await street.doors.ledger.balance(AccountRef(*belongings.owner.account.ref)) == before


@pytest.mark.parametrize(
    "name", sorted(name for name, form in ALIEN.items() if ids_of(name) & {"id", "order_id"})
)
async def test_an_id_of_nothing_is_missing_like_a_strangers(
    street: Street, belongings: Belongings, name: str
) -> None:
    stranger = await street.citizen("金阿彩")
    (id_field,) = ids_of(name)
    strangers = await stranger.app.refused(name, 404, **ALIEN[name](belongings))

    for nothing in (new_id(XIAOSHAN), new_id(9_999), FAR, UUID(int=0)):
        response = await stranger.app.post(name, **{**ALIEN[name](belongings), id_field: str(nothing)})
        told = response.json()
        assert response.status_code in (404, 422), (nothing, told)
        if nothing.version == 7:
            assert (told["code"], told["messages"]) == (strangers["code"], strangers["messages"])


async def test_letters_of_others_stay_unread(street: Street, belongings: Belongings) -> None:
    stranger = await street.citizen("金阿彩")
    before = (await belongings.owner.app.ask("messages.list"))["unread"]

    await stranger.app.ask("messages.read", ids=belongings.letters)

    assert before > 0
    assert (await belongings.owner.app.ask("messages.list"))["unread"] == before


async def test_a_cursor_of_others_opens_nothing_of_theirs(street: Street, belongings: Belongings) -> None:
    stranger = await street.citizen("金阿彩", fen=0)

    assert (await stranger.app.ask("orders.list", before=belongings.order))["items"] == []
    seen = await stranger.app.ask("messages.list", before=belongings.letters[0])
    assert not {letter["id"] for letter in seen["items"]} & set(belongings.letters)


async def test_a_payee_saved_by_others_is_nobodys(street: Street, belongings: Belongings) -> None:
    stranger = await street.citizen("金阿彩")

    response = await stranger.app.post("transfer.context", payee_id=belongings.saved)

    assert response.status_code == 404 or response.json()["payee"] is None


@pytest.mark.parametrize("name", sorted(OPS.all))
async def test_who_is_not_logged_in_and_who_names_no_client_gets_no_further(
    street: Street, name: str
) -> None:
    op, nobody = OPS.all[name], street.app()

    if op.auth == "login":
        assert (await nobody.refused(name, 401))["code"] == "ACCESS.SESSION_ENDED"
    if op.changes:
        response = await nobody.post(name, headers={})
        assert (response.status_code, response.json()["code"]) == (403, "REQUEST.CLIENT_UNNAMED")

"""accounts.qr and accounts.read_qr: my account as a picture others scan to pay me."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs, urlencode, urlsplit

from pydantic import StringConstraints

from fengshou.channels.app import views
from fengshou.channels.app.me_view import person_of
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import AccountShow, AccountText, AmountText, MemoText, PayeeShow
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import Invalid, Money, parse_account_number
from fengshou.party import RealNameNeeded

_PATH = "/app/transfer"  # the page of content that takes number, name, amount and memo


class QrAsk(Ask):
    """Into which account; the sum and the reason if they are fixed."""

    account: AccountText | None = None
    amount: AmountText | None = None
    memo: MemoText = ""


class Qr(Show):
    """What the picture holds: an address of the app, so that any camera opens it."""

    data: str
    account: AccountShow
    name: str
    name_masked: str
    url: str


class ReadAsk(Ask):
    """What a camera read."""

    data: Annotated[str, StringConstraints(max_length=600)]


class Read(Show):
    """Whom it asks to pay."""

    payee: PayeeShow
    amount_fen: int | None
    amount: str
    memo: str


@op("accounts.qr")
async def make(call: Call, ask: QrAsk) -> Qr:
    """My account's code. It says my name: whoever pays checks it against the account."""
    account = (
        await views.own_account(call, ask.account)
        if ask.account
        else await views.main_account(call.doors, call.who)
    )
    person = await person_of(call, call.who)
    if account is None or person.name is None:
        raise RealNameNeeded()
    wish = {"number": account.number, "name": person.name, "memo": ask.memo}
    if ask.amount:
        wish["amount"] = Money.parse(ask.amount.strip()).text
    url = f"{call.settings.origin}{_PATH}?{urlencode({k: v for k, v in wish.items() if v})}"
    shown = (await views.show_accounts(call.doors, [account]))[0]
    return Qr(data=url, account=shown, name=person.name, name_masked=person.name_masked or "", url=url)


@op("accounts.read_qr")
async def read(call: Call, ask: ReadAsk) -> Read:
    """Whom a scanned code asks to pay; nothing is paid by reading it."""
    parts = urlsplit(ask.data)
    told = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if not parts.path.endswith(_PATH) or not told.get("number") or not 0 < len(told.get("name", "")) <= 60:
        raise Invalid(field="data", fields=["data"])
    bank, _ = parse_account_number(told["number"])
    amount = Money.parse(told["amount"]) if told.get("amount") else None
    mine = {a.number for a in await views.open_accounts(call.doors, call.who)}
    return Read(
        payee=PayeeShow(
            number=told["number"], number_masked=views.masked(told["number"]), name=told["name"],
            bank_name=views.bank_name(call.doors, call.doors.party.bank(bank).institution_id), bank_code=None,
            reach="own" if told["number"] in mine else "federation",
        ),
        amount_fen=amount.fen if amount else None, amount=amount.text if amount else "", memo=told.get("memo", "")[:60],
    )  # fmt: skip

"""Payments behind the port `Till`: runs' money goes through the same door as everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from fengshou.kernel import BankError, Kind, Money, Principal
from fengshou.ledger import AccountRef
from fengshou.party import CustomerAccount, Party
from fengshou.payments import Order, Payee, Payments, Wish
from fengshou.services.ports import Send, Sent

_State: TypeAlias = Literal["draft", "held", "sent", "done", "refused", "returned"]
_STATES: Mapping[str, _State] = {
    "draft": "draft", "held": "held", "sent": "sent", "unknown": "sent", "done": "done", "rejected": "refused",
    "refused": "refused", "expired": "refused", "returned": "returned",
}  # fmt: skip


class NoAccount(BankError):
    """The customer has no account that this could be paid from."""

    code = "SERVICES.NO_ACCOUNT"
    kind = Kind.MISSING
    zh = "没有可以付款的账户，请先开户或换一个账户"
    en = "There is no account to pay from; please open one, or choose another."


class PaymentsTill:
    """The till of a house."""

    def __init__(self, payments: Payments, party: Party) -> None:
        self._payments, self._party = payments, party

    async def send(self, who: Principal, send: Send) -> Sent:
        """Pay by a transfer of the customer's own."""
        account = await self._account(send)
        to = Payee(send.to_number, send.to_name, send.to_bank)
        wish = Wish(send.key, AccountRef(*account.ref), to, Money(send.fen), send.memo)
        return _sent(await self._payments.transfer(who, wish))

    async def look(self, send: Send) -> Sent | None:
        """What became of it."""
        customer = Principal("customer", send.customer, send.bank)
        order = await self._payments.order_by_key(customer, send.key)
        return _sent(order) if order else None

    async def _account(self, send: Send) -> CustomerAccount:
        """The account they chose, or their first at the bank that can pay. Raises `NoAccount`."""
        own = [one for one in await self._party.accounts_of(send.customer) if one.status == "active"]
        chosen = [one for one in own if send.from_number in (None, one.number)]
        here = [one for one in chosen if one.bank == send.bank]
        found = next(iter([*here, *chosen]), None)
        if found is None:
            raise NoAccount()
        return found


def _sent(order: Order) -> Sent:
    return Sent(_STATES[order.state], order.id, order.fee_fen, order.kind == "outside", order.reason)

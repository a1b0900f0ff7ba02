"""payments' `RailPort` and `OutsideBanks`, answered by the rail adapter and by content."""

from __future__ import annotations

from uuid import UUID

from fengshou.adapters.rail import (
    CreditTransfer,
    Party,
    RailAnswer,
    RailClient,
    RailState,
    Why,
    member_bank_code,
)
from fengshou.catalog import Catalog
from fengshou.kernel import get_logger
from fengshou.payments import Credit, Inbound, Mail, RailSaid

_RESEND = (Why.NOT_SENT, Why.NOT_SEEN)
_PEOPLE = (Why.REFUSED, Why.CONFLICT, Why.UNREADABLE)
_log = get_logger("rail")


class RailLine:
    """Speaks payments' words on one side and ISO 20022 on the other."""

    def __init__(self, client: RailClient) -> None:
        self._client = client

    async def send(self, credit: Credit) -> RailSaid:
        """Hand a transfer over."""
        return _said(await self._client.send(_transfer(credit)), credit.order)

    async def ask(self, order: UUID) -> RailSaid:
        """What became of it?"""
        return _said(await self._client.query(order.hex, order.hex), order)

    async def mail(self, after: str) -> Mail:
        """Later answers, returns, and money for us. An answer about nothing of ours is left out, and logged."""
        mail = await self._client.poll(after)
        answers = []
        for answer in mail.answers:
            try:
                answers.append(_said(answer, UUID(answer.original_end_to_end_id)))
            except ValueError:
                _log.error("the rail speaks of a transfer that is not ours", message=answer.message_id)
        ours = tuple(_inbound(credit) for credit in mail.credits)
        return Mail(tuple(answers), ours, mail.cursor, mail.more)

    async def answer(self, credit: Inbound, reason: str | None) -> bool:
        """Tell the rail what became of money from outside."""
        assert isinstance(credit.handle, CreditTransfer)
        return await self._client.answer_credit(credit.handle, reason_code=reason)


class ContentOutsideBanks:
    """The directory of the rail as the current release has it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def all(self) -> list[dict[str, object]]:
        """Every bank: code, name in both languages, initials, prefixes."""
        return [
            bank
            for body in self._catalog.bodies("partner")
            if body.get("key") == "outside_banks" or "banks" in body
            for bank in body["banks"]
        ]

    def name_of(self, code: str) -> dict[str, str] | None:
        """The bank's name in both languages, or None."""
        for bank in self.all():
            if bank["code"] == code:
                name = bank["name"]
                assert isinstance(name, dict)
                return name
        return None

    def guess(self, number: str) -> str | None:
        """The bank a number looks like, by its first digits."""
        for bank in self.all():
            prefixes = bank["prefixes"]
            assert isinstance(prefixes, list)
            if any(number.startswith(prefix) for prefix in prefixes):
                return str(bank["code"])
        return None


def _transfer(credit: Credit) -> CreditTransfer:
    return CreditTransfer(
        message_id=credit.order.hex,
        end_to_end_id=credit.order.hex,
        fen=credit.fen,
        debtor=Party(member_bank_code(credit.payer_bank), credit.payer_number, credit.payer_name),
        creditor=Party(credit.payee_code, credit.payee_number, credit.payee_name),
        settle_on=credit.settle_on,
        created_at=credit.created_at,
        memo=credit.memo,
    )


def _said(answer: RailAnswer, order: UUID) -> RailSaid:
    states = {state: state.value for state in RailState}
    return RailSaid(
        state=states[answer.state],  # type: ignore[arg-type]  # the two lists of words are the same
        order=order,
        reason=answer.reason_code,
        resend=answer.why in _RESEND,
        people=answer.why in _PEOPLE,
        fen=answer.returned_fen,
    )


def _inbound(credit: CreditTransfer) -> Inbound:
    return Inbound(
        message=credit.message_id,
        fen=credit.fen,
        payee_number=credit.creditor.account,
        payee_name=credit.creditor.name,
        payer_code=credit.debtor.bank,
        payer_number=credit.debtor.account,
        payer_name=credit.debtor.name,
        memo=credit.memo,
        handle=credit,
    )

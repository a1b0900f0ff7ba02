"""Speaks ISO 20022 with the rail: signed XML over HTTP, one message a request, a poll for what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4
from xml.etree.ElementTree import Element as Node

from fengshou import kernel
from fengshou.adapters.rail import codec
from fengshou.adapters.rail.mapping import RailAnswer, RailState, Why, answer_from, from_xml, to_xml
from fengshou.adapters.rail.messages import (
    CreditTransfer,
    Envelope,
    Message,
    Return,
    Status,
    StatusReport,
    StatusRequest,
)
from fengshou.adapters.wire import Line, NoAnswer

XML = "application/xml"
_UNREADABLE = kernel.counter("rail_unreadable", "Messages of the rail that did not fit their form")


@dataclass(frozen=True, slots=True)
class RailMail:
    """What one poll brought, oldest first. Take it all, then keep `cursor` for the next poll.

    answers     later answers and returns; take each `message_id` once
    credits     money from outside; take each `message_id` once, then `answer_credit`
    unreadable  how many messages did not fit their form: somebody must look
    more        whether asking again at once makes sense
    """

    answers: tuple[RailAnswer, ...]
    credits: tuple[CreditTransfer, ...]
    unreadable: int
    cursor: str
    more: bool


class RailClient:
    """The rail at the other end of `line`.

    own_code   our participant's 12 digits, `rail_code` the operator's
    """

    def __init__(
        self,
        line: Line,
        *,
        own_code: str,
        rail_code: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._line = line
        self._own_code = own_code
        self._rail_code = rail_code
        self._now = now
        self._log = kernel.get_logger("adapters")

    async def send(self, transfer: CreditTransfer) -> RailAnswer:
        """Hand over a transfer; never raises for what the outside does or fails to do.

        Sending the very same transfer again is safe: the rail takes it once and answers the same. Nothing is
        resent here by itself once it may have arrived; asking is `query`.
        Raises `codec.BadMessage` when the transfer does not fit pacs.008: nothing was sent.
        """
        return await self._ask(transfer, transfer.message_id, transfer.end_to_end_id, resend=False)

    async def query(self, message_id: str, end_to_end_id: str) -> RailAnswer:
        """What became of the transfer sent as `message_id`? `Why.NOT_SEEN`: send the same again."""
        request = StatusRequest(uuid4().hex, self._now(), message_id, end_to_end_id)
        return await self._ask(request, message_id, end_to_end_id, resend=True)

    async def poll(self, after: str = "", *, limit: int = 50) -> RailMail:
        """What the rail has for us behind the cursor `after`; nothing and the same cursor when it is silent."""
        nothing = RailMail((), (), 0, after, more=False)
        try:
            said = await self._line.call(
                "poll",
                "GET",
                "/messages",
                query={"after": after, "limit": str(limit)},
                content_type=XML,
                idempotent=True,
            )
            if said.status != 200:
                return nothing
            nodes, cursor = codec.unbind(codec.from_bytes(said.body))
        except NoAnswer:
            return nothing
        except codec.BadMessage as error:
            self._note_unreadable(error)
            return nothing
        return self._sort(nodes, cursor, limit)

    async def answer_credit(self, credit: CreditTransfer, *, reason_code: str | None = None) -> bool:
        """Tell the rail that we booked `credit`, or with a `reason_code` that we did not.

        Returns whether the rail took the answer; if not, answer again: the same answer counts once.
        """
        status = Status.REJECTED if reason_code else Status.SETTLED
        report = StatusReport(
            f"A{credit.message_id}"[:35],
            self._now(),
            credit.message_id,
            credit.end_to_end_id,
            status,
            reason_code,
        )
        try:
            said = await self._line.call(
                "answer", "POST", "/messages", body=self._letter(report), content_type=XML, idempotent=True
            )
        except NoAnswer:
            return False
        return said.status == 204

    async def aclose(self) -> None:
        """Close the line."""
        await self._line.aclose()

    async def _ask(
        self, message: Message, message_id: str, end_to_end_id: str, *, resend: bool
    ) -> RailAnswer:
        def unknown(why: Why) -> RailAnswer:
            return RailAnswer(RailState.UNKNOWN, end_to_end_id, message_id, why=why)

        operation = "query" if resend else "send"
        body = self._letter(message)
        try:
            said = await self._line.call(
                operation, "POST", "/messages", body=body, content_type=XML, idempotent=resend
            )
        except NoAnswer as no:
            return unknown(Why.NO_ANSWER if no.sent or resend else Why.NOT_SENT)
        if said.status != 200:
            return unknown({404: Why.NOT_SEEN, 409: Why.CONFLICT}.get(said.status, Why.REFUSED))
        try:
            report = from_xml(codec.from_bytes(said.body)).message
            if not isinstance(report, StatusReport | Return):
                raise codec.BadMessage("answered with another kind of message")
            if (report.original_message_id, report.original_end_to_end_id) != (message_id, end_to_end_id):
                raise codec.BadMessage("answered about another transfer")
        except codec.BadMessage as error:
            self._note_unreadable(error)
            return unknown(Why.UNREADABLE)
        return answer_from(report)

    def _letter(self, message: Message) -> bytes:
        return codec.to_bytes(to_xml(Envelope(self._own_code, self._rail_code, message)))

    def _sort(self, nodes: list[Node], cursor: str, limit: int) -> RailMail:
        answers: list[RailAnswer] = []
        arrived: list[CreditTransfer] = []
        unreadable = 0
        for node in nodes:
            try:
                message = from_xml(node).message
                if isinstance(message, StatusRequest):
                    raise codec.BadMessage("the rail does not ask us")
            except codec.BadMessage as error:
                self._note_unreadable(error)
                unreadable += 1
                continue
            if isinstance(message, CreditTransfer):
                arrived.append(message)
            else:
                answers.append(answer_from(message))
        return RailMail(tuple(answers), tuple(arrived), unreadable, cursor, more=len(nodes) >= limit)

    def _note_unreadable(self, error: codec.BadMessage) -> None:
        # The error names elements, never their contents.
        _UNREADABLE.inc()
        self._log.error("rail_unreadable", fault=str(error))

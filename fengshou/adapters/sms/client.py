"""Hands messages to the gateway over HTTP: JSON, signed with HMAC."""

from __future__ import annotations

from uuid import UUID

from fengshou.adapters.sms.mapping import Receipt, SmsAnswer, answer_from, message_body, receipts_from
from fengshou.adapters.wire import Line, NoAnswer


class SmsClient:
    """The gateway at the other end of `line`."""

    def __init__(self, line: Line) -> None:
        self._line = line

    async def send(self, phone: str, text: str, *, message_id: UUID) -> SmsAnswer:
        """Hand over one message. Never raises for what the outside does or fails to do.

        phone       11 digits
        message_id  the caller's own id of this message; the gateway sends it once however often it is handed over
        """
        body = message_body(phone, text, str(message_id))
        try:
            answer = await self._line.call("send", "POST", "/messages", body=body, idempotent=True)
        except NoAnswer:
            return SmsAnswer.UNKNOWN
        return answer_from(answer.status, answer.body, str(message_id))

    async def receipts(self, after: str = "", *, limit: int = 100) -> tuple[list[Receipt], str]:
        """Delivery receipts since the cursor `after`, oldest first, and the cursor to ask with next.

        When the gateway does not answer: none, and the same cursor.
        """
        try:
            answer = await self._line.call(
                "receipts", "GET", "/receipts", query={"after": after, "limit": str(limit)}, idempotent=True
            )
        except NoAnswer:
            return [], after
        return receipts_from(answer.status, answer.body) or ([], after)

    async def aclose(self) -> None:
        """Close the line."""
        await self._line.aclose()

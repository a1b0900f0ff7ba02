"""Asks the register over HTTP: JSON, signed with HMAC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from fengshou.adapters.realname.mapping import RealNameAnswer, RealNameResult, answer_from, request_body
from fengshou.adapters.wire import Line, NoAnswer


class RealNameClient:
    """The register at the other end of `line`."""

    def __init__(self, line: Line, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._line = line
        self._now = now

    async def verify(self, name: str, id_number: str, *, request_id: UUID) -> RealNameAnswer:
        """Ask whether `name` belongs to `id_number`. Never raises for what the outside does or fails to do.

        request_id  the caller's own id of this check; asking again with it gives the same evidence
        """
        asked = str(request_id)
        try:
            said = await self._line.call(
                "verify",
                "POST",
                "/verifications",
                body=request_body(name, id_number, asked),
                idempotent=True,
            )
            answer = answer_from(said.status, said.body, asked)
        except NoAnswer:
            answer = None
        return answer or RealNameAnswer(RealNameResult.UNAVAILABLE, "", self._now())

    async def aclose(self) -> None:
        """Close the line."""
        await self._line.aclose()

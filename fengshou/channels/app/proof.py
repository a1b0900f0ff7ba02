"""Acts that take more proof than the session has, and a session that rose by proving."""

from __future__ import annotations

from hashlib import sha256

from fengshou.channels.edge import Call


async def proved(call: Call, act: str, subject: str, level: int = 2) -> None:
    """Go on only when `level` was proved for this very act. Raises `StepUp`; the session stands for the order."""
    who = call.who
    assert who.session is not None
    digest = sha256(f"app.{act}|{subject}".encode()).digest()
    await call.doors.access.require(who, level, bound_to=digest, order_id=who.session)


async def risen(call: Call, token: str | None) -> None:
    """Go on under the session's new token, when proving raised its level."""
    call.renew(token)
    if call.token is not None:
        call.caller = await call.doors.access.resolve(call.token)

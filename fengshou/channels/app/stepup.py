"""stepup.*: prove who I am for one act, then send the same request again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from fengshou.access import Keypad, Proof
from fengshou.channels.app.enter import Options, Sent
from fengshou.channels.app.ops import op
from fengshou.channels.app.proof import risen
from fengshou.channels.app.shapes import CodeText
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import Money
from fengshou.payments import OrderMissing

_TYPED_MAX, _SEALED_MAX = 64, 600


class OrderAsk(Ask):
    """The act to prove for."""

    order_id: UUID


class PasswordAsk(Ask):
    """My password, as typed or as a keypad sealed it for this act."""

    order_id: UUID
    password: Annotated[str, StringConstraints(min_length=1, max_length=_SEALED_MAX, pattern=r"^[^\r\n]*$")]


class CodeAsk(Ask):
    """The code that was sent."""

    order_id: UUID
    code: CodeText


class PasskeyAsk(Ask):
    """What the passkey answered."""

    order_id: UUID
    credential: dict[str, Any]


class KeyShow(Show):
    """The key of the day, and the bank's clock."""

    kid: str
    public: str
    now: datetime


class ProofShow(Show):
    """`complete`: send the request again now."""

    complete: bool
    level: int
    missing: tuple[str, ...]


@op("stepup.password", changes=True)
async def password(call: Call, ask: PasswordAsk) -> ProofShow:
    """Prove my password."""
    secret = ask.password
    if len(secret) > _TYPED_MAX:
        secret = _keypad(call).open(secret, bound_to=str(ask.order_id))
    return await _shown(call, await call.doors.access.prove_password(call.who, ask.order_id, secret))


@op("keypad.key", auth="none")
async def keypad_key(call: Call, ask: Empty) -> KeyShow:
    """What a keypad seals with today."""
    key = _keypad(call).key()
    return KeyShow(kid=key.kid, public=key.public, now=key.now)


def _keypad(call: Call) -> Keypad:
    return Keypad(call.doors.vault, call.doors.clock)


@op("stepup.sms", changes=True)
async def sms(call: Call, ask: OrderAsk) -> Sent:
    """Send a code that is good for this act alone."""
    sent = await call.doors.access.send_step_up_code(
        call.who, ask.order_id, address=call.hint.address, about=await _about(call, ask.order_id)
    )
    return Sent(resend_after_s=sent.resend_after_s, expires_after_s=sent.expires_after_s)


async def _about(call: Call, order_id: UUID) -> str:
    """What the code confirms, for its message: how much goes to whom. Other acts are the session's, and unnamed."""
    try:
        order = await call.doors.payments.order(call.who, order_id)
    except OrderMissing:
        return ""
    if call.who.locale.startswith("en"):
        return f"CNY {Money(order.amount_fen).text} to {order.to_masked}"
    return f"向{order.to_masked}转账 {Money(order.amount_fen).text} 元"


@op("stepup.code", changes=True)
async def code(call: Call, ask: CodeAsk) -> ProofShow:
    """Prove my phone."""
    return await _shown(call, await call.doors.access.prove_code(call.who, ask.order_id, ask.code))


@op("stepup.passkey_options", changes=True)
async def passkey_options(call: Call, ask: OrderAsk) -> Options:
    """A challenge for my passkey, bound to the act."""
    return Options(options=await call.doors.access.passkey_challenge(call.who, ask.order_id))


@op("stepup.passkey", changes=True)
async def passkey(call: Call, ask: PasskeyAsk) -> ProofShow:
    """Prove my passkey."""
    return await _shown(call, await call.doors.access.prove_passkey(call.who, ask.order_id, ask.credential))


async def _shown(call: Call, proof: Proof) -> ProofShow:
    await risen(call, proof.token)
    return ProofShow(complete=proof.complete, level=proof.level, missing=proof.missing)

"""Acts that take more proof than the session has, and a session that rose by proving."""

from __future__ import annotations

from hashlib import sha256

from fengshou.access import Evidence
from fengshou.channels.edge import Call
from fengshou.kernel import id_at
from fengshou.party import CustomerAccount, Proof, Ride


async def proved(call: Call, act: str, subject: str, *, bank: int, level: int = 2) -> Evidence:
    """What proves `level` for this very act on a row of `bank`, to be spent in the act's own commit. Raises `StepUp`.

    The session stands for the order, as it would be called at that bank: evidence lies beside what it allows.
    """
    who = call.who
    assert who.session is not None
    digest = sha256(f"app.{act}|{subject}".encode()).digest()
    return await call.doors.access.require(who, level, bound_to=digest, order_id=id_at(bank, who.session))


async def proof_for(call: Call, act: str, account: CustomerAccount) -> Proof:
    """The proof for an act on an account of the caller's; the book spends it with the act. Raises `StepUp`."""
    evidence = await proved(call, act, account.number, bank=account.bank)
    return Proof(evidence.id, Ride(*evidence.spend()))


async def risen(call: Call, token: str | None) -> None:
    """Go on under the session's new token, when proving raised its level."""
    call.renew(token)
    if call.token is not None:
        call.caller = await call.doors.access.resolve(call.token)

"""The registry of the console's operations, and who may ask what."""

from __future__ import annotations

from fengshou.channels.edge import Call, Ops
from fengshou.kernel import CENTRE, Missing, Principal
from fengshou.party import RoleMissing

OPS = Ops("console", "staff")
op = OPS.op

DESK = ("teller", "risk_officer", "supervisor", "centre_ops")
RISK = ("risk_officer", "supervisor", "centre_ops")
BOOK = ("auditor", "supervisor", "centre_ops")
ANY = ("teller", "risk_officer", "supervisor", "auditor", "centre_ops")


def staff(call: Call, roles: tuple[str, ...] = ANY) -> Principal:
    """Who asks, holding one of `roles`. Raises `RoleMissing` naming the first that would do."""
    who = call.who
    if not who.roles & set(roles):
        raise RoleMissing(role=roles[0])
    return who


def bank_for(who: Principal, bank: int | None) -> int:
    """The bank to look at: one's own, or any for the centre. A colleague's elsewhere is `Missing`."""
    if bank is None or bank == who.bank:
        return who.bank
    if who.bank != CENTRE:
        raise Missing(what="bank")
    return bank

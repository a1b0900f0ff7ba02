"""The registry of the console's operations, and who may ask what: `MAY` is the whole table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from pydantic import BaseModel

from fengshou.channels.edge import Call, Ops
from fengshou.kernel import CENTRE, Missing, Principal
from fengshou.party import RoleMissing

OPS = Ops("console", "staff")
anybody = OPS.op

_DESK = ("teller", "risk_officer", "supervisor", "centre_ops")
_RISK = ("risk_officer", "supervisor", "centre_ops")
_BOOK = ("auditor", "supervisor", "centre_ops")
_AUDIT = ("auditor", "centre_ops")
_CLOSE = ("supervisor", "centre_ops")
_AUTHORS = ("teller", "supervisor", "centre_ops")
_CHECKERS = ("supervisor", "centre_ops")
_ANY = ("teller", "risk_officer", "supervisor", "auditor", "centre_ops")

# Operation -> roles that may ask it. What is not here takes no session, and is registered by `anybody`.
MAY: dict[str, tuple[str, ...]] = {
    "session.log_out": _ANY,
    "stepup.password": _ANY,
    "banks.list": _ANY,
    "banks.view": _ANY,
    "customers.find": _DESK,
    "customers.view": _DESK,
    "customers.statement": ("teller", "supervisor", "centre_ops"),
    "book.trial_balance": _BOOK,
    "book.journal": _BOOK,
    "book.entry": _BOOK,
    "book.hours": _BOOK,
    "closing.view": ("teller", *_BOOK),
    "closing.check": ("teller", *_BOOK),
    "closing.close": _CLOSE,
    "closing.ask": ("teller", *_CLOSE),
    "closing.agree": _CLOSE,
    "closing.refuse": ("teller", *_CLOSE),
    "held.list": _RISK,
    "held.view": _RISK,
    "held.claim": _RISK,
    "held.give_back": _RISK,
    "held.note": _RISK,
    "held.propose": _RISK,
    "held.decide": ("supervisor",),
    "proposals.list": _ANY,
    "proposals.withdraw": _ANY,
    "audit.page": _AUDIT,
    "clock.view": _ANY,
    "clock.move": ("centre_ops",),
    "pages.list": _AUTHORS,
    "pages.versions": _AUTHORS,
    "pages.source": _AUTHORS,
    "pages.lint": _AUTHORS,
    "pages.preview": _AUTHORS,
    "pages.diff": _AUTHORS,
    "pages.history": _AUTHORS,
    "pages.comments": _AUTHORS,
    "pages.comment": _AUTHORS,
    "pages.comment.done": _AUTHORS,
    "pages.draft.new": _AUTHORS,
    "pages.draft.save": _AUTHORS,
    "pages.draft.discard": _AUTHORS,
    "pages.submit_for_review": _AUTHORS,
    "pages.kills": _AUTHORS,
    "blocks.registry": _AUTHORS,
    "pages.pick": _AUTHORS,
    "pages.try": _AUTHORS,
    "pages.samples": _AUTHORS,
    "pages.review": _CHECKERS,
    "pages.gray": _CHECKERS,
    "pages.live": _CHECKERS,
    "pages.roll_back": _CHECKERS,
    "pages.retire": _CHECKERS,
    "pages.schedule": _CHECKERS,
    "pages.kill": _CHECKERS,
    "pages.unkill": _CHECKERS,
    "pages.tags": _CHECKERS,
}
MAY |= dict.fromkeys(
    (
        "desks.list", "desks.page", "desk.cases", "desk.board", "desk.case", "desk.file", "desk.colleagues",
        "desk.claim", "desk.hand_on", "desk.pass", "desk.send_back", "desk.mend", "desk.decide", "desk.agree",
        "desk.differ", "desk.deliver", "desk.money_back", "desk.give_up", "desk.switch", "desk.bulk", "desk.hand_over",
    ),
    _ANY,  # which of them somebody may do with a case is the case's own stage's to say
)  # fmt: skip
MAY["desk.numbers"] = ("supervisor", "auditor", "centre_ops")
_H = TypeVar("_H", bound=Callable[..., Awaitable[BaseModel]])


def op(name: str, *, changes: bool = False) -> Callable[[_H], _H]:
    """Register an operation for those whom `MAY` names."""
    roles = MAY[name]

    def register(handler: _H) -> _H:
        @wraps(handler)
        async def guarded(call: Call, ask: Any) -> BaseModel:
            must_hold(call.who, roles)
            return await handler(call, ask)

        OPS.op(name, changes=changes)(guarded)
        return handler

    return register


def must_hold(who: Principal, roles: tuple[str, ...]) -> None:
    """Raises `RoleMissing` naming the first role that would do."""
    if not who.roles & set(roles):
        raise RoleMissing(role=roles[0])


def bank_for(who: Principal, bank: int | None) -> int:
    """The bank to look at: one's own, or any for the centre. A colleague's elsewhere is `Missing`."""
    if bank is None or bank == who.bank:
        return who.bank
    if who.bank != CENTRE:
        raise Missing(what="bank")
    return bank

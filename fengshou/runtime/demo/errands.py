"""A few payments of today that went through every room, so that orders, receipts and the desk have some to show.

One arrived, one is on its way to an outside bank, one will be turned down there, and one waits for the risk
desk of 青禾. What they move is counted into what the cast holds in the end.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fengshou.kernel import account_number
from fengshou.ledger import AccountRef
from fengshou.runtime.demo.cast import QINGHE
from fengshou.runtime.demo.people import Person

_RAIL = "899000000017"
# The simulated rail decides by the last digits of an account.
_TAKES, _TURNS_DOWN = "6231000000001234", "6231000000009001"
_SWINDLE_YUAN = 188  # what one factor may send


@dataclass(frozen=True, slots=True)
class Errand:
    """One payment somebody makes. `code` is set for an outside bank; `net` whether its money really leaves."""

    number: int
    payer: Person
    name: str
    account: str
    fen: int
    memo: str
    code: str | None = None
    to: AccountRef | None = None
    net: bool = True


def errands(cast: dict[str, Person], crowd: list[Person]) -> list[Errand]:
    """What is paid today. The crowd lends a customer of 青禾 who falls for a swindle."""
    ming, he, acai = cast["zhou_ming"], cast["lin_xiaohe"], cast["jin_acai"]
    told = [
        _among(1, ming, he, 36_00, "奶茶拼单"),
        _among(2, he, acai, 66_00, "买药"),
        Errand(3, ming, "吴建芳", _TAKES, 20_00, "停车费", _RAIL),
        Errand(4, ming, "钱守一", _TURNS_DOWN, 18_00, "快递费", _RAIL, net=False),
    ]
    for person in crowd:
        if person.main.bank == QINGHE and person.life == "worker":
            return [*told, _among(5, person, he, _SWINDLE_YUAN * 100, "刷单返利保证金")]
    return told


def spent(told: list[Errand]) -> dict[AccountRef, int]:
    """What the errands take from each account of the cast in the end, fen; less than nothing where money came in."""
    net: dict[AccountRef, int] = defaultdict(int)
    for errand in told:
        if errand.net and errand.payer.scripted:
            net[errand.payer.main] += errand.fen
            if errand.to:
                net[errand.to] -= errand.fen
    return dict(net)


def _among(number: int, payer: Person, payee: Person, fen: int, memo: str) -> Errand:
    return Errand(number, payer, payee.name, account_number(*payee.main), fen, memo, to=payee.main)

"""What happened in the demo's past: movements of money with the words a statement shows for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from fengshou.ledger import AccountRef, Posting, own_account

Kind: TypeAlias = Literal[
    "carried", "salary", "pension", "interest", "takings", "shopping", "medicine", "canteen", "utility",
    "top_up", "cash", "transfer", "own", "remit", "fee", "bank",
]  # fmt: skip

# zh, en: what the statement calls it.
TITLES: dict[Kind, tuple[str, str]] = {
    "carried": ("承前余额", "Balance brought forward"),
    "salary": ("代发工资", "Salary"),
    "pension": ("养老金", "Pension"),
    "interest": ("结息", "Interest"),
    "takings": ("收款结算", "Takings"),
    "shopping": ("扫码消费", "Purchase"),
    "medicine": ("药店消费", "Pharmacy"),
    "canteen": ("食堂消费", "Canteen"),
    "utility": ("生活缴费", "Utility bill"),
    "top_up": ("话费充值", "Phone top-up"),
    "cash": ("取现", "Cash withdrawal"),
    "transfer": ("转账", "Transfer"),
    "own": ("本人互转", "Own transfer"),
    "remit": ("跨行转账", "Transfer to another bank"),
    "fee": ("手续费", "Fee"),
    "bank": ("内部记账", "Internal booking"),
}


class Line(NamedTuple):
    """How a movement reads on the statement of `ref`.

    other   a person's whole name, a shop, an employer
    number  the other side's account, if it has one; `code` its bank's when that is outside the federation
    """

    ref: AccountRef
    kind: Kind
    other: str
    number: str = ""
    memo: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry to be: its legs, when it happened, and the lines it leaves."""

    at: datetime
    legs: tuple[Posting, ...]
    lines: tuple[Line, ...]
    fee_fen: int = 0


def from_outside(bank: int, payees: list[tuple[AccountRef, int]], code: int) -> tuple[Posting, ...]:
    """Money that outside banks pay to accounts at `bank`, through its settlement with the rails."""
    rail = own_account(bank, "1011")
    return tuple(Posting(rail, ref, fen, code=code) for ref, fen in payees)


def to_outside(payer: AccountRef, fen: int, fee_fen: int, codes: dict[Kind, int]) -> tuple[Posting, ...]:
    """Money to an outside bank, with the bank's fee."""
    legs = (Posting(payer, own_account(payer.bank, "1011"), fen, code=codes["remit"]),)
    fee = Posting(payer, own_account(payer.bank, "6021"), fee_fen, code=codes["fee"]) if fee_fen else None
    return (*legs, fee) if fee else legs

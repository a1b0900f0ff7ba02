"""The chart of accounts: subjects of the general ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from fengshou.catalog.kinds.base import Content, Kind, See

# By the first digit, as in the accounting standard for enterprises of the Ministry of Finance.
_GROUPS = {"1": "asset", "2": "liability", "3": "common", "4": "equity", "6": "profit"}
# The ledger numbers the bank's own accounts by these.
_NEEDED = ("2111", "3001", "3002", "6021")


class Subject(Content):
    """A subject.

    side     the side its balance normally stands on; `either` for clearing
    holder   whose accounts stand under it: the bank's one own account, or customers'
    at       where it is opened: member banks, the centre, or both
    currencies  what it also stands in beside the yuan, each in an account of its own; of a bank's subjects only
    """

    code: str = Field(pattern=r"^[1-6][0-9]{3}$")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    side: Literal["debit", "credit", "either"]
    holder: Literal["bank", "customers", "member_banks"]
    at: Literal["bank", "centre", "both"] = "bank"
    # Those with two decimals: an amount is a whole number of hundredths.
    currencies: tuple[Literal["USD", "EUR", "HKD", "GBP", "SGD"], ...] = ()
    about: str = ""

    @property
    def group(self) -> str:
        """asset, liability, common, equity or profit."""
        return _GROUPS[self.code[0]]


def _sound(items: dict[str, Subject], _: See) -> Iterator[tuple[str, str]]:
    for code, item in items.items():
        if code[0] not in _GROUPS:
            yield code, "subjects begin with 1 asset, 2 liability, 3 common, 4 equity or 6 profit and loss"
        if item.side == "either" and code[0] != "3":
            yield code, "only subjects of group 3 stand on either side; say debit or credit"
        if item.currencies and item.holder != "bank":
            yield (
                code,
                "other currencies are for the bank's own accounts; a customer's has the one it was opened in",
            )
    for code in _NEEDED:
        if code not in items:
            yield code, "the subject is missing; the ledger books to it"


CHART = Kind(
    "chart",
    ("bank/chart.yaml",),
    Subject,
    key="code",
    layered=False,
    checks=(_sound,),
)

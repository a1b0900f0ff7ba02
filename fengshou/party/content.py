"""The content party lives by: member banks, branches, rules and letters. The shapes a release is checked against.

What a bank changes without a release of code. `PartyContent` is built from a content release by `runtime`.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from fengshou.kernel import CENTRE
from fengshou.party.model import Bank, Branch

_PROVINCE = 330_000


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


class Words(_Frozen):
    """A text in both languages."""

    zh: Annotated[str, StringConstraints(min_length=1)]
    en: Annotated[str, StringConstraints(min_length=1)]


class BankItem(_Frozen):
    """A member bank as it stands in content/bank/banks.yaml."""

    institution: int = Field(ge=CENTRE, le=9_999)
    code: int
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")]
    brand: Words
    name: Words
    county: Words
    city: Words
    theme: Literal["default", "haitang", "chaxiang", "juzhou"]

    @model_validator(mode="after")
    def _is_where_it_says(self) -> BankItem:
        if self.institution != CENTRE and self.institution != self.code - _PROVINCE:
            raise ValueError(f"institution {self.institution} is not county {self.code}")
        return self

    def bank(self) -> Bank:
        """The value rooms pass around."""
        return Bank(
            self.institution, self.code, self.slug, self.name.zh, self.name.en, self.brand.zh, self.brand.en,
            self.county.zh, self.county.en, self.city.zh, self.city.en, self.theme,
        )  # fmt: skip


class BranchItem(_Frozen):
    """The branches of one bank: number, name, English name."""

    institution: int
    branches: list[tuple[Annotated[str, StringConstraints(pattern=r"^\d{3}$")], str, str]]

    def values(self) -> tuple[Branch, ...]:
        """The branches as values, in the order of content."""
        return tuple(Branch(self.institution, number, zh, en) for number, zh, en in self.branches)


class Rules(_Frozen):
    """What a person may have and do. Sources stand beside the figures in content/bank/party.yaml."""

    age_min: int = Field(ge=0, le=30)
    real_name_checks_per_day: int = Field(ge=1, le=100)
    proposal_hours: int = Field(ge=1, le=24 * 30)


class NoticeText(_Frozen):
    """A letter's words; `{holes}` are filled with the facts of the event, `_fen` facts as yuan."""

    title: Words
    body: Words

    @property
    def holes(self) -> frozenset[str]:
        """The facts the words speak of."""
        texts = (self.title.zh, self.title.en, self.body.zh, self.body.en)
        return frozenset(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name)

    def filled(self, facts: dict[str, Any]) -> tuple[Words, Words]:
        """Title and body with the facts filled in. Raises `KeyError` when one is missing: a bug."""
        shown = {name: _shown(name, facts[name]) for name in self.holes}
        return _fill(self.title, shown), _fill(self.body, shown)


class PartyItem(_Frozen):
    """content/bank/party.yaml."""

    key: Literal["party"]
    rules: Rules
    notices: dict[str, NoticeText]


class PartyContent(_Frozen):
    """All of it, as one room needs it."""

    banks: tuple[BankItem, ...]
    branches: tuple[BranchItem, ...] = ()
    rules: Rules
    notices: dict[str, NoticeText]

    @classmethod
    def of(
        cls, banks: Iterable[dict[str, Any]], branches: Iterable[dict[str, Any]], party: dict[str, Any]
    ) -> PartyContent:
        """From the plain items of the kinds `bank`, `branch` and `party` of a release."""
        item = PartyItem.model_validate(party)
        return cls(
            banks=tuple(BankItem.model_validate(bank) for bank in banks),
            branches=tuple(BranchItem.model_validate(branch) for branch in branches),
            rules=item.rules,
            notices=item.notices,
        )

    @model_validator(mode="after")
    def _is_whole(self) -> PartyContent:
        for what in ("institution", "slug", "code"):
            values = [getattr(bank, what) for bank in self.banks]
            if len(set(values)) != len(values):
                raise ValueError(f"two banks share one {what}")
        if not any(bank.institution == CENTRE for bank in self.banks):
            raise ValueError("the centre is missing from the banks")
        known = {bank.institution for bank in self.banks}
        if strangers := [item.institution for item in self.branches if item.institution not in known]:
            raise ValueError(f"branches of banks that are not there: {strangers}")
        return self


def _fill(words: Words, shown: dict[str, str]) -> Words:
    return Words(zh=words.zh.format_map(shown), en=words.en.format_map(shown))


def _shown(name: str, value: Any) -> str:
    if name.endswith("_fen") and isinstance(value, int):
        return f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d}"
    return str(value)

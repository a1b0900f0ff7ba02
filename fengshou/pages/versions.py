"""A version of an item: what it is, which steps lead from one state to the next, and who sees a gray one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from fengshou.kernel import CENTRE
from fengshou.pages.errors import StateWrong
from fengshou.pages.parts import Part

Kind = Literal["page", "override", "shell", "theme"]
State = Literal["draft", "in_review", "approved", "gray", "live", "retired", "refused", "discarded"]
OPEN: tuple[State, ...] = ("draft", "in_review", "approved", "refused")
# Step -> the states it may begin in.
STEPS: dict[str, tuple[State, ...]] = {
    "save": ("draft",),
    "discard": ("draft", "refused", "approved"),
    "submit": ("draft",),
    "approve": ("in_review",),
    "refuse": ("in_review",),
    "gray": ("approved", "gray"),
    "live": ("approved", "gray", "retired"),
    "retire": ("live",),
    "stop": ("gray",),
    "schedule": ("approved", "gray", "live"),
}
STAFF_TAG = "staff"


class Gray(Part):
    """Who sees a gray version: readers of these banks, with one of these tags, of them so many in a hundred.

    What is left out does not narrow. `error_rate_max` is a decimal text; above it, once `opens_least` openings were
    reported, the run ends by itself.
    """

    banks: tuple[int, ...] = Field(default=(), max_length=100)
    tags: tuple[str, ...] = Field(default=(), max_length=20)
    percent: int = Field(default=100, ge=1, le=100)
    staff: bool = False
    error_rate_max: str = Field(default="0.02", pattern=r"^0(\.\d{1,4})?$|^1$")
    opens_least: int = Field(default=20, ge=1, le=100_000)

    @property
    def names_somebody(self) -> bool:
        """Whether it is narrower than everybody."""
        return bool(self.banks or self.tags or self.staff or self.percent < 100)

    def reaches(self, run: UUID, reader: UUID, bank: int, tags: frozenset[str]) -> bool:
        """Whether this reader is one of them; the same reader always gets the same answer for a run."""
        if self.banks and bank not in self.banks:
            return False
        named = {*self.tags, *([STAFF_TAG] if self.staff else [])}
        return not (named and not named & tags) and bucket(run, reader) < self.percent

    def too_many(self, opens: int, errors: int) -> bool:
        """Whether what was reported ends the run."""
        return opens >= self.opens_least and Decimal(errors) > Decimal(self.error_rate_max) * opens


def bucket(run: UUID, reader: UUID) -> int:
    """0 to 99, evenly spread, another for each run."""
    return int.from_bytes(sha256(run.bytes + reader.bytes).digest()[:8]) % 100


@dataclass(frozen=True)
class Version:
    """One version as the database has it; `source` is canonical JSON."""

    bank: int
    id: UUID
    branch: str
    kind: Kind
    item: str
    number: int
    revision: int
    source: str = field(repr=False)
    digest: str
    base: str
    note: str
    state: State
    author: UUID
    made_at: datetime
    changed_at: datetime
    checker: UUID | None
    decided_at: datetime | None
    answer: str
    gray: Gray | None
    gray_at: datetime | None
    stopped: str
    live_at: datetime | None
    retired_at: datetime | None
    start_at: datetime | None
    stop_at: datetime | None

    @property
    def layer(self) -> tuple[int, str]:
        """Whose layer it is."""
        return self.bank, self.branch

    def may(self, step: str) -> None:
        """Raises `StateWrong` when `step` does not begin here."""
        if self.state not in STEPS[step]:
            raise StateWrong(state=self.state)


def kind_for(bank: int, item: str, kind: Kind | None) -> Kind:
    """The kind that is meant when none is given: a page for the province, an override for a bank."""
    if kind is not None:
        return kind
    if item in ("shell", "theme"):
        return "shell" if item == "shell" else "theme"
    return "page" if bank == CENTRE else "override"


def kinds_of(bank: int) -> tuple[Kind, ...]:
    """What a layer writes: the province whole pages and the sections, a bank changes and colours."""
    return ("page", "shell") if bank == CENTRE else ("override", "theme")


def as_gray(value: Any) -> Gray | None:
    """A gray run from the database."""
    return None if value is None else Gray.model_validate(value)

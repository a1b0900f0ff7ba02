"""The bases of what comes in and goes out."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, StringConstraints


class Ask(BaseModel):
    """A request: strict, and nothing it does not know."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


class Show(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Empty(Ask):
    """A request that says nothing more than its name."""


# One line that reads as it is written: no control characters, line separators or marks of direction.
LINE = r"^[^\x00-\x1f\x7f\x85\u200e\u200f\u2028-\u202e\u2066-\u2069]*$"
# Never longer than any field of ours.
Text: TypeAlias = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]

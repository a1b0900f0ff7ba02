"""What the room needs to know of the operations that pages name; the channels hand it in."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel


class OpFacts(Protocol):
    """An operation: what it is for, and the form of its answer."""

    @property
    def about(self) -> str: ...
    @property
    def answers(self) -> type[BaseModel]: ...

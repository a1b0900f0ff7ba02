"""What the parts of the room need of its front, said here so that none of them imports the front itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from fengshou.kernel import Database
from fengshou.pages.ports import OpFacts
from fengshou.pages.previews import Previews
from fengshou.pages.world import World


class Room(Protocol):
    """The registry of one process as its parts see it."""

    previews: Previews

    @property
    def ops(self) -> Mapping[str, Mapping[str, OpFacts]] | None: ...
    @property
    def pictures(self) -> Mapping[str, object] | None: ...
    @property
    def database(self) -> Database: ...
    @property
    def world(self) -> World: ...
    @property
    def published(self) -> bool: ...
    async def refresh(self) -> bool: ...
    def known(self, page_hash: str) -> bytes | None: ...
    def cohort(self, reader: UUID, bank: int, tags: frozenset[str], branch: str = "") -> str: ...

"""Fixtures of the room: its bank, and the content it reads."""

from tests.services.world import content, world

__all__ = ["content", "world"]

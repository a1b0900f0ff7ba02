"""What clamd's words mean."""

from __future__ import annotations

from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["clean", "found", "away"]


def read(answer: bytes) -> Verdict:
    """`stream: OK` is clean, `stream: <name> FOUND` is not; whatever else was said, nobody has looked."""
    text = answer.removesuffix(b"\0").strip()
    if text == b"stream: OK":
        return "clean"
    if text.startswith(b"stream: ") and text.endswith(b" FOUND"):
        return "found"
    return "away"

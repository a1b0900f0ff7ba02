"""From an amount to the level it asks for: pure rules over the bank's matrix."""

from __future__ import annotations

from dataclasses import dataclass

from fengshou.access.errors import Cooling, DayLimit, LevelUnavailable
from fengshou.catalog import Limits, MoneyKind


@dataclass(frozen=True, slots=True)
class Allowance:
    """`level` to prove, and the cap of the day's counter that goes with it."""

    level: int
    day_cap_fen: int


def level_for(limits: Limits, kind: MoneyKind, fen: int, used_fen: int) -> int:
    """The lowest level that allows `fen` more of `kind` today; one above the highest when none does."""
    level = limits.level_for(kind, fen, used_fen)
    return len(limits.levels) if level is None else level


def allowance(
    limits: Limits, kind: MoneyKind, fen: int, used_fen: int, *, cooling: bool, level_max: int
) -> Allowance:
    """What `fen` more of `kind` today asks for.

    used_fen   what went out today already, whatever proved it
    cooling    the device is new: the day stays at a low level's limit, however much is proved
    level_max  the strongest level that can be proved here and now
    Raises     `LevelUnavailable` (a single amount too large), `DayLimit`, `Cooling`, each with the way out
    """
    small = limits.cap(limits.cooling.level, kind).day_fen
    if cooling and used_fen + fen > small:
        raise Cooling(left_fen=max(0, small - used_fen))
    level = level_for(limits, kind, fen, used_fen)
    if level <= level_max:
        day_fen = limits.cap(level, kind).day_fen
        return Allowance(level, min(day_fen, small) if cooling else day_fen)
    top = limits.cap(level_max, kind)
    if fen > top.single_fen:
        raise LevelUnavailable(most_fen=top.single_fen)
    raise DayLimit(left_fen=max(0, top.day_fen - used_fen))

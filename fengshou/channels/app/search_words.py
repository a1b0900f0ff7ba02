"""How well what somebody types names a thing: words, their sound, their initials, a slip of the finger, other words.

Chinese is compared by its sound as well, so that a homophone chosen by the keyboard still finds what was meant.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pypinyin import Style, lazy_pinyin

_SIGNS = re.compile(r"[\s·,，。、:：'\-（）()]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ONE_SLIP, _TWO_SLIPS = 4, 8
_SYNONYMS: list[list[str]] = json.loads(Path(__file__).with_name("synonyms.json").read_text("utf-8"))


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Without case, spaces and signs."""
    return _SIGNS.sub("", text.lower())


@lru_cache(maxsize=8192)
def _sound(text: str) -> str:
    return "".join(lazy_pinyin(text))


@dataclass(frozen=True, slots=True)
class Form:
    """One name of a thing in the ways it may be typed."""

    text: str
    sound: str
    initials: str

    @classmethod
    def of(cls, name: str) -> Form:
        """The forms of a name."""
        text = plain(name)
        letters = (
            lazy_pinyin(text, style=Style.FIRST_LETTER)
            if _HAN.search(text)
            else [w[0] for w in name.lower().split() if w]
        )
        return cls(text, _sound(text), "".join(letters))


def score(query: str, form: Form, *, slips: bool = True) -> int:
    """0 when it is something else, up to 100 when it is the very word. Without `slips` it must be spelt right."""
    typed = plain(query)
    if not typed:
        return 0
    for value, share in ((form.text, 100), (form.sound, 80)):
        if typed == value:
            return share
        if value.startswith(typed):
            return share - 8
        if len(typed) > 1 and typed in value:
            return share - 20
    if len(typed) > 1 and typed in form.initials:
        return 66 if form.initials.startswith(typed) else 52
    return _by_slip(typed, form, slips=slips)


def _by_slip(typed: str, form: Form, *, slips: bool) -> int:
    """Letters that are one or two slips from the sound or the English word; Chinese by how it sounds."""
    said = _sound(typed)
    allowed = 2 if len(said) >= _TWO_SLIPS else 1 if len(said) >= _ONE_SLIP else 0
    if _HAN.search(typed) and said in form.sound:
        return 58
    if not slips:
        return 0
    # Each slip mends one letter: with more of them foreign to the name there is nothing to count.
    if not allowed or (_letters(said) & ~_letters(form.sound)).bit_count() > allowed:
        return 0
    begun = form.sound[: len(said) + allowed]
    fewest = min(_slips(said, end, allowed) for end in {form.sound, begun, begun[: len(said)]})
    return 46 - 6 * fewest if fewest <= allowed else 0


@lru_cache(maxsize=16384)
def _letters(sound: str) -> int:
    """Which letters and digits occur, one bit each."""
    bits = 0
    for letter in sound:
        bits |= 1 << (ord(letter) & 63)
    return bits


def _slips(a: str, b: str, most: int) -> int:
    """Letters wrong, missing, too many or swapped with their neighbour; `most` + 1 when there are more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        now = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        if min(now) > most and min(last) > most:  # it can only grow from two such rows
            return most + 1
        before, last = last, now
    return min(last[-1], most + 1)


@lru_cache(maxsize=1)
def _groups() -> list[list[Form]]:
    return [[Form.of(word) for word in group] for group in _SYNONYMS]


def others(query: str) -> tuple[str, ...]:
    """Other words for what was typed."""
    least = 60
    found: list[str] = []
    for group in _groups():
        if any(score(query, form) >= least for form in group):
            found += [form.text for form in group]
    return tuple(dict.fromkeys(found))

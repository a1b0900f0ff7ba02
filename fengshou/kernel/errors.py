"""Expected failures: a stable code, a kind, and a sentence in both languages.

Rooms never know HTTP; `channels` turns a kind into a status in one table. Whatever is not a
`BankError` is a bug.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, TypeAlias

Fact: TypeAlias = str | int | bool | list[str] | None


class Kind(StrEnum):
    """What a caller may conclude from a failure."""

    INVALID = "invalid"  # the request itself is wrong
    MISSING = "missing"  # not there, or not the caller's
    CONFLICT = "conflict"  # contradicts what is already recorded
    REFUSED = "refused"  # understood and declined; nothing moved
    STEP_UP = "step_up"  # prove more about who you are, then repeat
    WAITING = "waiting"  # the outcome is unknown: ask again, do not resend
    BUSY = "busy"  # not even tried; try again later


class BankError(Exception):
    """The base of every expected failure.

    Subclasses set `code`, `kind` and the sentences `zh` and `en`, whose `{holes}` are filled with
    facts. Facts never hold names, card numbers or identity numbers.
    """

    code: ClassVar[str] = "BANK.ERROR"
    kind: ClassVar[Kind] = Kind.REFUSED
    zh: ClassVar[str] = "这次没有办成，您的钱没有动"
    en: ClassVar[str] = "This was not done. Your money has not moved."

    def __init__(self, **facts: Fact) -> None:
        super().__init__(f"{self.code} {facts}" if facts else self.code)
        self.facts = facts

    @property
    def messages(self) -> dict[str, str]:
        """The sentence in each language, facts filled in."""
        return {"zh": _fill(self.zh, self.facts), "en": _fill(self.en, self.facts)}


def _fill(template: str, facts: dict[str, Fact]) -> str:
    shown = {name: _show(name, value) for name, value in facts.items()}
    try:
        return template.format(**shown)
    except (KeyError, IndexError):
        return template


def _show(name: str, value: Fact) -> str:
    """Facts that count fen are shown as yuan: `limit_fen=5000` fills `{limit_fen}` with 50.00."""
    if "_fen" in name and isinstance(value, int) and not isinstance(value, bool):
        return f"{'-' if value < 0 else ''}{abs(value) // 100:,}.{abs(value) % 100:02d}"
    return str(value)


class Invalid(BankError):
    """The request is malformed; `field` says where."""

    code = "REQUEST.INVALID"
    kind = Kind.INVALID
    zh = "填写的内容有误，请检查后再试"
    en = "Something in the form is not right. Please check it."


class Missing(BankError):
    """Nothing here by that name, or it is a stranger's: both look the same."""

    code = "REQUEST.MISSING"
    kind = Kind.MISSING
    zh = "没有找到，或不属于您"
    en = "Not found, or not yours."


class OutcomeUnknown(BankError):
    """The answer was lost on the way. It may have happened: ask by the same key."""

    code = "REQUEST.OUTCOME_UNKNOWN"
    kind = Kind.WAITING
    zh = "正在核实结果，请勿重复提交"
    en = "We are checking the outcome. Please do not send it again."


class Busy(BankError):
    """Too much at once, or a part is restarting; nothing was tried."""

    code = "REQUEST.BUSY"
    kind = Kind.BUSY
    zh = "现在办理的人多，请稍后再试，您的钱没有动"
    en = "We are busy right now. Try again shortly; nothing has moved."


def every_error() -> list[type[BankError]]:
    """All error classes loaded in this process, by code: the reference page is made from it."""
    found: dict[str, type[BankError]] = {}
    todo: list[type[BankError]] = [BankError]
    while todo:
        cls = todo.pop()
        found[f"{cls.code}:{cls.__qualname__}"] = cls
        todo.extend(cls.__subclasses__())
    return [found[key] for key in sorted(found)]

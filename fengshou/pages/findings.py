"""What lint says: each finding tells what is wrong and what to do, in both languages (`findings.json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Words:
    """Templates of one kind of finding."""

    en: str
    zh: str
    todo_en: str
    todo_zh: str
    level: Level = "error"


FINDINGS: dict[str, Words] = {
    code: Words(**words)
    for code, words in json.loads(
        files("fengshou.pages").joinpath("findings.json").read_text("utf-8")
    ).items()
}


@dataclass(frozen=True)
class Problem:
    """One thing to mend: the page, the place in it, what is wrong there and what to do."""

    page: str
    at: str
    text: str
    code: str = ""
    zh: str = field(default="", compare=False)
    todo_zh: str = field(default="", compare=False)
    todo_en: str = field(default="", compare=False)
    level: Level = "error"

    def __str__(self) -> str:
        return f"{self.page}: {self.at}: {self.text}"


def problem(page: str, at: str, code: str, **facts: object) -> Problem:
    """The finding `code` at a place of a page."""
    words = FINDINGS[code]
    text, zh, todo_en, todo_zh = (
        _fill(one, facts) for one in (words.en, words.zh, words.todo_en, words.todo_zh)
    )
    return Problem(page, at, text, code, zh, todo_zh, todo_en, words.level)


def _fill(template: str, facts: dict[str, object]) -> str:
    for name, value in facts.items():
        template = template.replace(f"{{{name}!r}}", repr(value)).replace(f"{{{name}}}", str(value))
    return template

"""What the catalogue refuses."""

from __future__ import annotations

from dataclasses import dataclass

from fengshou.kernel import BankError, Kind


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in the content folder, with what to do about it."""

    file: str
    line: int
    item: str
    what: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.item}: {self.what}" if self.item else f"{where}: {self.what}"


class ContentRefused(BankError):
    """The content folder does not pass the linter; `problems` says where and what to do."""

    code = "CATALOG.CONTENT_REFUSED"
    kind = Kind.INVALID
    zh = "内容没有通过检查（{count} 处），没有发布"
    en = "The content did not pass its checks ({count} problems) and was not released."

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(count=len(problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems[:50]))


class NothingReleased(BankError):
    """No release of content is live yet: `./bank run` loads one at start."""

    code = "CATALOG.NOTHING_RELEASED"
    kind = Kind.BUSY
    zh = "系统正在准备内容，请稍后再试"
    en = "The content is still being prepared. Please try again shortly."


class ItemMissing(BankError):
    """The release holds no such item for that bank on that day."""

    code = "CATALOG.ITEM_MISSING"
    kind = Kind.MISSING
    zh = "没有这项内容：{item}"
    en = "There is no such item: {item}"


class ReleaseMissing(BankError):
    """No release with that id was ever made, or there is none to go back to."""

    code = "CATALOG.RELEASE_MISSING"
    kind = Kind.MISSING
    zh = "没有这个内容版本"
    en = "There is no such release of the content."


class ReleaseDamaged(Exception):
    """A stored release no longer matches its hash: somebody changed the database. Pages someone."""

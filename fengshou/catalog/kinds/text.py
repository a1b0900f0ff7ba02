"""Texts a customer agrees to or reads: terms, privacy, notices. Versioned, in both languages."""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import Literal, NamedTuple

from pydantic import Field

from fengshou.catalog.kinds.base import Content, Key, Kind, Words


class Written(NamedTuple):
    """A text in one language, ready to be shown."""

    title: str
    body: str


class Text(Content):
    """A document in Markdown.

    version     what a consent records; a changed text needs a new version
    holes       {names} a reader's bank fills in, such as {bank}
    """

    key: Key
    version: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}(\.[0-9]+)?$")
    effective: date
    use: Literal["agreement", "notice", "help"] = "agreement"
    title: Words
    body: Words
    holes: tuple[str, ...] = ()

    def written(self, locale: str, **holes: str) -> Written:
        """Title and body in a language, `holes` filled in: `text.written("en", bank="Qinghe Bank")`."""
        title, body = self.title.of(locale), self.body.of(locale)
        for name in self.holes:
            body = body.replace(f"{{{name}}}", holes.get(name, f"{{{name}}}"))
        return Written(title, body)

    @property
    def digest(self) -> str:
        """SHA-256 of both bodies: what a consent is bound to."""
        return sha256(
            f"{self.title.zh}\n{self.body.zh}\n{self.title.en}\n{self.body.en}".encode()
        ).hexdigest()


TEXT = Kind("text", ("texts/*.yaml",), Text)

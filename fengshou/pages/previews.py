"""Previews: a draft as a phone would get it, for a person at a desk and an hour. They live in this process only."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fengshou.pages.errors import PageMissing
from fengshou.pages.page import Page, Shell

LASTS = timedelta(hours=1)
_KEPT = 200


@dataclass(frozen=True)
class Preview:
    """All pages of a bank with a draft in its place."""

    pages: Mapping[str, Page]
    shell: Shell
    bank: int
    theme: str | None
    item: str
    until: datetime


class Previews:
    """The previews that are open."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Preview] = OrderedDict()

    def add(self, preview: Preview) -> str:
        """Keep one; the token to look at it with."""
        if len(self._open) >= _KEPT:
            self._open.popitem(last=False)
        token = secrets.token_urlsafe(24)
        self._open[token] = preview
        return token

    def get(self, token: str, now: datetime) -> Preview:
        """The preview of a token; raises PageMissing when there is none or its hour is over."""
        found = self._open.get(token)
        if found is None or found.until < now:
            raise PageMissing()
        return found

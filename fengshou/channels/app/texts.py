"""texts.*: what customers agree to and read. Short names of the pages stand for the keys of content."""

from __future__ import annotations

from datetime import date

from fengshou.catalog import Text
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import Bi
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import CENTRE

TERMS, PRIVACY, ACCOUNT = "terms_of_service", "privacy_policy", "account_agreement"
AGREED_AT_ENTRY = (TERMS, PRIVACY)
# What pages, and consents given before the texts had names of their own, call them.
SHORT = {"terms": TERMS, "privacy": PRIVACY, "account_class_2": ACCOUNT, "account_class_3": ACCOUNT}


class TextAsk(Ask):
    """Which text."""

    key: str


class TextShow(Show):
    """A text in Markdown."""

    key: str
    version: str
    title: Bi
    body: Bi
    since: date


class TextItem(Show):
    """A text's name."""

    key: str
    version: str
    title: Bi


class TextItems(Show):
    """All there are."""

    items: tuple[TextItem, ...]


@op("texts.get", auth="none")
async def get(call: Call, ask: TextAsk) -> TextShow:
    """One text, with the reader's bank filled in."""
    doors = call.doors
    bank = call.caller.bank if call.caller else CENTRE
    text = doors.catalog.text(SHORT.get(ask.key, ask.key), None if bank == CENTRE else bank)
    name = doors.party.bank(bank)
    zh, en = text.written("zh-CN", bank=name.name_zh), text.written("en", bank=name.name_en)
    return TextShow(
        key=text.key, version=text.version, title=Bi(zh=zh.title, en=en.title), body=Bi(zh=zh.body, en=en.body),
        since=text.effective,
    )  # fmt: skip


@op("texts.list", auth="none")
async def list_(call: Call, ask: Empty) -> TextItems:
    """All texts, by key."""
    return TextItems(
        items=tuple(
            TextItem(key=text.key, version=text.version, title=title_of(text))
            for text in (call.doors.catalog.text(key) for key in call.doors.catalog.keys("text"))
        )
    )


def title_of(text: Text) -> Bi:
    """A text's title in both languages."""
    return Bi(zh=text.title.zh, en=text.title.en)

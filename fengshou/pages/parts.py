"""The small parts every block is made of: bilingual texts, expressions, templates, icons and tones."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fengshou.pages.expr import compiled, holes

_ICON_NAMES = """
transfer scan paycode bills hospital sscard medins etc parking bus school community door stall sprout loan
card chart
umbrella elder child gift gov passport house tax vote repair video finger face shield key bell search
settings star
history coupon pin phone water electric gas tractor basket camera globe moon back next down up close check
plus minus
eye eyeoff info warn backspace more dots download share copy home life me call park user users doc mic clock
lock
device upload image drag list undo redo filter sms link megaphone help layers pause book mark
"""
ICONS = frozenset(_ICON_NAMES.split())
TONES = ("brand", "info", "gift", "grain", "lotus", "soil", "neutral", "danger")


class Part(BaseModel):
    """A strict, frozen piece of a page: unknown members are refused, so a misspelt word never passes
    silently.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)


def _template(text: str) -> str:
    holes(text)
    return text


def _expression(text: str) -> str:
    compiled(text)
    return text


def one_of(*names: str) -> AfterValidator:
    """One of `names`, or a text with holes that gives one of them when the page is drawn."""

    def check(text: str) -> str:
        if "{{" not in text and text not in names:
            raise ValueError(f"{text!r} is not one of {' '.join(names)}")
        return _template(text)

    return AfterValidator(check)


def _icon(text: str) -> str:
    if "{{" not in text and text not in ICONS:
        raise ValueError(f"no icon {text!r}")
    return _template(text)


Template = Annotated[str, AfterValidator(_template)]
"""A text with `{{expr}}` holes and no words of its own: a path, a data value, a page parameter."""


class Bilingual(Part):
    """One text in both languages of the bank."""

    zh: Template
    en: Template


Text = Bilingual | Template
"""What a person reads. Words need both languages; a text that is only holes, digits or signs may stand
alone."""

Expr = Annotated[str, AfterValidator(_expression)]
"""An expression without braces."""

Icon = Annotated[str, AfterValidator(_icon)]
Tone = Annotated[str, one_of(*TONES)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Path = Annotated[str, Field(pattern=r"^(form|state)(\.[a-z][a-z0-9_]*)+$", max_length=80)]
"""Where a value is kept: `form.amount`, `state.tab`."""

Picture = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
"""A picture of `content/pages/pictures`, by its name; never an address."""

PageId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*(/[a-z0-9-]+)*$", max_length=64)]
Op = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)+$", max_length=64)]

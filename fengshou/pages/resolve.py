"""Turn a page into what one reader's client gets: one language, one variant, canonical JSON, a hash."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from fengshou.pages.page import Page
from fengshou.pages.parts import Bilingual, Part

Locale = Literal["zh-CN", "en"]
LOCALES: tuple[Locale, ...] = ("zh-CN", "en")


@dataclass(frozen=True)
class Resolved:
    """A compiled page: `body` is canonical JSON in UTF-8 and `hash` its SHA-256 in hexadecimal."""

    id: str
    hash: str
    body: bytes


def canonical(value: object) -> bytes:
    """The one way to write JSON here: sorted members, no spaces, UTF-8."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def resolve(page: Page, locale: Locale, *, elder: bool = False) -> Resolved:
    """`page` in one language, for the newest kit; with `elder`, with the elder variant laid over it."""
    return seal(page.id, body_of(page, locale, elder=elder))


def body_of(page: Page, locale: Locale, *, elder: bool = False) -> dict[str, Any]:
    """The wire form of a page, before it is made for a kit and sealed."""
    variant = page.variants.elder if elder else None
    if variant is not None:
        over = {
            name: value
            for name in type(variant).model_fields
            if (value := getattr(variant, name)) is not None
        }
        page = page.model_copy(update=over)
    body = wire(page, locale)
    assert isinstance(body, dict)
    body.pop("variants", None)
    return body


def seal(name: str, body: dict[str, object]) -> Resolved:
    """Name a body by its hash."""
    data = canonical(body)
    return Resolved(name, sha256(data).hexdigest(), data)


def wire(value: object, locale: Locale) -> object:
    """A part as JSON: texts in one language; members that are at an empty default are left out."""
    if isinstance(value, Bilingual):
        return value.zh if locale == "zh-CN" else value.en
    if isinstance(value, Part):
        shown: dict[str, object] = {}
        for name, field in type(value).model_fields.items():
            member = getattr(value, name)
            if not field.is_required() and member in (None, False, (), {}):
                default = field.get_default(call_default_factory=True, validated_data={})
                if default == member:
                    continue
            shown[name] = wire(member, locale)
        return shown
    if isinstance(value, (tuple, list)):
        return [wire(item, locale) for item in value]
    if isinstance(value, dict):
        return {key: wire(item, locale) for key, item in value.items()}
    return value

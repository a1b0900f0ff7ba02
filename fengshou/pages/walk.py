"""Walk the parts of a page with the place each value stands at, so that lint and resolve need no list of
members.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from pydantic import AfterValidator
from pydantic.fields import FieldInfo

from fengshou.pages import parts
from fengshou.pages.parts import Bilingual, Part

_MARKS = {parts._expression: "expr", parts._template: "template"}


def kind_of(field: FieldInfo) -> str:
    """`text`, `expr`, `template` or `other`: how a string in this member is to be read."""
    found = set(_marks(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation))
    return next((kind for kind in ("text", "expr", "template") if kind in found), "other")


def _marks(annotation: Any) -> Iterator[str]:
    if annotation is Bilingual:
        yield "text"
        return
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        for mark in metadata:
            if isinstance(mark, AfterValidator) and mark.func in _MARKS:
                yield _MARKS[mark.func]
        yield from _marks(inner)
        return
    for inner in get_args(annotation):
        yield from _marks(inner)


def members(part: Part, at: str = "") -> Iterator[tuple[str, Part, str, str, object]]:
    """Every (path, part, member, kind, value) below `part`, depth first; texts come whole, other parts are
    entered.
    """
    for name, kind in _kinds(type(part)):
        value = getattr(part, name)
        where = f"{at}{name}"
        yield where, part, name, kind, value
        # Most members are plain, and a generator for each of them is most of what a walk costs.
        if value and not isinstance(value, _PLAIN):
            yield from _inside(value, where)


_PLAIN = (str, int, type(None), Bilingual)


@cache
def _kinds(model: type[Part]) -> tuple[tuple[str, str], ...]:
    """A model's members and how each is to be read; the same for every part of that model."""
    return tuple((name, kind_of(field)) for name, field in model.model_fields.items())


def _inside(value: object, at: str) -> Iterator[tuple[str, Part, str, str, object]]:
    if isinstance(value, _PLAIN):
        return
    if isinstance(value, Part):
        yield from members(value, f"{at}.")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _inside(item, f"{at}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _inside(item, f"{at}.{key}")

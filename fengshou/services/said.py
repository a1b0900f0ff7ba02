"""What was filled in, in words: as it was chosen or written, numbers of identity masked."""

from __future__ import annotations

from typing import Any

from fengshou.catalog import Words
from fengshou.kernel import Money
from fengshou.services.definition import Definition
from fengshou.services.forms import FormField

_MASKED = 4
_YES, _NO = Words(zh="是", en="Yes"), Words(zh="否", en="No")


def said_of_value(field: FormField, value: Any) -> Words:
    """A value of a form's field."""
    if field.kind in ("choice", "choices"):
        labels = {option.value: option.label for option in field.options}
        chosen = [labels[one] for one in (value if isinstance(value, list) else [value]) if one in labels]
        return _words("、".join(one.zh for one in chosen), ", ".join(one.en for one in chosen))
    if field.kind == "yes":
        return _YES if value else _NO
    if field.kind == "id_number":
        text = str(value)
        return said_as_is(f"{text[:_MASKED]}{'*' * (len(text) - 2 * _MASKED)}{text[-_MASKED:]}")
    if field.kind == "money":
        return said_as_is(f"¥{Money.parse(str(value)).text}")
    return said_as_is(value)


def said_of_name(definition: Definition, name: str) -> Words:
    """What a field or a paper is called."""
    labels = {field.name: field.label for field in definition.form} | {
        paper.name: paper.label for paper in definition.materials
    }
    return labels[name] if name in labels else said_as_is(name)


def said_as_is(value: object) -> Words:
    """What reads alike in both languages."""
    return _words(str(value), str(value))


def _words(zh: str, en: str) -> Words:
    # What a customer left empty is empty: no author's text, so the rule that both languages stand is not for it.
    return Words.model_construct(zh=zh, en=en)

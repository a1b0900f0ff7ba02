"""Fields of a service's form as blocks that ask, and as rows that show what was filled in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fengshou.pages import tokens
from fengshou.services.forms import FormField

_PILLS_MAX = 4
_KINDS = {"line": "text", "text": "memo", "digits": "digits", "phone": "phone", "id_number": "id_number",
          "number": "digits", "plate": "text"}  # fmt: skip
_LONGEST = {"line": 80, "text": 500, "digits": 40, "phone": 11, "id_number": 18, "number": 12, "plate": 8}
# What services call `me` and `today` the page has from the operation that opened it.
_HERE = {"me": "s.me", "today": "s.today"}


def condition(text: str) -> str:
    """An expression of a definition as the service's page reads it: the same language, other names."""
    found = tokens(text)
    after = [("", ""), *found]
    return " ".join(
        _HERE.get(word, word) if kind == "name" and after[at][1] != "." else word
        for at, (kind, word) in enumerate(found)
    )


def asked(field: FormField) -> Iterator[dict[str, Any]]:
    """The blocks that ask for a field."""
    show = {"show": condition(field.when)} if field.when else {}
    if field.kind == "choices":
        for option in field.options:
            yield {"t": "switch", "bind": f"form.{field.name}_{option.value.lower()}",
                   "label": _words(field.label.zh + "：" + option.label.zh, f"{field.label.en}: {option.label.en}"),
                   **show}  # fmt: skip
        return
    if field.kind == "yes":
        yield _yes(field) | show
        return
    yield {
        "bind": f"form.{field.name}",
        "label": _words(field.label.zh, field.label.en),
        "required": field.required,
        **_own(field),
        **({"rules": [{"test": condition(r.test), "text": _words(r.say.zh, r.say.en)} for r in field.rules]}
           if field.rules else {}),
        **show,
    }  # fmt: skip


def _words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def _yes(field: FormField) -> dict[str, Any]:
    """A promise that must be given is ticked; a choice between yes and no is a switch."""
    label = _words(field.label.zh, field.label.en)
    needed = [rule for rule in field.rules if rule.test.strip() == f"form.{field.name}"]
    if needed:
        say = needed[0].say
        return {"t": "agree", "bind": f"form.{field.name}", "text": label, "missing": _words(say.zh, say.en)}
    return {"t": "switch", "bind": f"form.{field.name}", "label": label}


def _own(field: FormField) -> dict[str, Any]:
    hint = {"hint": _words(field.hint.zh, field.hint.en)} if field.hint else {}
    if field.kind == "choice":
        return {
            "t": "select",
            "style": "pills" if len(field.options) <= _PILLS_MAX else "sheet",
            "options": [{"value": o.value, "text": _words(o.label.zh, o.label.en)} for o in field.options],
        }
    if field.kind == "date":
        return {"t": "date"}
    if field.kind == "money":
        return {"t": "amount"}
    most = (
        min(field.most or 500, _LONGEST[field.kind])
        if field.kind in ("line", "text")
        else _LONGEST[field.kind]
    )
    return {"t": "field", "kind": _KINDS[field.kind], "max": most, **hint}


def shown(field: FormField) -> Iterator[dict[str, Any]]:
    """The rows that show what was filled in, each only where it stands."""
    name = f"form.{field.name}"
    stands = f"({condition(field.when)}) && " if field.when else ""
    row: dict[str, Any] = {"k": _words(field.label.zh, field.label.en)}
    if field.kind in ("choice", "choices"):
        for option in field.options:
            chosen = (
                f"{name} == '{option.value}'" if field.kind == "choice" else f"{name}_{option.value.lower()}"
            )
            yield row | {"v": _words(option.label.zh, option.label.en), "show": f"{stands}{chosen}"}
    elif field.kind == "yes":
        yield row | {"v": _words("是", "Yes"), "show": f"{stands}{name}"}
    elif field.kind == "money":
        yield row | {"v": f"{{{{yuan(to_fen({name}))}}}}", "show": f"{stands}{name} != ''"}
    elif field.kind == "id_number":
        yield row | {"v": f"{{{{mask({name})}}}}", "show": f"{stands}{name} != ''"}
    else:
        yield row | {"v": f"{{{{{name}}}}}", "show": f"{stands}{name} != ''"}

"""The form of a service: fields with conditions, checked where it arrives.

Conditions and rules are the pages' expressions (decision 10), so what a phone evaluates and what is checked here is one
language with one set of test vectors; `schema` says the same in JSON Schema for partners.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError, Kind, Money
from fengshou.pages import ExpressionError, evaluate, names_of

FieldKind: TypeAlias = Literal[
    "line",
    "text",
    "digits",
    "phone",
    "id_number",
    "date",
    "money",
    "number",
    "choice",
    "choices",
    "yes",
    "plate",
]
Value: TypeAlias = str | int | bool | list[str] | None

_NAME = r"^[a-z][a-z0-9_]{0,39}$"
_PLATE = (
    r"^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z]"
    r"(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警]|(?:[DF][A-HJ-NP-Z0-9]\d{4}|\d{5}[DF]))$"
)
_PATTERNS: dict[str, str] = {
    "digits": r"^\d{1,40}$",
    "phone": r"^1[3-9]\d{9}$",
    "id_number": r"^[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]$",
    "date": r"^\d{4}-\d{2}-\d{2}$",
    "money": r"^(?:0|[1-9]\d{0,11})(?:\.\d{1,2})?$",
    "plate": _PLATE,
}
_LENGTHS = {"line": 80, "text": 1_000}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class FormWrong(BankError):
    """The first field that is not right, named and with what to do."""

    code = "SERVICES.FORM_WRONG"
    kind = Kind.INVALID
    zh = "{label_zh}：{say_zh}"
    en = "{label_en}: {say_en}"


class Option(Content):
    """One of a choice."""

    value: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
    label: Words


class Rule(Content):
    """Must hold: an expression over `form`, `me` and `today`; `say` is told when it does not."""

    test: str = Field(max_length=600)
    say: Words


class FormField(Content):
    """A field.

    when      stands only where this holds
    prefill   `me.name`, or a fact of the provider's shared data (`share.address`), by consent
    """

    name: str = Field(pattern=_NAME)
    kind: FieldKind
    label: Words
    hint: Words | None = None
    required: bool = True
    when: str | None = Field(default=None, max_length=600)
    options: tuple[Option, ...] = Field(default=(), max_length=100)
    least: int | None = None
    most: int | None = None
    prefill: str | None = Field(default=None, pattern=r"^(me|share)\.[a-z][a-z0-9_]{0,39}$")
    rules: tuple[Rule, ...] = ()

    @field_validator("when")
    @classmethod
    def _reads(cls, text: str | None) -> str | None:
        if text is not None:
            _compiles(text)
        return text

    @model_validator(mode="after")
    def _options_where_chosen(self) -> FormField:
        if self.kind in ("choice", "choices") and not self.options:
            raise ValueError(f"`{self.name}` is a choice; give it options")
        if self.kind not in ("choice", "choices") and self.options:
            raise ValueError(f"`{self.name}` has options; make it a choice")
        for rule in self.rules:
            _compiles(rule.test)
        return self


def _compiles(text: str) -> None:
    try:
        known = names_of(text)
    except ExpressionError as wrong:
        raise ValueError(f"`{text}` is no expression: {wrong}") from None
    if strange := sorted({name.partition(".")[0] for name in known} - {"form", "me", "today"}):
        raise ValueError(f"`{text}` reads `{strange[0]}`; a form knows form, me and today")


def check_form(
    fields: Sequence[FormField], sent: Mapping[str, object], me: Mapping[str, object], today: date
) -> dict[str, Value]:
    """What is kept of what was sent: known fields that stand, tidied. Raises `FormWrong` for the first that is wrong.

    A field that does not stand is dropped, so what a customer wrote before changing their mind is not handed on.
    """
    known = {field.name for field in fields}
    if strange := next((name for name in sent if name not in known), None):
        raise _wrong(
            strange if re.fullmatch(_NAME, strange) else "?",
            None,
            "这一项不在表里",
            "is not part of the form",
        )
    kept: dict[str, Value] = {}
    scope = {"form": kept, "me": dict(me), "today": today.isoformat()}
    for field in fields:
        if field.when is not None and not evaluate(field.when, scope):
            continue
        value = _value(field, sent.get(field.name))
        if value is None:
            if field.required:
                raise _wrong(field.name, field.label, "还没有填", "is not filled in yet")
            continue
        kept[field.name] = value
        for rule in field.rules:
            if not evaluate(rule.test, scope):
                raise _wrong(field.name, field.label, rule.say.zh, rule.say.en)
    return kept


def _wrong(name: str, label: Words | None, zh: str, en: str) -> FormWrong:
    label = label or Words(zh=name, en=name)
    return FormWrong(field=name, label_zh=label.zh, label_en=label.en, say_zh=zh, say_en=en)


def _value(field: FormField, sent: object) -> Value:
    if sent is None or sent in ("", []):
        return None
    if field.kind == "yes":
        if not isinstance(sent, bool):
            raise _wrong(field.name, field.label, "请选是或否", "choose yes or no")
        return sent
    if field.kind == "choices":
        return _choices(field, sent)
    if field.kind == "number":
        return _number(field, sent)
    if not isinstance(sent, str):
        raise _wrong(field.name, field.label, "请重新填写", "please write it again")
    return _text(field, sent.strip())


def _text(field: FormField, text: str) -> Value:
    label, kind = field.label, field.kind
    if not text:
        return None
    if _HIDDEN.search(text):
        raise _wrong(
            field.name, label, "有看不见的字符，请重新输入", "holds signs that cannot be seen; type it again"
        )
    if kind == "choice" and text not in {option.value for option in field.options}:
        raise _wrong(field.name, label, "请从给出的选项里选", "choose one of the options")
    if kind in ("id_number", "plate"):
        text = text.upper().replace(" ", "").replace("·", "")
    if len(text) > min(field.most or 10_000, _LENGTHS.get(kind, 100)) and kind in _LENGTHS:
        raise _wrong(field.name, label, "太长了，请写短一点", "is too long; please shorten it")
    if kind in _LENGTHS and len(text) < (field.least or 0):
        raise _wrong(
            field.name, label, f"至少写 {field.least} 个字", f"needs at least {field.least} characters"
        )
    if kind in _PATTERNS and not re.fullmatch(_PATTERNS[kind], text, re.ASCII if kind != "plate" else 0):
        raise _wrong(field.name, label, "格式不对，请再看一遍", "does not look right; please check it")
    if kind == "id_number" and not _id_checks(text):
        raise _wrong(
            field.name, label, "最后一位对不上，请逐位核对", "has a wrong check digit; compare digit by digit"
        )
    if kind == "date" and not _is_day(text):
        raise _wrong(field.name, label, "没有这一天", "is not a day of the calendar")
    if kind == "money" and not (field.least or 0) <= Money.parse(text).fen <= (field.most or 10**13):
        raise _wrong(field.name, label, "金额不在范围内", "is outside the allowed amounts")
    return text


def _choices(field: FormField, sent: object) -> Value:
    allowed = {option.value for option in field.options}
    if not isinstance(sent, list) or not all(isinstance(one, str) and one in allowed for one in sent):
        raise _wrong(field.name, field.label, "请从给出的选项里选", "choose among the options")
    if len(set(sent)) != len(sent):
        raise _wrong(field.name, field.label, "同一项选了两次", "has one option twice")
    if not (field.least or 0) <= len(sent) <= (field.most or len(allowed)):
        raise _wrong(field.name, field.label, "选的个数不对", "has too few or too many chosen")
    return list(sent)


def _number(field: FormField, sent: object) -> Value:
    if isinstance(sent, str) and re.fullmatch(r"-?\d{1,12}", sent.strip(), re.ASCII):
        sent = int(sent)
    if not isinstance(sent, int) or isinstance(sent, bool):
        raise _wrong(field.name, field.label, "请填整数", "is a whole number")
    if (field.least is not None and sent < field.least) or (field.most is not None and sent > field.most):
        raise _wrong(field.name, field.label, "数字不在范围内", "is outside the allowed numbers")
    return sent


def _id_checks(text: str) -> bool:
    born = f"{text[6:10]}-{text[10:12]}-{text[12:14]}"
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True))
    return _is_day(born) and _CHECKS[total % 11] == text[17]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def schema(fields: Sequence[FormField]) -> dict[str, Any]:
    """The form as JSON Schema 2020-12. A condition is left out of `required`, and named under `x-when`."""
    properties = {field.name: _property(field) for field in fields}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if field.required and field.when is None],
        "additionalProperties": False,
    }


def _property(field: FormField) -> dict[str, Any]:
    said: dict[str, Any] = {"title": field.label.en, "x-title-zh": field.label.zh}
    if field.when is not None:
        said["x-when"] = field.when
    if field.kind == "yes":
        return said | {"type": "boolean"}
    if field.kind == "number":
        bounds = {"minimum": field.least, "maximum": field.most}
        return (
            said | {"type": "integer"} | {name: value for name, value in bounds.items() if value is not None}
        )
    allowed = [option.value for option in field.options]
    if field.kind == "choices":
        return said | {"type": "array", "uniqueItems": True, "items": {"enum": allowed}}
    if field.kind == "choice":
        return said | {"enum": allowed}
    if field.kind in _PATTERNS:
        return said | {"type": "string", "pattern": _PATTERNS[field.kind]}
    return said | {"type": "string", "maxLength": min(field.most or 10_000, _LENGTHS[field.kind])}

"""An answer made up from its model: for the designer's preview and the crawl, with nobody's data in it."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from fengshou.channels.edge import Ops

_DEPTH_MAX = 6
_TEXTS = {
    "name": "周明", "number": "6290109000000045678", "number_masked": "**** 5678", "phone": "13800000000",
    "tail": "5678",
    "phone_masked": "138 **** 0000", "name_masked": "*明", "bank_code": "", "at": "2026-11-23T01:30:00Z", "icon": "doc",
    "tone": "brand", "state": "done", "locale": "zh-CN", "theme": "default", "kind": "text", "reach": "own", "id": "s1",
    "message": "", "memo": "家用", "alias": "工资卡", "currency": "CNY", "slug": "qinghe",
}  # fmt: skip


def samples_of(ops: Ops) -> dict[str, object]:
    """An answer of each operation of a channel."""
    return {name: sample(one.answers) for name, one in ops.all.items()}


def sample(model: Any, name: str = "", depth: int = 0) -> Any:
    """A value of the form `model`; the same every time."""
    origin, args = get_origin(model), get_args(model)
    if isinstance(model, type) and issubclass(model, BaseModel):
        if set(model.model_fields) == {"zh", "en"}:
            return {"zh": "示例文字", "en": "Sample"}
        return {
            field.serialization_alias or field.alias or member: sample(field.annotation, member, depth + 1)
            for member, field in model.model_fields.items()
        }
    if origin is Literal:
        return args[0]
    if origin in (Union, UnionType):
        kinds = [one for one in args if one is not NoneType]
        return None if NoneType in args and depth > _DEPTH_MAX else sample(kinds[0], name, depth)
    if origin in (list, tuple, set, frozenset):
        return [] if depth > _DEPTH_MAX else [sample(args[0], name, depth + 1) for _ in range(2)]
    if origin is dict:
        return {}
    if args and origin is not None:
        return sample(args[0], name, depth)
    return _plain(model, name)


def _plain(model: Any, name: str) -> Any:
    if isinstance(model, type) and issubclass(model, Enum):
        return next(iter(model)).value
    if model is bool:
        return name in ("signed_in", "mine", "ok")
    if model is int:
        return 1_288_050 if name.endswith("fen") else 2
    if model is float:
        return 1
    if model is UUID:
        return "01930000-0000-7000-8000-000000000001"
    if model is datetime:
        return "2026-11-23T01:30:00Z"
    if model is date:
        return "2026-11-23"
    return _TEXTS.get(name, "示例" if model is str else None)

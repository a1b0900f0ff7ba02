"""The machine-readable twin of the operations: OpenAPI 3.1 made from the registered models."""

from __future__ import annotations

from typing import Any, TypeAlias

import orjson
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from fengshou.channels.edge.registry import Op, Ops

# Pydantic names a model once as it is asked and once as it is answered.
Names: TypeAlias = dict[Any, dict[str, Any]]

_REFS = "#/components/schemas/{model}"
_WORDS = {
    "type": "object",
    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
    "required": ["zh", "en"],
}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457, with the bank's code, kind, facts and both languages.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "kind": {"enum": ["INVALID", "MISSING", "CONFLICT", "REFUSED", "STEP_UP", "WAITING", "BUSY"]},
        "detail": {"type": "string"},
        "facts": {"type": "object"},
        "messages": _WORDS,
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "code", "kind", "detail", "facts", "messages", "request_id"],
}
_REFUSALS = {
    "202": "Outcome unknown: ask, do not send again.",
    "401": "Sign in, or prove more for this act.",
    "403": "Understood and declined; nothing moved.",
    "404": "Not there, or not yours.",
    "405": "Operations are asked with POST.",
    "409": "Contradicts what is recorded.",
    "413": "More bytes than this operation takes (64 KiB, but for uploads).",
    "415": "Not JSON.",
    "422": "The request itself is wrong; `facts.fields` names where.",
    "429": "Too often; `Retry-After` says when.",
    "503": "Not tried; try again later.",
}


def document(ops: Ops, title: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of a channel."""
    pairs: list[tuple[type[BaseModel], Any]] = []
    for op in ops.all.values():
        pairs += [(op.asks, "validation"), (op.answers, "serialization")]
    names: Names
    names, schemas = models_json_schema(list(dict.fromkeys(pairs)), by_alias=True, ref_template=_REFS)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": {
            f"/api/{ops.channel}/{op.name}": {"post": _operation(op, names)} for op in ops.all.values()
        },
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Problem": _PROBLEM},
            "securitySchemes": {
                "cookie": {"type": "apiKey", "in": "cookie", "name": "fs_session"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def as_bytes(ops: Ops, title: str, version: str) -> bytes:
    """The document, ready to send."""
    return orjson.dumps(document(ops, title, version))


def _operation(op: Op, names: Names) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": _REFS.format(model="Problem")}}}
    header = {
        "name": "X-FS-Client", "in": "header", "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[A-Za-z][A-Za-z0-9./ ()_-]*$"},
    }  # fmt: skip
    return {
        "operationId": op.name,
        "tags": [op.name.partition(".")[0]],
        "summary": op.about,
        "security": [{"cookie": []}, {"bearer": []}] if op.auth == "login" else [],
        "parameters": [header] if op.changes else [],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": names[op.asks, "validation"]}},
        },
        "responses": {
            "200": {
                "description": "Done.",
                "content": {"application/json": {"schema": names[op.answers, "serialization"]}},
            },
            **{status: {"description": about, "content": problem} for status, about in _REFUSALS.items()},
        },
    }

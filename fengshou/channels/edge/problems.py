"""Refusals as HTTP: one table from kind to status, one form of body (RFC 9457), both languages."""

from __future__ import annotations

from typing import Any

import orjson

from fengshou.kernel import BankError, Kind

STATUS: dict[Kind, int] = {
    Kind.INVALID: 422,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.REFUSED: 403,
    Kind.STEP_UP: 401,
    Kind.WAITING: 202,
    Kind.BUSY: 503,
}
_TOO_MANY = 429


class OpUnknown(BankError):
    """No operation has this name."""

    code = "REQUEST.OP_UNKNOWN"
    kind = Kind.MISSING
    zh = "没有这项服务，请更新后再试"
    en = "There is no such service. Please update and try again."


class MethodWrong(BankError):
    """Operations are asked with POST."""

    code = "REQUEST.METHOD"
    kind = Kind.INVALID
    zh = "请求的方式不对"
    en = "This is not asked that way."


class TooLarge(BankError):
    """A request's body is at most 64 KiB."""

    code = "REQUEST.TOO_LARGE"
    kind = Kind.INVALID
    zh = "提交的内容太大"
    en = "That is too much for one request."


class NotJson(BankError):
    """A body is a JSON object, and its type says so."""

    code = "REQUEST.NOT_JSON"
    kind = Kind.INVALID
    zh = "提交的内容不是所需的格式"
    en = "The request is not in the form it should have."


class ClientUnnamed(BankError):
    """What changes something names its client in `X-FS-Client`: another site's page cannot."""

    code = "REQUEST.CLIENT_UNNAMED"
    kind = Kind.REFUSED
    zh = "请从手机银行里办理"
    en = "Please do this in the bank's own app."


class Crowded(BankError):
    """Too many at once: this one was turned away at the door, and nothing of it was tried."""

    code = "REQUEST.CROWDED"
    kind = Kind.BUSY
    zh = "现在办理的人太多，请过几秒再试。这一次什么都没有办"
    en = "Too many people are here at once. Please try again in a few seconds; nothing was done this time."


class Broken(BankError):
    """A bug of ours; somebody was told."""

    code = "REQUEST.BROKEN"
    kind = Kind.BUSY
    zh = "系统出了问题，我们已经收到。请稍后再看结果，不要重复提交"
    en = "Something broke on our side and we were told. Look again later; please do not send it twice."


# Those that HTTP has a status of its own for.
_OWN_STATUS: dict[type[BankError], int] = {MethodWrong: 405, TooLarge: 413, NotJson: 415, Broken: 500}


def status_of(error: BankError) -> int:
    """The one table."""
    own = _OWN_STATUS.get(type(error))
    if own is not None:
        return own
    if error.kind is Kind.BUSY and "retry_after_s" in error.facts:
        return _TOO_MANY
    return STATUS[error.kind]


def problem(error: BankError, locale: str, request_id: str) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    """Status, body and headers of a refusal, its words in the reader's language and in both."""
    status, messages = status_of(error), error.messages
    said = messages["en" if locale == "en" else "zh"]
    body: dict[str, Any] = {
        "type": f"urn:fengshou:{error.code}",
        "title": said,
        "status": status,
        "code": error.code,
        "kind": error.kind.name,
        "detail": said,
        "facts": error.facts,
        "messages": messages,
        "request_id": request_id,
    }
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    if isinstance(error, MethodWrong):
        headers.append((b"allow", b"POST"))
    wait = error.facts.get("retry_after_s", 1 if status == STATUS[Kind.BUSY] else None)
    if isinstance(wait, int):
        headers.append((b"retry-after", str(max(1, wait)).encode()))
    if status == STATUS[Kind.STEP_UP]:
        headers.append((b"www-authenticate", b'Bearer realm="fengshou"'))
    return status, orjson.dumps(body, default=str), headers

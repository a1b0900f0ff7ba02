"""What connectors to systems of many providers have in common: who may be asked what, and what silence means.

A client adds its partner's protocol (`say`, `fetch`). Whatever goes wrong there ends as an honest `Said`: a question
without an answer is `unavailable`; an act that may have arrived is `unknown`; what surely did not is `unavailable`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import yaml
from pydantic import ValidationError

from fengshou import kernel, services
from fengshou.adapters.wire.line import Line, Lines, NoAnswer
from fengshou.services import News, Operation, Post, Ring, Said, Talk

QUESTIONS: frozenset[Operation] = frozenset(
    {
        "query.fetch", "share.fetch", "bill.arrears", "bill.status", "bill.day_file", "topup.validate",
        "topup.status", "book.resources", "book.slots", "book.status", "book.queue", "case.progress",
        "cert.status", "door.code", "door.events", "ticket.status", "place.list",
        "trade.quote", "trade.status",
    }
)  # fmt: skip
"""Operations that change nothing at the partner: asked again at will."""

_PROVIDER = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_UNREADABLE = kernel.counter(
    "outside_unreadable", "Answers that were not as agreed", ("outside", "operation")
)
_OWN_REASONS: Mapping[str, tuple[str, str]] = {
    "not_offered": ("对方不提供这项服务", "They do not offer this"),
    "no_such_provider": ("没有这家机构", "There is no such provider"),
    "bad_request": ("请求的内容不对", "The request is not on its form"),
    "no_answer": ("对方没有应答", "They did not answer"),
    "not_reached": ("暂时联系不上对方", "They cannot be reached now"),
    "unreadable": ("对方的应答无法识别", "Their answer cannot be read"),
}


class OffForm(Exception):
    """The partner said something that is not as agreed."""


# Reading what somebody else wrote: whatever shape it has, these end as an answer that cannot be read, never as a
# traceback in a worker that has other partners to speak to.
_NOT_AS_AGREED = (
    OffForm, ValidationError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip


class Unsayable(Exception):
    """What we were asked to say cannot be put in the partner's form; nothing was sent."""


class Speaker(ABC):
    """A connector but for its words: implement `say` and `fetch`, which may raise `NoAnswer`, `OffForm`, `Unsayable`.

    reasons   of refusals, by word: Chinese and English; a refusal for any other reason is unreadable
    """

    system: str
    operations: frozenset[Operation]

    def __init__(self, lines: Lines, reasons: Mapping[str, tuple[str, str]]) -> None:
        self.lines = lines
        self.reasons = {**_OWN_REASONS, **reasons}
        self._log = kernel.get_logger("adapters")

    @abstractmethod
    async def say(self, ring: Ring, params: Talk, line: Line) -> Said:
        """Speak the partner's protocol. `params` are read; the body of what is returned need not be checked."""

    @abstractmethod
    async def fetch(self, after: str) -> Post:
        """One page of news, in the partner's protocol."""

    async def ring(self, ring: Ring) -> Said:
        """Ask or tell. Never raises for what the outside does or fails to do."""
        if ring.operation not in self.operations:
            return self.refused("not_offered")
        if not _PROVIDER.fullmatch(ring.provider):
            return self.refused("no_such_provider")
        try:
            params = services.OPERATIONS[ring.operation][0].model_validate(dict(ring.params))
        except ValidationError:
            return self.refused("bad_request")
        try:
            return self._believed(ring.operation, await self.say(ring, params, self.lines.to(ring.provider)))
        except Unsayable:
            return self.refused("bad_request")
        except NoAnswer as no:
            return self._silence(ring.operation, "no_answer" if no.sent else "not_reached", sent=no.sent)
        except _NOT_AS_AGREED as error:
            self._unreadable(ring.operation, error)
            return self._silence(ring.operation, "unreadable", sent=True)

    async def news(self, after: str) -> Post:
        """What it has to say since `after`. When it says nothing that can be read: nothing, the same cursor."""
        try:
            post = await self.fetch(after)
        except NoAnswer:
            return Post((), after, more=False)
        except _NOT_AS_AGREED as error:
            self._unreadable("news", error)
            return Post((), after, more=False)
        taken: dict[str, News] = {}
        for news in post.news:
            try:
                taken.setdefault(news.message, replace(news, said=self._believed(news.operation, news.said)))
            except _NOT_AS_AGREED as error:  # one bad letter must not keep the others from arriving
                self._unreadable("news", error)
        return Post(tuple(taken.values()), post.cursor, more=post.more and post.cursor != after)

    async def aclose(self) -> None:
        """Close the lines."""
        await self.lines.aclose()

    def refused(self, reason: str) -> Said:
        """A refusal in both languages; a reason nobody knows is off its form."""
        if reason not in self.reasons:
            raise OffForm(reason)
        zh, en = self.reasons[reason]
        return Said("refused", {}, reason, zh, en)

    def _believed(self, operation: Operation, said: Said) -> Said:
        """The same with its body checked: closed, bounded and of the very types."""
        if said.state == "refused":
            return self.refused(said.reason or "")
        if said.state not in ("done", "pending"):
            raise OffForm(said.state)
        if said.state == "pending" and not said.body:
            return said
        gives = services.OPERATIONS[operation][1]
        try:
            body = gives.model_validate_json(orjson.dumps(said.body), strict=True)
        except TypeError as error:  # a whole number beyond 64 bits
            raise OffForm("number") from error
        return Said(said.state, body.model_dump(mode="json"))

    def _unreadable(self, operation: str, error: Exception) -> None:
        _UNREADABLE.labels(self.system, operation).inc()
        kind = type(error).__name__  # its text may quote what a partner said of somebody
        self._log.error("unreadable_answer", outside=self.system, operation=operation, error=kind)

    def _silence(self, operation: Operation, reason: str, *, sent: bool) -> Said:
        unknown = sent and operation not in QUESTIONS
        zh, en = self.reasons[reason]
        return Said("unknown" if unknown else "unavailable", {}, reason, zh, en)


@cache
def reasons_of(folder: Path) -> Mapping[str, tuple[str, str]]:
    """The closed list of reasons in an adapter's manifest."""
    said = yaml.safe_load((folder / "manifest.yaml").read_text("utf-8"))["reasons"]
    return MappingProxyType({word: (texts["zh"], texts["en"]) for word, texts in said.items()})


def renamed(said: object, words: Mapping[str, str]) -> dict[str, Any]:
    """Their words to ours (or back): an object with none but these keys, or `OffForm`."""
    if not isinstance(said, dict) or not said.keys() <= words.keys():
        raise OffForm("words")
    return {words[word]: value for word, value in said.items()}


def listed(said: object) -> list[Any]:
    """A list, or `OffForm`."""
    if not isinstance(said, list):
        raise OffForm("list")
    return said


def json_of(body: bytes) -> dict[str, Any]:
    """The JSON object a partner answered, or `OffForm`."""
    try:
        said = orjson.loads(body)
    except ValueError as error:
        raise OffForm("json") from error
    if not isinstance(said, dict):
        raise OffForm("object")
    return said

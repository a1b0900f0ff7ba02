"""Operations by name. A handler says what it takes and answers in its annotations."""

from __future__ import annotations

import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel

from fengshou.channels.edge.call import Call
from fengshou.channels.edge.request import BODY_MAX

Handler: TypeAlias = Callable[[Call, Any], Awaitable[BaseModel]]
Auth: TypeAlias = Literal["none", "login"]
_H = TypeVar("_H", bound=Callable[..., Awaitable[BaseModel]])


@dataclass(frozen=True, slots=True)
class Op:
    """An operation.

    auth     `login` takes a session of the channel's kind of person
    changes  it needs the header that other sites cannot set
    braked   counted against the address: anybody may try it without being known
    body_max   bytes of its request; only an upload has a reason for more than the usual
    """

    name: str
    auth: Auth
    changes: bool
    braked: bool
    asks: type[BaseModel]
    answers: type[BaseModel]
    handler: Handler
    about: str
    body_max: int = BODY_MAX


class Ops:
    """The operations of one channel, at `/api/<channel>/<op>`."""

    def __init__(self, channel: str, kind: Literal["customer", "staff"]) -> None:
        self.channel, self.kind = channel, kind
        self.all: dict[str, Op] = {}

    def op(
        self,
        name: str,
        *,
        auth: Auth = "login",
        changes: bool = False,
        braked: bool = False,
        body_max: int = BODY_MAX,
    ) -> Callable[[_H], _H]:
        """Register the decorated `async def handler(call: Call, ask: Model) -> Model`."""

        def register(handler: _H) -> _H:
            assert name not in self.all, f"two operations called {name}"
            hints = typing.get_type_hints(handler)
            answers = hints.pop("return")
            hints.pop("call")
            (asks,) = hints.values()
            about = (handler.__doc__ or "").strip().splitlines()[0]
            self.all[name] = Op(name, auth, changes, braked, asks, answers, handler, about, body_max)
            return handler

        return register

    def joined(self, *more: Op) -> Ops:
        """A copy with `more`, leaving this one as it is."""
        found = Ops(self.channel, self.kind)
        found.all = {**self.all, **{op.name: op for op in more}}
        return found

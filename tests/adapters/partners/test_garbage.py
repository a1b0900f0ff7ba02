"""Whatever bytes a partner answers: nothing raises, and nothing but a true answer is believed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fengshou.adapters import wire
from fengshou.services import OPERATIONS, Operation, Ring
from tests.adapters.lines import OWN, outside
from tests.adapters.partners.systems import SYSTEMS, System
from tests.contracts.partners import NOBODY, NOON, SHEN, Hand, lines_to

T = TypeVar("T")
KEY = UUID("0195550e-8c5a-7c3b-a100-0001b1800000")
PARAMS: Mapping[Operation, Mapping[str, Any]] = {
    "query.fetch": {},
    "share.fetch": {},
    "bill.arrears": {"account": "6001239102"},
    "bill.pay": {"account": "6001239102", "paid_at": NOON, "fen": {"b": 1}},
    "bill.status": {},
    "bill.day_file": {"day": "2026-11-24"},
    "topup.validate": {"account": "6001239102"},
    "topup.deliver": {"account": "6001239102", "fen": 1},
    "topup.status": {},
    "book.resources": {},
    "book.slots": {"resource": "internal.1", "from_day": "2026-11-24", "until_day": "2026-11-25"},
    "book.hold": {"slot": "internal.1-202611250800", "seconds": 60},
    "book.confirm": {"booking": "A1"},
    "book.check_in": {"booking": "A1"},
    "book.cancel": {"booking": "A1"},
    "book.status": {"booking": "A1"},
    "book.queue": {"booking": "A1"},
    "case.submit": {"item": "gov.mz.dibao", "form": {}, "way": "phone"},
    "case.supplement": {"number": "ZJ1"},
    "case.withdraw": {"number": "ZJ1"},
    "case.progress": {"number": "ZJ1"},
    "cert.issue": {"kind": "k"},
    "cert.status": {"number": "DZ1"},
    "door.grant": {"doors": ["gate-north"], "from_at": NOON, "until_at": NOON, "holder": "李"},
    "door.code": {"number": "P1"},
    "door.revoke": {"number": "P1"},
    "door.events": {"account": "3-1-502", "since": NOON},
    "ticket.create": {"category": "c", "text": "t"},
    "ticket.update": {"number": "W1"},
    "ticket.status": {"number": "W1"},
    "trade.quote": {"product": "FS002", "side": "buy", "fen": 100_000},
    "trade.place": {"product": "FS002", "side": "buy", "fen": 100_000, "quote": "Q1"},
    "trade.paid": {"number": "TA1", "order": "o"},
    "trade.cancel": {"number": "TA1"},
    "trade.status": {"number": "TA1"},
    "place.list": {"layer": "x", "box": [120.0, 30.0, 120.1, 30.1]},
}
WORDS = (
    "status", "code", "key", "data", "head", "body", "serial", "message", "jsonrpc", "id", "result", "error", "state",
    "reason", "resourceType", "type", "entry", "resource", "issue", "news", "cursor", "more", "lines", "rows", "next",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["OK", "0000", "2.0", "done", "Bundle", "Appointment", "PaymentNotice", "searchset", str(KEY)]),
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8),
)  # fmt: skip
JSONS = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=5),
    max_leaves=12,
)
BODIES = st.binary(max_size=64) | JSONS.map(lambda said: json.dumps(said).encode("utf-8", "surrogatepass"))
OTHERS: tuple[Any, ...] = ("", -1, None, [], {"x": 1}, 10**18, "2026-13-45")
every_system = pytest.mark.parametrize("name", SYSTEMS)


class Parrot(wire.Line):
    """A line at whose end somebody always says the same."""

    said = wire.Answer(200, b"")

    async def call(self, operation: str, method: str, path: str, **_: Any) -> wire.Answer:
        return self.said


class Parrots(wire.Lines):
    """Lines to parrots."""

    def __init__(self) -> None:
        super().__init__(outside(NOBODY))
        self.parrot = Parrot(outside(NOBODY))

    def to(self, provider: str) -> wire.Line:
        return self.parrot


def answer(status: int, body: bytes) -> wire.Answer:
    return wire.Answer(status, body, {"etag": 'W/"1"'})


def run(of: Awaitable[T]) -> T:
    """To its end, without a loop: nobody here waits for anything."""
    coroutine = of.__await__()
    try:
        next(coroutine)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # what the awaitable returns
    raise AssertionError("something waited")


@every_system
@given(body=BODIES, status=st.sampled_from([200, 201, 202, 204, 302, 401, 404, 422]), data=st.data())
@settings(deadline=None, max_examples=60)
def test_garbage_never_raises_and_is_never_done(
    name: str, body: bytes, status: int, data: st.DataObject
) -> None:
    client = client_of(SYSTEMS[name])
    operation = data.draw(st.sampled_from(sorted(client.operations)))
    client.lines.parrot.said = answer(status, body)  # type: ignore[attr-defined]  # it is Parrots

    said = run(client.ring(Ring(operation, f"{name}-1", KEY, "", PARAMS[operation], SHEN)))
    news = run(client.news("c"))

    assert said.state in ("unknown", "unavailable", "refused")
    assert said.state != "unknown" or operation not in wire.QUESTIONS
    assert said.reason_zh
    assert not news.news


CLIENTS: dict[str, wire.Speaker] = {}


def client_of(system: System) -> wire.Speaker:
    if system.name not in CLIENTS:
        CLIENTS[system.name] = system.client(Parrots())
    return CLIENTS[system.name]


@every_system
async def test_a_true_answer_with_one_thing_changed_is_read_whole_or_not_at_all(name: str) -> None:
    """Take each true answer, change one value anywhere: what is done still fits the words of the operation."""
    system = SYSTEMS[name]
    for what in ("act", "question"):
        operation, body, status = await _true_answer(system, what)
        for changed in _changes(orjson.loads(body)):
            client = client_of(system)
            client.lines.parrot.said = answer(status, orjson.dumps(changed))  # type: ignore[attr-defined]  # it is Parrots
            said = await client.ring(system.ring(what, KEY))
            assert said.state in ("done", "pending", "unknown", "unavailable", "refused")
            if said.state == "done":
                OPERATIONS[operation][1].model_validate_json(orjson.dumps(said.body), strict=True)


async def _true_answer(system: System, what: str) -> tuple[Operation, bytes, int]:
    heard: list[wire.Answer] = []
    running = await wire.serve({"/s": system.build(OWN, system.core(epoch="t"), now=Hand().now)})
    lines = lines_to(running.base_url + "/s", read_timeout_ms=5_000)
    line = lines.to(f"{system.name}-0109")
    call = line.call

    async def listened(*of: Any, **more: Any) -> wire.Answer:
        answer = await call(*of, **more)
        heard.append(answer)
        return answer

    line.call = listened  # type: ignore[method-assign]  # to hear the true answer
    client = system.client(lines)
    assert (await client.ring(system.ring(what, KEY))).state == "done"
    await client.aclose()
    await running.stop()
    return system.ring(what).operation, heard[0].body, heard[0].status


def _changes(said: Any) -> list[Any]:
    """The same JSON, each time with one value another, missing, or of another kind."""
    found: list[Any] = []
    for path in _paths(said)[:40]:
        found += [*(_with(said, path, value) for value in OTHERS), _without(said, path)]
    return found


def _paths(said: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: list[tuple[Any, Any]] = []
    if isinstance(said, dict):
        inner = list(said.items())
    elif isinstance(said, list):
        inner = list(enumerate(said[:2]))
    below = [path for key, value in inner for path in _paths(value, (*at, key))]
    return ([at] if at else []) + below


def _with(said: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = orjson.loads(orjson.dumps(said))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copy


def _without(said: Any, path: tuple[Any, ...]) -> Any:
    copy = _with(said, path, None)
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return copy

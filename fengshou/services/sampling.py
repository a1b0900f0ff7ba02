"""Trying a service: its own sample runs, through the engine and its partners to the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from fengshou.kernel import BankError, Kind, Principal, new_id
from fengshou.services.archetypes import ARCHETYPES
from fengshou.services.definition import Definition, Sample
from fengshou.services.services import Services

_LOOKS = 400
_LOOK_S = 0.05
_STEP, _LEAP = timedelta(seconds=5), timedelta(hours=12)
_STEPS = 60  # looks after which small steps of time have done nothing
_ROLES = frozenset({"teller", "risk_officer", "supervisor", "auditor", "centre_ops"})


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a service's samples. `problem` is None when all went as written."""

    service: str
    problem: str | None = None


async def _stand_still(by: timedelta) -> None:
    """Time goes by itself."""


async def _not_proved(order: UUID) -> None:
    """Nobody is there to prove anything: what asks for proof is turned away."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a sample needs around it.

    pass_time  moves the bank's clock and its partners' where nothing happens; without it the sample waits
    prove      proves who the customer is, for an order
    """

    pass_time: Callable[[timedelta], Awaitable[None]] = _stand_still
    prove: Callable[[UUID], Awaitable[None]] = _not_proved


async def try_service(
    services: Services, who: Principal, definition: Definition, around: Around = Around()
) -> Tried:
    """Run the sample that goes well to its end, and let both others be turned away."""
    problem = await _good(services, who, definition, around)
    for sample in definition.bad:
        problem = problem or await _bad(services, who, definition, sample)
    return Tried(definition.key, problem)


async def _good(services: Services, who: Principal, definition: Definition, around: Around) -> str | None:
    sample, archetype = definition.good, ARCHETYPES[definition.archetype]
    clerks = (_clerk(who.bank), _clerk(who.bank))
    begins = clerks[0] if archetype.begun_by == "clerk" else who
    try:
        run = (await services.begin(begins, definition.key, uuid4(), _body(sample))).run
        return await _follow(services, (begins, *clerks), run, sample, around)
    except BankError as refusal:
        return f"the good sample was turned away with {refusal.code}: {refusal.messages['en']}"


async def _do(
    services: Services, who: Principal, run: UUID, act: str, body: Mapping[str, object], around: Around
) -> None:
    """An act of the customer's, proved when it must be."""
    key = uuid4()
    try:
        await services.act(who, run, act, key, body)
    except BankError as refusal:
        if refusal.kind is not Kind.STEP_UP:
            raise
        await around.prove(UUID(str(refusal.facts["order_id"])))
        await services.act(who, run, act, key, body)


def _clerk(bank: int) -> Principal:
    """Somebody at a desk of the bank, for a sample."""
    return Principal("staff", new_id(bank), bank, roles=_ROLES)


async def _follow(
    services: Services, people: tuple[Principal, ...], run: UUID, sample: Sample, around: Around
) -> str | None:
    """Do the customer's part and the clerks', and wait for the others to do theirs."""
    who, first, second = people
    state, idle, version = "", 0, 0
    for _ in range(_LOOKS):
        await services.tick()
        await services.fetch_news()
        seen = await services.view(who, run)
        state, archetype = seen.state, ARCHETYPES[seen.definition.archetype]
        if state == sample.ends or any(event["to_state"] == sample.ends for event in seen.story):
            return None
        if state in archetype.turns:
            act, body = archetype.turns[state]
            await _do(services, who, run, act, {**body, "materials": sample.materials}, around)
            continue
        for act, body in archetype.mine(seen.definition, state, seen.facts):
            await _do(services, who, run, act, body, around)
        clerk = second if seen.facts.get("proposed") else first
        acts = archetype.at_desk(seen.definition, state, seen.facts)
        for act, body in acts:
            await services.act(clerk, run, act, uuid4(), body, way="branch", place="sample")
        idle = 0 if acts or seen.version != version else idle + 1
        version = seen.version
        if not acts:
            await asyncio.sleep(_LOOK_S)  # calls to partners are carried out meanwhile
            await around.pass_time(_STEP if idle < _STEPS else _LEAP)
    return f"the good sample stands at `{state}` and not at `{sample.ends}`"


async def _bad(services: Services, who: Principal, definition: Definition, sample: Sample) -> str | None:
    archetype = ARCHETYPES[definition.archetype]
    who = _clerk(who.bank) if archetype.begun_by == "clerk" else who
    try:
        run = (await services.begin(who, definition.key, uuid4(), _body(sample))).run
        for act, body in archetype.turns.values():
            await services.act(who, run, act, uuid4(), {**body, "materials": sample.materials})
    except BankError as refusal:
        said = refusal.messages
        if refusal.code != sample.refused:
            return f"a bad sample was turned away with {refusal.code}, not {sample.refused}"
        return None if said["zh"] and said["en"] else f"{refusal.code} has no sentence in both languages"
    return f"a bad sample was taken, and should be turned away with {sample.refused}"


def _body(sample: Sample) -> dict[str, object]:
    return {"form": sample.form, "materials": sample.materials}

"""desk.*: cases of services at a bank's own desk: its lists, one case, and what its staff do with it.

Whoever does something does it at a branch: the way and the place stand in the case's story. A case is read whole only
with a mark in the log of the customer's home bank.
"""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from fengshou.channels.console.desk_shapes import CaseRow, CaseShow, Choice, bi_of, case_rows, case_show
from fengshou.channels.console.ops import op
from fengshou.channels.console.shapes import Bi, ById, Limit
from fengshou.channels.edge import LINE, Ask, Call, Empty, Show
from fengshou.kernel import SHANGHAI, BankError, Invalid, Missing, Principal, bank_of
from fengshou.party import RoleMissing
from fengshou.services import FileMissing, Narrow, NotNow, NotYours, RunView, Scope, Way

_BULK_MOST = 100
_HANDLES = frozenset({"teller", "risk_officer", "supervisor", "centre_ops"})
Words: TypeAlias = Annotated[str, StringConstraints(max_length=1_000, pattern=LINE)]
Why: TypeAlias = Annotated[str, StringConstraints(max_length=200, pattern=LINE)]
Named: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ServiceKey: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(?:\.[a-z0-9_]+){1,5}$", max_length=200)
]
Place: TypeAlias = Annotated[str, StringConstraints(max_length=80, pattern=LINE)]


class CasesAsk(Ask):
    """Cases of a scope. `query`: a case's number, a mobile, or a customer's whole name."""

    scope: Scope = "all"
    service: ServiceKey | None = None
    way: Way | None = None
    query: Annotated[str, StringConstraints(max_length=40, pattern=LINE)] | None = None
    before: Annotated[str, StringConstraints(max_length=120)] | None = None
    limit: Limit = 50


class Cases(Show):
    """What is due first on top."""

    items: tuple[CaseRow, ...]
    next: str | None


class Waiting(Show):
    """A service that has something at the desk."""

    value: str
    text: Bi
    runs: int


class Board(Show):
    """How much waits, by scope; `services` are those that have something here."""

    all: int
    mine: int
    free: int
    second: int
    returned: int
    approved: int
    late: int
    mine_today: int
    free_today: int
    services: tuple[Waiting, ...]


class ActAsk(Ask):
    """An act of a case; the same key again is the same act."""

    id: UUID
    key: UUID
    place: Place = ""


class NoteAsk(ActAsk):
    """With a word for the customer."""

    note: Words = ""


class WhyAsk(ActAsk):
    """With a reason."""

    why: Words


class ToAsk(ActAsk):
    """To a colleague; to nobody is back on the list."""

    to: UUID | None = None


class BackAsk(ActAsk):
    """What is to be mended, one or two things, each with why."""

    name: Named
    why: Why
    name2: Named | Literal[""] = ""
    why2: Why = ""


class MendAsk(ActAsk):
    """What the customer says at the counter, for the one thing that was to be mended."""

    value: Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern=LINE)]


class DecideAsk(ActAsk):
    """Yes or no. A no says why."""

    verdict: Literal["approved", "refused"]
    why: Words = ""


class DeliverAsk(ActAsk):
    """What was handed over, by its number if it has one."""

    number: Annotated[str, StringConstraints(max_length=60, pattern=LINE)] = ""


class SwitchAsk(ActAsk):
    """Another way to go on; a visit has an address, a day and an hour."""

    way: Way
    at_place: Place = ""
    visit_on: date | Literal[""] = ""
    visit_hour: Literal["9", "10", "11", "14", "15", "16", ""] = ""


class BulkAsk(Ask):
    """One act with many cases."""

    ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=_BULK_MOST)]
    act: Literal["claim", "hand_on"]
    to: UUID | None = None
    key: UUID
    place: Place = ""


class OverAsk(Ask):
    """What one has goes to a colleague, or back on the list."""

    to: UUID | None = None
    key: UUID
    place: Place = ""


class Refusal(Show):
    """A case with which nothing was done, and why."""

    id: UUID
    text: Bi


class Bulk(Show):
    """How many went well, and the others by name."""

    done: int
    refused: tuple[Refusal, ...]


class Moved(Show):
    """Where a case stands now."""

    id: UUID
    state: str


class Colleagues(Show):
    """Who else works here."""

    items: tuple[Choice, ...]


class FileShow(Show):
    """A paper to look at."""

    name: str
    media_type: str
    base64: str


class FileAsk(Ask):
    """A file of a case."""

    run: UUID
    id: UUID


# -- looking -------------------------------------------------------------------------------------------


@op("desk.cases", changes=True)
async def cases(call: Call, ask: CasesAsk) -> Cases:
    """What is at the desk of one's bank, what is due first on top."""
    narrow = await _narrow(call, ask)
    found = await call.doors.services.desk.cases(
        call.who, ask.scope, narrow, after=ask.before, limit=ask.limit
    )
    return Cases(items=await case_rows(call, found.items), next=found.next)


@op("desk.board")
async def board(call: Call, ask: Empty) -> Board:
    """How much waits for whom."""
    room = call.doors.services
    waiting = await room.desk.services(call.who)
    shown = tuple(
        Waiting(value=key, text=bi_of(room.definition(key, call.who.bank).name), runs=runs)
        for key, runs in waiting.items()
        if key in call.doors.catalog.keys("service", bank=call.who.bank)
    )
    return Board(**await room.desk.board(call.who), services=shown)


@op("desk.case", changes=True)
async def case(call: Call, ask: ById) -> CaseShow:
    """A case whole; the look is noted at the customer's bank."""
    view = await _view(call, ask.id)
    owner = await call.doors.services.desk.owner(call.who, ask.id)
    async with call.doors.db.work(bank_of(owner), call.who) as work:
        person = await call.doors.party.customer(work, owner)
        await work.audit("console.case_seen", str(owner), run=str(ask.id), desk=call.who.bank)
    return await case_show(call, view, person, await call.doors.files.of_run(ask.id))


@op("desk.file", changes=True)
async def file(call: Call, ask: FileAsk) -> FileShow:
    """A paper of a case, to who may see the case."""
    await _view(call, ask.run)
    found = next((one for one in await call.doors.files.of_run(ask.run) if one.id == ask.id), None)
    if found is None:
        raise FileMissing()
    clean = await call.doors.files.read(ask.id)
    async with call.doors.db.work(bank_of(ask.run), call.who) as work:
        await work.audit("console.paper_seen", str(ask.run), file=str(ask.id))
    data = base64.b64encode(clean.data).decode()
    return FileShow(name=found.name, media_type=clean.media_type, base64=data)


@op("desk.colleagues")
async def colleagues(call: Call, ask: Empty) -> Colleagues:
    """To whom a case can be handed: who works at one's bank, but not oneself."""
    staff = await call.doors.party.staff_of(call.who.bank)
    here = [one for one in staff if one.status == "active" and one.id != call.who.id and one.roles & _HANDLES]
    return Colleagues(
        items=tuple(Choice(value=str(one.id), text=Bi(zh=one.name, en=one.name)) for one in here)
    )


# -- doing ---------------------------------------------------------------------------------------------


@op("desk.claim", changes=True)
async def claim(call: Call, ask: ActAsk) -> Moved:
    """Take a case for oneself."""
    return await _act(call, ask, "claim")


@op("desk.hand_on", changes=True)
async def hand_on(call: Call, ask: ToAsk) -> Moved:
    """Give a case to a colleague, or back on the list."""
    return await _act(call, ask, "hand_on", **await _to(call, ask.to))


@op("desk.pass", changes=True)
async def pass_on(call: Call, ask: NoteAsk) -> Moved:
    """This stage is done."""
    return await _act(call, ask, "pass", note=ask.note)


@op("desk.send_back", changes=True)
async def send_back(call: Call, ask: BackAsk) -> Moved:
    """The customer has something to mend; everything else stays as it is."""
    fix = {name: why for name, why in ((ask.name, ask.why), (ask.name2, ask.why2)) if name}
    return await _act(call, ask, "send_back", fix=fix)


@op("desk.mend", changes=True)
async def mend(call: Call, ask: MendAsk) -> Moved:
    """Mend it for a customer who stands at the counter: everything else is as they wrote it."""
    view = await _view(call, ask.id)
    fix = list(view.facts.get("fix") or {})
    field = next((one for one in view.definition.form if fix == [one.name]), None)
    if field is None:
        raise NotNow(act="mend", state=view.state)
    value: object = ask.value == "yes" if field.kind == "yes" else ask.value
    papers = [paper.name for paper in view.definition.materials]  # those that were to come have come
    return await _act(call, ask, "mend", form={field.name: value}, materials=papers)


@op("desk.decide", changes=True)
async def decide(call: Call, ask: DecideAsk) -> Moved:
    """Yes or no; where the stage asks for four eyes, another person agrees first."""
    return await _act(call, ask, "decide", verdict=ask.verdict, why=ask.why)


@op("desk.agree", changes=True)
async def agree(call: Call, ask: ActAsk) -> Moved:
    """The second pair of eyes."""
    return await _act(call, ask, "agree")


@op("desk.differ", changes=True)
async def differ(call: Call, ask: WhyAsk) -> Moved:
    """The second pair of eyes sees it otherwise."""
    return await _act(call, ask, "differ", why=ask.why)


@op("desk.money_back", changes=True)
async def money_back(call: Call, ask: WhyAsk) -> Moved:
    """What was paid for nothing is back with the customer. Where nobody claims it, it is a supervisor's."""
    act = "give_back" if "give_back" in (await _view(call, ask.id)).definition.machine.acts else "resolve"
    if act == "resolve" and "supervisor" not in call.who.roles:
        raise NotYours(act=act)
    return await _act(call, ask, act, why=ask.why)


@op("desk.give_up", changes=True)
async def give_up(call: Call, ask: WhyAsk) -> Moved:
    """A provider says it will not deliver what was paid for."""
    return await _act(call, ask, "give_up", why=ask.why)


@op("desk.deliver", changes=True)
async def deliver(call: Call, ask: DeliverAsk) -> Moved:
    """What comes out is in the customer's hands."""
    return await _act(call, ask, "deliver", number=ask.number)


@op("desk.switch", changes=True)
async def switch(call: Call, ask: SwitchAsk) -> Moved:
    """Go on in another way, with nothing written twice."""
    visit = {}
    if ask.visit_on and ask.visit_hour:
        at = datetime.combine(ask.visit_on, time(int(ask.visit_hour)), SHANGHAI)
        visit = {"visit_at": at.astimezone(UTC).isoformat()}
    place = ask.at_place if ask.way == "home" else ask.at_place or _here(call, ask.place)
    return await _act(call, ask, "switch", way=ask.way, place=place, **visit)


@op("desk.bulk", changes=True)
async def bulk(call: Call, ask: BulkAsk) -> Bulk:
    """One act with many cases, each for itself: what is refused does not hold up the others."""
    to = await _to(call, ask.to) if ask.act == "hand_on" else {}
    return await _each(call, ask.ids, ask.act, ask.key, ask.place, to)


@op("desk.hand_over", changes=True)
async def hand_over(call: Call, ask: OverAsk) -> Bulk:
    """The shift is over: everything one has goes to a colleague, or back on the list."""
    to = await _to(call, ask.to)
    ids = await call.doors.services.desk.held(call.who)
    return await _each(call, ids, "hand_on", ask.key, ask.place, to)


# -- between -------------------------------------------------------------------------------------------


async def _act(call: Call, ask: ActAsk, name: str, **body: Any) -> Moved:
    view = await _view(call, ask.id)
    if name == "hand_on" and body.get("to"):
        await _may_have(call, UUID(body["to"]), view)
    moved = await call.doors.services.act(
        call.who, ask.id, name, ask.key, body, way="branch", place=_here(call, ask.place)
    )
    return Moved(id=ask.id, state=moved.state)


async def _each(
    call: Call, ids: tuple[UUID, ...] | list[UUID], act: str, key: UUID, place: str, body: dict[str, Any]
) -> Bulk:
    """Act by act; each case's key follows from the request's, so that asking again does nothing twice."""
    refused: list[Refusal] = []
    for id_ in dict.fromkeys(ids):
        one = ActAsk(id=id_, key=uuid5(key, str(id_)), place=place)
        try:
            await _act(call, one, act, **body)
        except BankError as said:
            refused.append(Refusal(id=id_, text=Bi(**said.messages)))
    return Bulk(done=len(set(ids)) - len(refused), refused=tuple(refused))


async def _view(call: Call, id_: UUID) -> RunView:
    """A case of one's own bank. Raises `Missing` for every other, the centre's staff included."""
    if not 1 <= bank_of(id_) <= 9_999 or bank_of(id_) != call.who.bank:
        raise Missing(what="case")
    return await call.doors.services.view(call.who, id_)


async def _to(call: Call, to: UUID | None) -> dict[str, Any]:
    """A colleague of one's own bank. Raises `Missing`."""
    if to is None:
        return {}
    found = await call.doors.party.find_staff(to) if 1 <= bank_of(to) <= 9_999 else None
    if found is None or found.bank != call.who.bank or found.status != "active":
        raise Missing(what="colleague")
    return {"to": str(to)}


async def _may_have(call: Call, to: UUID, view: RunView) -> None:
    """A case goes only to whom its stage is for, or to a supervisor. Raises `RoleMissing`."""
    staff = await call.doors.party.find_staff(to)
    role = str(view.facts.get("desk") or "supervisor")
    if staff is None or not staff.roles & {role, "supervisor"}:
        raise RoleMissing(role=role)


def _here(call: Call, place: str) -> str:
    """Where it was done: the branch that was named, or the bank's head office."""
    branches = call.doors.party.branches(call.who.bank)
    named = next((one for one in branches if place in (one.number, one.name_zh)), None)
    if place and named is None:
        raise Invalid(field="place", fields=["place"])
    chosen = named or (branches[0] if branches else None)
    return chosen.name_zh if chosen else ""


async def _narrow(call: Call, ask: CasesAsk) -> Narrow:
    """What the list is narrowed to. A name or mobile nobody has narrows it to nothing."""
    query = (ask.query or "").replace(" ", "")
    if not query:
        return Narrow(ask.service, ask.way)
    if len(query) == 8 and all(sign in "0123456789abcdefABCDEF" for sign in query):
        return Narrow(ask.service, ask.way, query.lower())
    return Narrow(ask.service, ask.way, None, await _customers(call, call.who, query))


async def _customers(call: Call, who: Principal, query: str) -> list[UUID]:
    party = call.doors.party
    try:
        if len(query) == 11 and query.isdecimal():
            found = await party.find_by_phone(query)
            return [found] if found else []
        return await party.find_by_name(who.bank, query)
    except BankError:
        return []

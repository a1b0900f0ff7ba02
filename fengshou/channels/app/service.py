"""service.*: what is offered here, beginning it, going on with it, and one's own runs."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, TypeAlias
from uuid import UUID, uuid5

from pydantic import Field, JsonValue, StringConstraints

from fengshou.channels.app import service_shapes as shapes
from fengshou.channels.app.ops import op
from fengshou.channels.app.service_consent import agreed, proof_of, prove
from fengshou.channels.app.shapes import Bi, Limit
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import CENTRE, Missing, bank_of
from fengshou.services import Definition, FileMissing, NoProvider, RunView, form_schema, page_id

ServiceKey: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9]+(?:\.[a-z0-9_]+){1,5}$", max_length=200)
]
FieldName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ActName: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
Form: TypeAlias = Annotated[dict[FieldName, JsonValue], Field(max_length=80)]
Papers: TypeAlias = Annotated[
    dict[FieldName, Annotated[tuple[UUID, ...], Field(max_length=9)]], Field(max_length=20)
]
Said: TypeAlias = Annotated[str, StringConstraints(max_length=1_000)]
More: TypeAlias = Annotated[
    dict[FieldName, Said | bool | int | float | Annotated[tuple[Said, ...], Field(max_length=20)]],
    Field(max_length=8),
]
_PROVED = frozenset({"submit", "mend", "confirm", "place"})
_BEGUN_BY_HAND = "draft"  # what is begun as a draft is handed in by an act of its own


class ListAsk(Ask):
    """Which services: of a cloud, of a need, or all."""

    cloud: FieldName | None = None
    need: FieldName | None = None


class ServiceItem(Show):
    """A service to open."""

    key: str
    page: str
    name: Bi
    about: Bi
    cloud: str
    icon: str
    tone: str
    ways: tuple[str, ...]


class Services(Show):
    """What is offered in the reader's county."""

    items: tuple[ServiceItem, ...]


class ServiceAsk(Ask):
    """Which service."""

    service: ServiceKey


class OnShelf(Show):
    """An article to open. `state`: new, published (waits to be acknowledged), read, acknowledged."""

    name: str
    title: Bi
    note: Bi
    state: str


class Opened(Show):
    """A service to its reader. `stops` are reasons why they cannot have it; `me` and `today` feed conditions; `shelf`
    is what there is to read, where it is about reading.
    """

    service: str
    page: str
    name: Bi
    about: Bi
    offered: bool
    provider: Bi
    stops: tuple[Bi, ...]
    me: dict[str, str | int | None]
    today: str
    level: int
    tells: tuple[str, ...]
    agreed: bool
    form: dict[str, Any]
    shelf: tuple[OnShelf, ...]


class PrefillAsk(Ask):
    """Fill in what the bank knows; `agree` is the consent to that."""

    service: ServiceKey
    agree: bool


class Prefilled(Show):
    """The fields that are known."""

    form: dict[str, str]


class BeginAsk(Ask):
    """Begin and hand in; `save` keeps it as a draft where the service has drafts."""

    key: UUID
    service: ServiceKey
    form: Form = Field(default_factory=dict)
    files: Papers = Field(default_factory=dict)
    agree: bool = False
    save: bool = False


class ActAsk(Ask):
    """An act of a run of mine. `form` for what is filled in, `stars` and `words` for what is said of it, `more` for
    what only some kinds of services ask (a way, a place, what was read).
    """

    key: UUID
    id: UUID
    act: ActName
    form: Form = Field(default_factory=dict)
    files: Papers = Field(default_factory=dict)
    agree: bool = False
    stars: Annotated[str, StringConstraints(pattern=r"^[1-5]$")] | None = None
    words: Said | None = None
    more: More = Field(default_factory=dict)


class Done(Show):
    """Where a run stands after an act."""

    id: UUID
    state: str


class RunAsk(Ask):
    """Which run of mine."""

    id: UUID


class RunsAsk(Ask):
    """My runs, the newest first."""

    before: UUID | None = None
    limit: Limit = 20


class Runs(Show):
    """A page of them."""

    items: tuple[shapes.RunItem, ...]
    next: UUID | None


@op("service.list")
async def listed(call: Call, ask: ListAsk) -> Services:
    """What is offered in my county: services whose providers are there."""
    rooms, bank = call.doors.services, call.who.bank
    found = [
        one for one in rooms.definitions(bank)
        if ask.cloud in (None, one.cloud) and (ask.need is None or ask.need in one.needs)
        and not one.for_staff and rooms.providers(one.behind.system, bank)
    ]  # fmt: skip
    return Services(items=tuple(_item(one) for one in found))


@op("service.open")
async def opened(call: Call, ask: ServiceAsk) -> Opened:
    """A service as I may have it: who handles it, what stands in the way, what it will tell about me."""
    definition = call.doors.services.definition(ask.service, call.who.bank)
    known = await call.doors.services.known_of(call.who.id)
    today = call.doors.clock.today()
    try:
        provider = Bi(**call.doors.services.chosen(definition, call.who.bank).name.model_dump())
    except NoProvider:
        provider = None
    return Opened(
        service=ask.service, page=page_id(ask.service), name=shapes.bi_of(definition.name),
        about=shapes.bi_of(definition.about), offered=provider is not None, provider=provider or Bi(zh="", en=""),
        stops=tuple(shapes.bi_of(say) for say in definition.stops(known, today)),
        # The page's conditions need no more of me than this; name and phone are for `service.prefill`, by consent.
        me={"age": known["age"], "gender": known["gender"]}, today=today.isoformat(), level=definition.level,
        tells=definition.tells, agreed=await agreed(call, definition), form=form_schema(definition.form),
        shelf=await _shelf(call, definition) if provider is not None else (),
    )  # fmt: skip


@op("service.prefill", changes=True)
async def prefill(call: Call, ask: PrefillAsk) -> Prefilled:
    """What the bank knows of me, put into the form after I said so."""
    definition = call.doors.services.definition(ask.service, call.who.bank)
    if not ask.agree:
        return Prefilled(form={})
    known = await call.doors.services.known_of(call.who.id)
    wanted = {
        f.name: f.prefill.partition(".")[2] for f in definition.form if f.prefill and f.prefill[:3] == "me."
    }
    return Prefilled(
        form={name: str(known[fact]) for name, fact in wanted.items() if known.get(fact) is not None}
    )


@op("service.begin", changes=True)
async def begin(call: Call, ask: BeginAsk) -> Done:
    """Begin a service for me; what is a draft first is handed in by the same touch. The same key is the same run."""
    who, room = call.who, call.doors.services
    call.rates.take(f"service {who.id}")
    definition = room.definition(ask.service, who.bank)
    papers, form = await _papers(call, ask.files), _whole(ask.form)
    if not ask.save:
        await room.check(who, definition, form, papers)
    evidence = None if ask.save else await proof_of(call, definition, "begin", ask.key, form, agree=ask.agree)
    body = {"form": form, "materials": papers}
    moved = await room.begin(who, ask.service, ask.key, body)
    if moved.state == _BEGUN_BY_HAND and not ask.save:
        moved = await room.act(who, moved.run, "submit", uuid5(ask.key, "submit"), body)
    await _attach(call, ask.files, moved.run)
    await prove(call, evidence)
    return Done(id=moved.run, state=moved.state)


@op("service.act", changes=True)
async def act(call: Call, ask: ActAsk) -> Done:
    """Do what can be done with a run of mine: mend, take back, appeal, judge."""
    who, room = call.who, call.doors.services
    view = await _mine(call, ask.id)
    papers, form = await _papers(call, ask.files), _whole(ask.form)
    evidence = None
    if ask.act in ("submit", "mend"):
        if ask.act == "mend":  # papers that came before are there
            papers = sorted({*papers, *(paper.name for paper in view.definition.materials)})
        await room.check(who, view.definition, {**_fields(view), **form}, papers)
    if ask.act in _PROVED:
        evidence = await proof_of(
            call, view.definition, f"{ask.act} {ask.id}", ask.key, form, agree=ask.agree
        )
    said = {"stars": int(ask.stars) if ask.stars else None, "what": ask.words, "why": ask.words}
    body = {**ask.more, "form": form, "materials": papers} | {
        name: value for name, value in said.items() if value is not None
    }
    moved = await room.act(who, ask.id, ask.act, ask.key, body)
    await _attach(call, ask.files, ask.id)
    await prove(call, evidence)
    return Done(id=ask.id, state=moved.state)


@op("service.run")
async def run(call: Call, ask: RunAsk) -> shapes.RunShow:
    """A run of mine with its story, what came out, and what I may do now."""
    view = await _mine(call, ask.id)
    return shapes.run_of(view, await call.doors.files.of_run(ask.id))


@op("service.runs")
async def runs(call: Call, ask: RunsAsk) -> Runs:
    """My runs at every bank, the newest first."""
    who, doors = call.who, call.doors
    accounts = await doors.party.accounts_of(who.id)
    banks = sorted({who.bank, bank_of(who.id), CENTRE, *(one.bank for one in accounts)})
    lists = await asyncio.gather(
        *(doors.services.mine(who, bank, ask.before, ask.limit + 1) for bank in banks)
    )
    found = sorted((view for views in lists for view in views), key=lambda view: view.id, reverse=True)
    shown = found[: ask.limit]
    more = shown[-1].id if len(found) > ask.limit else None
    return Runs(items=tuple(shapes.item_of(view) for view in shown), next=more)


async def _mine(call: Call, id_: UUID) -> RunView:
    """A run of the caller's. Raises `Missing`, of an id that no bank of ours made as well."""
    if not 1 <= bank_of(id_) <= 9_999:
        raise Missing()
    return await call.doors.services.view(call.who, id_)


def _fields(view: RunView) -> dict[str, Any]:
    """What was filled in, without what was found."""
    return {field.name: view.form[field.name] for field in view.definition.form if field.name in view.form}


def _whole(form: Form) -> dict[str, Any]:
    """A form without what was left open: a choice among several leaves out what was not chosen."""
    return {
        name: [one for one in value if one is not None] if isinstance(value, list) else value
        for name, value in form.items() if value not in ("", None)
    }  # fmt: skip


async def _papers(call: Call, files: Papers) -> list[str]:
    """The materials that come along, each of the caller's own files. Raises `FileMissing`."""
    every = [id_ for ids in files.values() for id_ in ids]
    if any(not 1 <= bank_of(id_) <= 9_999 for id_ in every):
        raise FileMissing()
    await call.doors.files.mine(call.who, every)
    return [name for name, ids in files.items() if ids]


async def _attach(call: Call, files: Papers, run_: UUID) -> None:
    ids = [id_ for some in files.values() for id_ in some]
    if ids:
        async with call.doors.db.work(bank_of(run_), call.who) as work:
            await call.doors.files.attach(work, ids, run_, call.who.id)


async def _shelf(call: Call, definition: Definition) -> tuple[OnShelf, ...]:
    """What there is to read, in words."""
    found = await call.doors.services.shelf(call.who, definition)
    return tuple(
        OnShelf(
            name=article.name, title=shapes.bi_of(article.title), state=state,
            note=shapes.note_of_article(article.from_day, state, sticky=article.sticky, ack=article.ack),
        )
        for article, state in found
    )  # fmt: skip


def _item(one: Definition) -> ServiceItem:
    return ServiceItem(
        key=one.key, page=page_id(one.key), name=shapes.bi_of(one.name), about=shapes.bi_of(one.about),
        cloud=one.cloud, icon=shapes.icon_of(one.icon), tone=shapes.TONES.get(one.cloud, "brand"), ways=one.ways,
    )  # fmt: skip

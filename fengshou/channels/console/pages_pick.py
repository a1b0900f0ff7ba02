"""blocks.registry, pages.pick, pages.try, pages.samples: what the designer offers and tries."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from fengshou.channels.console.ops import op
from fengshou.channels.console.pages_shapes import titles
from fengshou.channels.console.samples import sample
from fengshou.channels.console.shapes import Bi
from fengshou.channels.edge import Ask, Call, Empty, Show, Text
from fengshou.pages import (
    ExpressionError,
    Setting,
    block_registry,
    evaluate,
    fill,
    holes,
    names_of,
    refuse_hostile,
)

_PICKED_MAX = 100


class Registry(Show):
    """The protocol, for the palette and the properties form."""

    protocol: int
    kit: int
    kits: tuple[int, ...]
    blocks: tuple[dict[str, Any], ...]
    actions: tuple[dict[str, Any], ...]
    defs: dict[str, Any]
    functions: tuple[dict[str, Any], ...]
    scope: tuple[dict[str, Any], ...]
    icons: tuple[str, ...]
    tones: tuple[str, ...]
    themes: tuple[dict[str, Any], ...]


class PickAsk(Ask):
    """What may stand in a member, by a word of it."""

    what: Literal["page", "picture", "product", "op", "icon", "bank", "branch", "tag", "theme"]
    query: Text = ""
    limit: Annotated[int, Field(ge=1, le=_PICKED_MAX)] = 50


class Choice(Show):
    """One of them."""

    value: str
    title: Bi
    note: Bi
    picture: str | None = None


class Choices(Show):
    """Those that fit."""

    items: tuple[Choice, ...]


class TryAsk(Ask):
    """An expression or a template over a scope of test data."""

    expr: Annotated[str, StringConstraints(max_length=600)] | None = None
    template: Annotated[str, StringConstraints(max_length=4000)] | None = None
    scope: dict[str, Any] = Field(default_factory=dict)
    locale: Literal["zh-CN", "en"] = "zh-CN"


class Tried(Show):
    """What came out, or what is wrong."""

    value: Any
    text: str
    error: Bi | None
    names: tuple[str, ...]


class SamplesAsk(Ask):
    """Operations by name."""

    ops: Annotated[list[str], Field(max_length=60)]


class Samples(Show):
    """An answer in the form of each that there is."""

    items: dict[str, Any]


@op("blocks.registry")
async def registry_(call: Call, ask: Empty) -> Registry:
    """All blocks, actions and functions."""
    return Registry(**block_registry())


@op("pages.pick")
async def pick(call: Call, ask: PickAsk) -> Choices:
    """What may be chosen."""
    query = ask.query.strip().lower()
    found = [
        one
        for one in await _choices(call, ask.what)
        if any(query in text.lower() for text in (one.value, one.title.zh, one.title.en))
    ]
    return Choices(items=tuple(found[: ask.limit]))


async def _choices(call: Call, what: str) -> list[Choice]:
    doors, none = call.doors, Bi(zh="", en="")
    if what == "page":
        return [Choice(value=i, title=t, note=Bi(zh=i, en=i)) for i, t in sorted(titles(doors).items())]
    if what == "picture":
        kept = doors.pages.pictures or {}
        return [
            Choice(value=n, title=Bi(zh=p.zh, en=p.en), note=none, picture=f"/ui/picture/{n}.svg")
            for n, p in kept.items()
        ]
    if what == "op":
        return [
            _op_choice(n, o.about) for ops in (doors.pages.ops or {}).values() for n, o in sorted(ops.items())
        ]
    if what in ("icon", "theme"):
        known = block_registry()
        if what == "icon":
            return [Choice(value=n, title=Bi(zh=n, en=n), note=none) for n in known["icons"]]
        return [Choice(value=t["name"], title=Bi(**t["title"]), note=none) for t in known["themes"]]
    if what == "bank":
        return [
            Choice(value=str(b.institution_id), title=Bi(zh=b.name_zh, en=b.name_en), note=none)
            for b in doors.party.banks()
        ]
    if what == "branch":
        return [
            Choice(value=b.number, title=Bi(zh=b.name_zh, en=b.name_en), note=none)
            for b in doors.party.branches(call.who.bank)
        ]
    if what == "tag":
        sizes = await doors.pages.publishing.tags(call.who.bank)
        return [
            Choice(value=t, title=Bi(zh=t, en=t), note=Bi(zh=f"{n} 人", en=f"{n} readers"))
            for t, n in sizes.items()
        ]
    return []  # products come with the rooms that sell them


def _op_choice(name: str, about: str) -> Choice:
    return Choice(value=name, title=Bi(zh=name, en=name), note=Bi(zh=about, en=about))


@op("pages.try")
async def try_(call: Call, ask: TryAsk) -> Tried:
    """Try an expression or a template."""
    refuse_hostile(ask.scope)
    setting = Setting(ask.locale, call.doors.clock.today().isoformat())
    source = ask.expr if ask.expr is not None else ask.template or ""
    try:
        names = tuple(
            sorted(
                {n for one in ([source] if ask.expr is not None else holes(source)) for n in names_of(one)}
            )
        )
        value = (
            evaluate(source, ask.scope, setting) if ask.expr is not None else fill(source, ask.scope, setting)
        )
    except ExpressionError as error:
        return Tried(value=None, text="", error=Bi(zh=f"读不懂：{error}", en=str(error)), names=())
    return Tried(
        value=value, text=str(fill("{{value}}", {"value": value}, setting) or ""), error=None, names=names
    )


@op("pages.samples")
async def samples(call: Call, ask: SamplesAsk) -> Samples:
    """Answers of the right form, for looking at pages without anybody's data."""
    known = {
        name: one for ops in reversed((call.doors.pages.ops or {}).values()) for name, one in ops.items()
    }
    return Samples(items={name: sample(known[name].answers) for name in ask.ops if name in known})

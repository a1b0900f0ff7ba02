"""What the operations on pages take and answer; see docs/internals/pages-ops.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.channels.console.shapes import Bi, staff_name
from fengshou.channels.edge import Ask, Call, Doors, Show
from fengshou.kernel import CENTRE
from fengshou.pages import Kind, Place, Problem, Version, kind_for

Item: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*(/[a-z0-9-]+)*$", max_length=64)]
Branch: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([0-9]{3})?$")]
Source: TypeAlias = dict[str, Any]
Said: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500)]
At: TypeAlias = Annotated[str, StringConstraints(max_length=200)]


class ByItem(Ask):
    """An item of one's layer: `page` for the centre, `override` for a bank, when `kind` is left out."""

    item: Item
    kind: Kind | None = None
    branch: Branch = ""


class GrayShow(Show):
    """Who sees a gray version, and what ends it."""

    banks: tuple[int, ...]
    tags: tuple[str, ...]
    percent: int
    staff: bool
    error_rate_max: str
    opens_least: int


class HealthShow(Show):
    """What phones reported of a gray version since its run began."""

    opens: int
    errors: int
    rate: str


class VersionShow(Show):
    """A version and where it stands."""

    id: UUID
    bank: int
    branch: str
    kind: Kind
    item: str
    number: int
    revision: int
    state: str
    note: str
    title: Bi
    author: str
    mine: bool
    checker: str
    answer: str
    made_at: datetime
    changed_at: datetime
    decided_at: datetime | None
    live_at: datetime | None
    retired_at: datetime | None
    base: str
    base_moved: bool
    start_at: datetime | None
    stop_at: datetime | None
    gray: GrayShow | None
    health: HealthShow | None
    stopped: str
    comments: int


class ProblemShow(Show):
    """Something to mend: where, what is wrong, what to do."""

    item: str
    at: str
    code: str
    text: Bi
    todo: Bi
    level: Literal["error", "warning"]


class One(Show):
    """The version as it stands now."""

    version: VersionShow


class Written(Show):
    """A draft as it was kept, with what is still to mend."""

    version: VersionShow
    source: Source
    problems: tuple[ProblemShow, ...]


def place(call: Call, item: str, kind: Kind | None, branch: str = "") -> Place:
    """Where an item of the asker's layer stands."""
    return Place(call.who.bank, kind_for(call.who.bank, item, kind), item, branch)


def problem_show(one: Problem) -> ProblemShow:
    """A finding in the console's form."""
    return ProblemShow(
        item=one.page,
        at=one.at,
        code=one.code,
        text=Bi(zh=one.zh, en=one.text),
        todo=Bi(zh=one.todo_zh, en=one.todo_en),
        level=one.level,
    )


def title_of(doors: Doors, version: Version, titles: Mapping[str, Bi]) -> Bi:
    """What an item is called."""
    if version.kind in ("shell", "theme"):
        return {"shell": Bi(zh="五个版块", en="The five sections"), "theme": Bi(zh="主题", en="Theme")}[
            version.kind
        ]
    return titles.get(version.item, Bi(zh=version.item, en=version.item))


def titles(doors: Doors) -> dict[str, Bi]:
    """The titles of the province's pages by id; a title that is only holes is its id."""
    found = {}
    for page in doors.pages.world.province().values():
        zh, en = (page.title, page.title) if isinstance(page.title, str) else (page.title.zh, page.title.en)
        found[page.id] = Bi(zh=page.id, en=page.id) if "{{" in zh else Bi(zh=zh, en=en)
    return found


async def version_show(call: Call, version: Version, *, comments: int = 0) -> VersionShow:
    """A version with the names of who made and checked it, and how its gray run does."""
    doors, gray = call.doors, version.gray
    health = await doors.pages.health.of(version)
    facts = {
        name: getattr(version, name)
        for name in (
            "id", "bank", "branch", "kind", "item", "number", "revision", "state", "note", "answer", "made_at",
            "changed_at", "decided_at", "live_at", "retired_at", "base", "start_at", "stop_at", "stopped",
        )
    }  # fmt: skip
    return VersionShow(
        **facts,
        title=title_of(doors, version, titles(doors)),
        author=await staff_name(doors, version.author),
        checker=await staff_name(doors, version.checker),
        mine=version.author == call.who.id,
        base_moved=doors.pages.publishing.base_moved(version),
        gray=None if gray is None else GrayShow(**gray.model_dump()),
        health=None if health is None else _health(*health),
        comments=comments,
    )


def _health(opens: int, errors: int) -> HealthShow:
    return HealthShow(opens=opens, errors=errors, rate=f"{errors / opens if opens else 0:.4f}")


class GrayAsk(Ask):
    """Who shall see it."""

    banks: Annotated[list[int], Field(default_factory=list, max_length=100)]
    tags: Annotated[list[str], Field(default_factory=list, max_length=20)]
    percent: Annotated[int, Field(ge=1, le=100)] = 100
    staff: bool = False
    error_rate_max: Annotated[str, StringConstraints(pattern=r"^(0(\.\d{1,4})?|1)$")] = "0.02"
    opens_least: Annotated[int, Field(ge=1, le=100_000)] = 20


def for_province(call: Call) -> bool:
    """Whether the asker writes the province's pages."""
    return call.who.bank == CENTRE

"""What an author writes to make a desk: the operations of a list, of one thing in it and of what is done with it.

A descriptor names operations of the console, columns, filters, states and roles; `desk_compile` makes a page of it.
It is content: a new desk needs no build of the client and no restart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator

from fengshou.pages.blocks import ButtonStyle, Nothing
from fengshou.pages.desk import BoardItem, DetailPart, FilterOption
from fengshou.pages.page import AnyBlock, Data
from fengshou.pages.parts import Bilingual, Expr, Icon, Name, Op, Part, Template, Text, Tone, one_of

Role = Literal["teller", "risk_officer", "supervisor", "auditor", "centre_ops"]
Letter = Annotated[str, Field(pattern=r"^[a-z]$")]
TAKEN = frozenset("jkx")
"""Letters of the list itself: down, up, tick."""


class DeskState(Part):
    """What a state of things is called, and its colour."""

    text: Bilingual
    tone: Tone = "neutral"


class DeskColumn(Part):
    """A column: words by `text`, money by `fen`, an instant by `at`, or a state by `state`."""

    title: Text
    text: Text | None = None
    fen: Template | None = None
    at: Expr | None = None
    state: Expr | None = None
    note: Text | None = None
    tone: Tone | None = None
    look: Annotated[str, one_of("plain", "strong", "quiet", "code", "warn")] = "plain"
    width: Literal["s", "m", "l", "rest"] = "m"
    align: Literal["start", "end"] = "start"
    sign: bool = False
    show: Expr | None = None

    @model_validator(mode="after")
    def _one_way(self) -> DeskColumn:
        given = [self.text, self.fen, self.at, self.state]
        if sum(one is not None for one in given) != 1:
            raise ValueError("a column has one of `text`, `fen`, `at`, `state`")
        return self


class DeskFilter(Part):
    """What the list can be narrowed by: the argument `name` of its operation."""

    name: Name
    label: Text
    kind: Literal["pills", "select", "text", "date", "amount", "switch"] = "select"
    options: tuple[FilterOption, ...] = ()
    repeat: Expr | None = None
    value: Template | None = None
    text: Text | None = None
    placeholder: Text | None = None
    start: JsonValue = ""


class DeskList(Part):
    """The list: an operation that answers `{items, next}` and takes `limit` and `before`. Each item has an `id`."""

    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    label: Bilingual
    page_size: int = Field(default=50, ge=5, le=100)
    refresh_s: int = Field(default=0, ge=0, le=300)
    choose_first: bool = False
    columns: Annotated[tuple[DeskColumn, ...], Field(min_length=1, max_length=12)]
    empty: Nothing | None = None


class DeskFigures(Part):
    """Figures above the list, of an operation whose answer is called `board`."""

    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    label: Bilingual
    items: Annotated[tuple[BoardItem, ...], Field(min_length=1, max_length=6)]


class DeskDetail(Part):
    """One thing: its operation is asked with `args` (`chosen` is the row) and its answer is called `one`.

    Without an operation the row itself is the answer. `blocks` are any blocks of the protocol.
    """

    op: Op | None = None
    args: dict[str, JsonValue] = Field(default_factory=dict)
    title: Text
    chip: Text | None = None
    chip_tone: Tone = "neutral"
    state: Expr | None = None
    note: Text | None = None
    fen: Template | None = None
    parts: tuple[DetailPart, ...] = ()
    blocks: tuple[AnyBlock, ...] = ()
    none: Nothing


class DeskConfirm(Part):
    """What is asked once more before the act."""

    title: Text
    text: Text | None = None


class DeskAct(Part):
    """Something done by an operation. Shown to whom may ask it, while `when` holds.

    key    its letter on the keyboard
    ask    what is filled in first, in a dialog: blocks bound to `form`
    done   what is said when it is done
    keyed  whether the operation takes the `key` that makes it happen once
    leave  whether what is chosen is let go afterwards
    """

    name: Name
    text: Text
    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    key: Letter | None = None
    style: ButtonStyle = "line"
    icon: Icon | None = None
    when: Expr | None = None
    say: Text | None = None
    ask: tuple[AnyBlock, ...] = ()
    confirm: DeskConfirm | None = None
    danger: bool = False
    done: Bilingual
    keyed: bool = True
    leave: bool = False


class Desk(Part):
    """A desk whole.

    short   what the rail calls it; its title when left out
    order   its place in the rail, the smallest first
    roles   who has it in the rail; what each may ask is the operations' own business
    data    further answers it is bound to, as a page's
    bulk    what is done with the ticked rows; their ids are `state.picked`
    head    what is done with no row at all
    """

    v: Literal[1] = 1
    key: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    title: Bilingual
    short: Bilingual | None = None
    icon: Icon
    order: int = Field(ge=1, le=99)
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    states: dict[Name, DeskState] = Field(default_factory=dict)
    state: dict[Name, JsonValue] = Field(default_factory=dict)
    data: dict[Name, Data] = Field(default_factory=dict)
    figures: DeskFigures | None = None
    filters: Annotated[tuple[DeskFilter, ...], Field(max_length=6)] = ()
    list: DeskList
    detail: DeskDetail | None = None
    acts: Annotated[tuple[DeskAct, ...], Field(max_length=12)] = ()
    bulk: Annotated[tuple[DeskAct, ...], Field(max_length=6)] = ()
    head: Annotated[tuple[DeskAct, ...], Field(max_length=4)] = ()

    @property
    def every_act(self) -> tuple[DeskAct, ...]:
        """All that can be done here."""
        return (*self.acts, *self.bulk, *self.head)

    @model_validator(mode="after")
    def _whole(self) -> Desk:
        for problem in self._problems():
            raise ValueError(problem)
        return self

    def _problems(self) -> Iterator[str]:
        acts = self.every_act
        if twice := _twice([act.name for act in acts]):
            yield f"two acts are called `{twice}`; rename one"
        letters = [act.key for act in acts if act.key]
        if twice := _twice(letters):
            yield f"the letter `{twice}` stands for two acts; choose another"
        if taken := sorted(TAKEN.intersection(letters)):
            yield f"the letter `{taken[0]}` moves in the list; choose another"
        if twice := _twice([one.name for one in self.filters]):
            yield f"two filters are called `{twice}`; rename one"
        if self.acts and self.detail is None:
            yield "`acts` are done with one thing: give the desk a `detail`, or put them under `bulk` or `head`"
        if own := sorted({"one", "board"} & self.data.keys()):
            yield f"`data.{own[0]}` is the desk's own name; choose another"
        if own := sorted({"form", "find", "chosen", "picked", "states"} & self.state.keys()):
            yield f"`state.{own[0]}` is the desk's own name; choose another"


def _twice(names: list[str]) -> str | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)

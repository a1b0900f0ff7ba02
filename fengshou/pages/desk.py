"""Blocks of a staff desk: dense, worked by keyboard. They read lists by keyset as a `statement` does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from fengshou.pages.actions import Actions
from fengshou.pages.blocks import Block, Button, ButtonStyle, KVRow, Nothing
from fengshou.pages.parts import Expr, Icon, Name, Op, Part, Path, Template, Text, Tone, one_of


class Column(Part):
    """A column of a table: a text, or money when `fen` is given; `item` and `index` are in scope.

    `tone` makes a chip of it where it gives one; `look` is how the words are written; `note` stands quiet behind them.
    """

    title: Text
    text: Text | None = None
    fen: Template | None = None
    sign: bool = False
    note: Text | None = None
    look: Annotated[str, one_of("plain", "strong", "quiet", "code", "warn")] = "plain"
    width: Literal["s", "m", "l", "rest"] = "m"
    align: Literal["start", "end"] = "start"
    tone: Tone | None = None
    show: Expr | None = None


class Table(Block):
    """Rows of an operation that answers `{items, next}`, or of `repeat`. Arrow keys move, Enter taps.

    The chosen row is kept at `into`; its own buttons stand at its end. With `pick`, rows are ticked (X, or their box)
    and their ids kept there as a list. `choose_first` chooses the first row; `refresh_s` asks again by itself.
    """

    t: Literal["table"]
    min: int = 2
    label: Text
    op: Op | None = None
    args: dict[str, JsonValue] = Field(default_factory=dict)
    rows: Name = "items"
    repeat: Expr | None = None
    page_size: int = Field(default=50, ge=5, le=100)
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=12)]
    into: Path | None = None
    pick: Path | None = None
    choose_first: bool = False
    refresh_s: int = Field(default=0, ge=0, le=300)
    tap: Actions = ()
    buttons: tuple[Button, ...] = ()
    empty: Nothing | None = None


class FilterField(Part):
    """One thing to choose rows by; `pills` show every choice side by side.

    With `repeat`, a choice more for each member: `value` and `text` are read from it as `item`.
    """

    bind: Path
    label: Text
    kind: Literal["text", "select", "pills", "date", "amount", "switch"] = "text"
    placeholder: Text | None = None
    options: tuple[FilterOption, ...] = ()
    repeat: Expr | None = None
    value: Template | None = None
    text: Text | None = None
    show: Expr | None = None


class FilterOption(Part):
    """One choice of a filter; `count` stands behind it."""

    value: str
    text: Text
    count: Template | None = None
    show: Expr | None = None


class Filter(Block):
    """What narrows the tables below: a row of fields; `then` runs when one of them has changed."""

    t: Literal["filter"]
    min: int = 2
    label: Text
    items: Annotated[tuple[FilterField, ...], Field(min_length=1, max_length=8)]
    then: Actions = ()


class DetailPart(Part):
    """Some facts of a thing under a heading of their own."""

    title: Text
    rows: tuple[KVRow, ...]
    show: Expr | None = None


class Detail(Block):
    """One thing with all its facts, and what may be done with it."""

    t: Literal["detail"]
    min: int = 2
    title: Text
    chip: Text | None = None
    chip_tone: Tone = "neutral"
    note: Text | None = None
    fen: Template | None = None
    columns: Literal[1, 2, 3] = 2
    parts: Annotated[tuple[DetailPart, ...], Field(max_length=12)] = ()
    buttons: tuple[Button, ...] = ()


class QueueItem(Part):
    """A row of a queue."""

    title: Text
    note: Text | None = None
    chip: Text | None = None
    chip_tone: Tone = "neutral"
    fen: Template | None = None
    due: Template | None = None
    mine: Expr | None = None


class QueueKey(Part):
    """What a key does with the chosen row: its letter is shown beside the words."""

    key: Annotated[str, Field(pattern=r"^[a-z]$")]
    text: Text
    style: ButtonStyle = "soft"
    icon: Icon | None = None
    enabled: Expr | None = None
    tap: Actions


class Queue(Block):
    """What waits for somebody, what is due first on top. J and K move, the letters of `keys` act.

    due   an instant in each item: the time left is shown, and warns as it runs out
    into  where the chosen item is kept
    """

    t: Literal["queue"]
    min: int = 2
    label: Text
    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    rows: Name = "items"
    refresh_s: int = Field(default=15, ge=5, le=300)
    item: QueueItem
    into: Path
    keys: tuple[QueueKey, ...] = ()
    tap: Actions = ()
    empty: Nothing | None = None


class BoardItem(Part):
    """A figure with what it means."""

    label: Text
    value: Template
    note: Text | None = None
    tone: Annotated[str, one_of("ink", "brand", "gift", "info", "danger", "grain")] = "ink"
    show: Expr | None = None
    tap: Actions = ()


class Board(Block):
    """Figures of a desk side by side, one card each: what waits, what is late. A touch narrows the list to it."""

    t: Literal["board"]
    min: int = 2
    label: Text
    items: Annotated[tuple[BoardItem, ...], Field(min_length=1, max_length=6)]


class Act(Part):
    """One thing to be done with what is chosen, and its letter on the keyboard."""

    text: Text
    key: Annotated[str, Field(pattern=r"^[a-z]$")] | None = None
    style: ButtonStyle = "soft"
    icon: Icon | None = None
    show: Expr | None = None
    enabled: Expr | None = None
    tap: Actions


class Acts(Block):
    """What may be done now, at the foot of a pane. Letters act from anywhere on the page but a field."""

    t: Literal["acts"]
    min: int = 2
    label: Text
    items: Annotated[tuple[Act, ...], Field(min_length=1, max_length=12)]


FilterField.model_rebuild()
Filter.model_rebuild()

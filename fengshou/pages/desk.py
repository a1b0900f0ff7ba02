"""Blocks of a staff desk: dense, worked by keyboard. They read lists by keyset as a `statement` does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from fengshou.pages.actions import Actions
from fengshou.pages.blocks import Block, Button, ButtonStyle, KVRow, Nothing
from fengshou.pages.parts import Expr, Icon, Name, Op, Part, Path, Template, Text, Tone


class Column(Part):
    """A column of a table: a text, or money when `fen` is given; `item` and `index` are in scope."""

    title: Text
    text: Text | None = None
    fen: Template | None = None
    sign: bool = False
    width: Literal["s", "m", "l", "rest"] = "m"
    align: Literal["start", "end"] = "start"
    tone: Tone | None = None
    show: Expr | None = None


class Table(Block):
    """Rows of an operation that answers `{items, next}`, or of `repeat`. Arrow keys move, Enter taps.

    The chosen row is kept at `into`; its own buttons stand at its end.
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
    tap: Actions = ()
    buttons: tuple[Button, ...] = ()
    empty: Nothing | None = None


class FilterField(Part):
    """One thing to choose rows by."""

    bind: Path
    label: Text
    kind: Literal["text", "select", "date", "amount", "switch"] = "text"
    options: tuple[FilterOption, ...] = ()
    show: Expr | None = None


class FilterOption(Part):
    """One choice of a filter."""

    value: str
    text: Text


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
    parts: Annotated[tuple[DetailPart, ...], Field(min_length=1, max_length=12)]
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


FilterField.model_rebuild()
Filter.model_rebuild()

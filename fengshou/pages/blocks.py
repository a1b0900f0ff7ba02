"""Blocks that show: balance, services, lists, results. Blocks that ask are in `inputs`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field, JsonValue, PlainValidator, SerializeAsAny, WithJsonSchema, model_validator

from fengshou.pages.actions import Actions
from fengshou.pages.parts import Expr, Icon, Name, Op, Part, Path, Template, Text, Tone, one_of

_STEPS_LEAST = 2
READERS: list[Callable[[object], Part]] = []
"""Reads a block of any kind; `page` puts it here once every kind is known."""


def _block(value: object) -> Part:
    """Any block. Read late: the union of all blocks is known only after the last of them."""
    return READERS[-1](value)


Fallback = Annotated[SerializeAsAny[Part], PlainValidator(_block), WithJsonSchema({"x-block": True})]
ButtonStyle = Annotated[str, one_of("main", "soft", "line", "gold", "gift", "danger", "text")]


class Block(Part):
    """What every block has. `show` hides it while false; `min` is the first client kit that draws it.

    `fallback` is drawn instead by a client that does not know the block, and while its kind is switched off.
    """

    id: Name | None = None
    show: Expr | None = None
    min: int = 1
    fallback: Fallback | None = None


class Link(Part):
    """A quiet word that can be touched."""

    text: Text
    tap: Actions = ()


class Button(Part):
    """A button; its words say the result, not "OK"."""

    text: Text
    style: ButtonStyle = "main"
    icon: Icon | None = None
    enabled: Expr | None = None
    show: Expr | None = None
    tap: Actions


class Figure(Part):
    """A labelled value; `fen` makes it money, which hides with the privacy eye."""

    label: Text
    fen: Template | None = None
    text: Text | None = None
    tone: Tone | None = None
    show: Expr | None = None


class Greeting(Block):
    """Head of a root page: a quiet line, the page's name or a greeting, and up to two icon buttons."""

    t: Literal["greeting"]
    title: Text
    note: Text | None = None
    note_below: bool = False
    icons: tuple[IconButton, ...] = ()
    button: Button | None = None


class IconButton(Part):
    """An icon that stands alone and therefore carries a name for screen readers."""

    icon: Icon
    label: Text
    dot: Expr | None = None
    tap: Actions


class Hero(Block):
    """The terrace card: once on a page, for a balance, a product's rate or a state of safety."""

    t: Literal["hero"]
    art: Literal["card", "flat"] = "card"
    label: Text | None = None
    fen: Template | None = None
    eye: bool = False
    link: Link | None = None
    figures: tuple[Figure, ...] = ()
    chip: Text | None = None
    rate: Text | None = None
    rate_note: Text | None = None
    icon: Icon | None = None
    title: Text | None = None
    note: Text | None = None
    marks: tuple[Text, ...] = ()


class Tile(Part):
    """One service in a grid. `later` marks what is not open yet: it is shown quiet and says so when touched."""

    icon: Icon
    text: Text
    note: Text | None = None
    tone: Tone = "brand"
    badge: Template | None = None
    later: bool = False
    show: Expr | None = None
    tap: Actions = ()


class Grid(Block):
    """Services as tiles: `card` on white, `plain` on paper, `big` for elders, `panel` one card each, `wide`
    icon beside words.
    """

    t: Literal["grid"]
    style: Literal["card", "plain", "big", "panel", "wide"] = "plain"
    columns: Literal[2, 3, 4, 5] = 4
    label: Text
    items: tuple[Tile, ...] = ()
    repeat: Expr | None = None
    item: Tile | None = None


class Cell(Part):
    """One row: icon or initial, title, second line, value, one control."""

    icon: Icon | None = None
    tone: Tone = "brand"
    initial: Text | None = None
    title: Text
    strong: bool = True
    chip: Text | None = None
    chip_tone: Tone = "neutral"
    note: Text | None = None
    note_tone: Tone | None = None
    note_icon: Icon | None = None
    note2: Text | None = None
    note2_icon: Icon | None = None
    fen: Template | None = None
    sign: bool = False
    value: Text | None = None
    value_tone: Tone | None = None
    time: Text | None = None
    label_first: bool = False
    switch: Expr | None = None
    switch_tap: Actions = ()
    button: Button | None = None
    buttons: tuple[Button, ...] = ()
    show: Expr | None = None
    tap: Actions = ()


class List(Block):
    """Rows in one card: written out, or one `item` for each member of `repeat` (`item` and `index` in
    scope).
    """

    t: Literal["list"]
    style: Literal["card", "outline", "split"] = "card"
    label: Text | None = None
    items: tuple[Cell, ...] = ()
    repeat: Expr | None = None
    item: Cell | None = None
    limit: int = Field(default=50, ge=1, le=200)
    empty: Nothing | None = None


class Tasks(Block):
    """At most two things to do today; folds away when there is none."""

    t: Literal["tasks"]
    label: Text
    repeat: Expr
    item: Cell
    limit: int = Field(default=2, ge=1, le=4)


class KVRow(Part):
    """A name and its value; `copy` puts the value on the clipboard when touched."""

    k: Text
    v: Text
    strong: bool = False
    copyable: bool = False
    show: Expr | None = None


class KV(Block):
    """Names and values: in a card, in a sunken well, or plain inside a sheet."""

    t: Literal["kv"]
    style: Literal["card", "sunken", "plain"] = "card"
    rows: tuple[KVRow, ...]


class Figures(Block):
    """Two or three figures side by side in a tinted well."""

    t: Literal["figures"]
    tone: Literal["grain", "sunken"] = "grain"
    items: Annotated[tuple[Figure, ...], Field(min_length=1, max_length=3)]


class Words(Block):
    """Words. `rich` reads `## ` headings, `- ` lists, blank-line paragraphs and `**strong**`, and nothing
    else.
    """

    t: Literal["text"]
    text: Text
    size: Literal["caption", "foot", "body-s", "body", "title", "headline"] = "body"
    tone: Annotated[str, one_of("ink", "ink2", "ink3", "brand", "grain", "danger")] = "ink"
    align: Literal["start", "center"] = "start"
    rich: bool = False
    card: bool = False


class Notice(Block):
    """One sentence that must be seen."""

    t: Literal["notice"]
    text: Text
    tone: Annotated[str, one_of("grain", "danger", "info", "brand")] = "grain"
    icon: Icon = "info"
    tap: Actions = ()


class Section(Block):
    """A heading over what follows, with a quiet word or link at its right."""

    t: Literal["section"]
    title: Text
    quiet: bool = False
    link: Link | None = None


class Product(Block):
    """One product: its rate, its name, one plain sentence."""

    t: Literal["product"]
    rate: Text
    basis: Text
    title: Text
    note: Text
    button: Text | None = None
    tap: Actions = ()


class Step(Part):
    """One step and where it stands."""

    text: Text
    note: Text | None = None


class Steps(Block):
    """How far along: `now` counts from 1. Steps are written out, or one `item` for each member of `repeat`."""

    t: Literal["steps"]
    items: Annotated[tuple[Step, ...], Field(max_length=6)] = ()
    repeat: Expr | None = None
    item: Step | None = None
    now: Expr
    bars: bool = False

    @model_validator(mode="after")
    def _some(self) -> Steps:
        if (self.repeat is None) != (self.item is None) or (
            self.repeat is None and len(self.items) < _STEPS_LEAST
        ):
            raise ValueError("steps have at least two `items`, or one `item` for each member of `repeat`")
        return self


class Moment(Part):
    """One moment of a timeline."""

    text: Text
    at: Text | None = None
    state: Template = "on"
    strong: bool = False
    show: Expr | None = None


class Timeline(Block):
    """What happened, second by second. `state` of a moment: on, wait, bad, next."""

    t: Literal["timeline"]
    card: bool = True
    items: tuple[Moment, ...] = ()
    repeat: Expr | None = None
    item: Moment | None = None


class Result(Block):
    """How an act ended: done, wait (not known yet, never called failed), held, refused, info."""

    t: Literal["result"]
    state: Template
    title: Text
    note: Text | None = None
    fen: Template | None = None


class Receipt(Block):
    """A paper receipt: state, amount, facts, and where the money is. `picture.save` draws this block."""

    t: Literal["receipt"]
    state: Template
    title: Text
    fen: Template
    note: Text | None = None
    capitals: bool = False
    rows: tuple[KVRow, ...]
    repeat: Expr | None = None
    item: Moment | None = None
    items: tuple[Moment, ...] = ()
    issuer: Text | None = None


class Nothing(Part):
    """What will be here one day, and one way out."""

    icon: Icon = "doc"
    title: Text
    note: Text | None = None
    button: Button | None = None


class Empty(Block, Nothing):
    """The same as a block of its own."""

    t: Literal["empty"]


class Statement(Block):
    """An endless list by keyset: the operation answers `{items, next}` and takes `before` and `limit`.

    Rows are grouped by the local day of `at`, an instant in each item.
    """

    t: Literal["statement"]
    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    rows: Name = "items"
    page_size: int = Field(default=20, ge=5, le=100)
    at: Template
    item: Cell
    empty: Nothing | None = None


class Tab(Part):
    """One choice of a row of tabs."""

    value: str
    text: Text
    show: Expr | None = None


class Tabs(Block):
    """A choice among views, kept at `bind`: `tabs` over a page, `seg` in a card, `pills` as filters."""

    t: Literal["tabs"]
    style: Literal["tabs", "seg", "pills"] = "tabs"
    label: Text
    bind: Path
    items: Annotated[tuple[Tab, ...], Field(min_length=2, max_length=8)]
    then: Actions = ()


class QR(Block):
    """A code to be scanned, always dark on white, with one sentence of care."""

    t: Literal["qr"]
    data: Template
    label: Text
    title: Text | None = None
    note: Text | None = None


class Brand(Block):
    """The mark and name of the bank over a terrace: log-in and first pages."""

    t: Literal["brand"]
    title: Text
    note: Text | None = None


class Buttons(Block):
    """One main button, with at most three beside or under it."""

    t: Literal["buttons"]
    layout: Literal["stack", "row"] = "stack"
    items: Annotated[tuple[Button, ...], Field(min_length=1, max_length=4)]


class Spacer(Block):
    """Air."""

    t: Literal["spacer"]
    size: Literal["s", "m", "l"] = "m"


Greeting.model_rebuild()
List.model_rebuild()

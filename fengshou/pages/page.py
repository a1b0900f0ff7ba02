"""A whole page: what data it needs, what it shows, what it asks, where it leads."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, JsonValue, TypeAdapter

from fengshou.pages import blocks as b
from fengshou.pages import desk as d
from fengshou.pages import inputs as i
from fengshou.pages import media as m
from fengshou.pages.actions import Action, Actions
from fengshou.pages.parts import Expr, Icon, Name, Op, PageId, Part, Text

PROTOCOL = 1
"""Major version of the page protocol. A client that does not know it asks to be updated."""

KIT = 2
"""Version of the client kit these models describe; `min` of a block is compared with it."""

KITS = (1, 2)
"""The kits that are still served: an older client gets pages made for it."""


class Group(b.Block):
    """Blocks kept together: under one `show`, repeated over a list, side by side, or in one card."""

    t: Literal["group"]
    style: Literal["plain", "card", "row"] = "plain"
    repeat: Expr | None = None
    kids: tuple[AnyBlock, ...]


class Form(b.Block):
    """Asking blocks in one card. `name` is the part of the state they are bound to and a submit sends."""

    t: Literal["form"]
    name: Name = "form"
    card: bool = True
    kids: tuple[AnyBlock, ...]


AnyBlock = Annotated[
    b.Greeting
    | b.Hero
    | b.Grid
    | b.List
    | b.Tasks
    | b.KV
    | b.Figures
    | b.Words
    | b.Notice
    | b.Section
    | b.Product
    | b.Steps
    | b.Timeline
    | b.Result
    | b.Receipt
    | b.Empty
    | b.Statement
    | b.Tabs
    | b.QR
    | b.Brand
    | b.Buttons
    | b.Spacer
    | i.Amount
    | i.Line
    | i.Code
    | i.Password
    | i.Select
    | i.Agree
    | i.Switch
    | i.Search
    | i.Day
    | i.Stepper
    | i.Upload
    | i.HostBlock
    | m.Image
    | m.Carousel
    | m.Chart
    | d.Table
    | d.Filter
    | d.Detail
    | d.Queue
    | d.Board
    | d.Acts
    | Group
    | Form,
    Field(discriminator="t"),
]
Blocks = tuple[AnyBlock, ...]


def read_block(value: object) -> Part:
    """A block from what an author wrote; raises ValidationError."""
    return value if isinstance(value, b.Block) else _reader().validate_python(value)


b.READERS.append(read_block)


@lru_cache(maxsize=1)
def _reader() -> TypeAdapter[b.Block]:
    return TypeAdapter(AnyBlock)


class Data(Part):
    """One answer of the bank the page is bound to, by the name of its operation.

    `ttl` seconds an answer may be shown again without asking; `on_error`: `page` shows the error instead of
    the page,
    `hide` leaves the name null, `retry` shows a line to try again. `when` delays it until the expression holds.
    """

    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    ttl: int = Field(default=0, ge=0, le=3600)
    on_error: Literal["page", "hide", "retry"] = "page"
    when: Expr | None = None


class NavButton(Part):
    """The icon at the right of the bar."""

    icon: Icon
    label: Text
    tap: Actions


class Nav(Part):
    """The bar above and the tab below. A page with `tab` is a root page and has no way back."""

    bar: bool = True
    tab: Literal["home", "wealth", "life", "credit", "me", "help"] | None = None
    right: NavButton | None = None
    back: Actions = ()


class Sheet(Part):
    """A sheet over the page; focus stays inside it and returns to what opened it."""

    title: Text
    blocks: Blocks
    foot: Blocks = ()


class Variant(Part):
    """What another kind of reader sees instead; what is left out is the page's own."""

    title: Text | None = None
    nav: Nav | None = None
    blocks: Blocks | None = None
    foot: Blocks | None = None
    sheets: dict[Name, Sheet] | None = None


class Variants(Part):
    """The variants a page may have."""

    elder: Variant | None = None


class Page(Part):
    """One page of the app, or of the console.

    `min` is the first kit that can show it at all; an older client shows a page that asks to be updated.
    """

    v: Literal[1] = 1
    id: PageId
    title: Text
    surface: Literal["console"] | None = None
    min: int = Field(default=0, ge=0, le=KIT)
    auth: Literal["none", "login"] = "login"
    nav: Nav = Nav()
    params: dict[Name, str] = Field(default_factory=dict)
    data: dict[Name, Data] = Field(default_factory=dict)
    state: dict[Name, JsonValue] = Field(default_factory=dict)
    open: Actions = ()
    refresh: bool = True
    blocks: Blocks
    foot: Blocks = ()
    foot_bar: bool = False
    sheets: dict[Name, Sheet] = Field(default_factory=dict)
    variants: Variants = Variants()


class ShellTab(Part):
    """One place of the tab bar."""

    key: Literal["home", "wealth", "life", "credit", "me", "help"]
    page: PageId
    icon: Icon
    text: Text


class Shell(Part):
    """The tab bar, for everyone and for elders, and the page for whom nobody is signed in."""

    v: Literal[1] = 1
    tabs: Annotated[tuple[ShellTab, ...], Field(min_length=2, max_length=5)]
    elder_tabs: Annotated[tuple[ShellTab, ...], Field(min_length=2, max_length=4)]
    home: PageId
    sign_in: PageId


Group.model_rebuild()
Form.model_rebuild()
Sheet.model_rebuild()
Variant.model_rebuild()
Page.model_rebuild()


def models_of(union: Any, tag: str) -> dict[str, type[Part]]:
    """The models of a union by what their `tag` member says."""
    return {get_args(model.model_fields[tag].annotation)[0]: model for model in get_args(get_args(union)[0])}


BLOCK_MODELS = models_of(AnyBlock, "t")
ACTION_MODELS = models_of(Action, "do")

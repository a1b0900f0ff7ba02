"""Blocks that ask: each is bound to a path of the page's state, checks itself, and says what is wrong under
itself.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from fengshou.pages.actions import Actions
from fengshou.pages.blocks import Block, Link
from fengshou.pages.parts import Expr, Icon, Op, Part, Path, Template, Text


class Rule(Part):
    """A test over `value` and the page's scope, and the sentence shown while it fails. The bank checks
    again.
    """

    test: Expr
    text: Text


class Input(Block):
    """What every asking block has."""

    bind: Path
    label: Text
    required: bool = False
    enabled: Expr | None = None
    rules: tuple[Rule, ...] = ()


class Amount(Input):
    """Money to be moved: own keypad, capital numerals, what may still go today, the fee. Kept as a decimal
    text `1200.00`.
    """

    t: Literal["amount"]
    remaining: Text | None = None
    fee: Text | None = None
    max_fen: Expr | None = None
    max_text: Text | None = None
    quick: tuple[str, ...] = ()
    big: bool = False
    then: Actions = ()


class Line(Input):
    """One line of typing. `kind` chooses keyboard, grouping and the built-in check."""

    t: Literal["field"]
    kind: Literal[
        "text", "name", "phone", "id_number", "account", "digits", "email", "date", "search", "memo"
    ] = "text"
    placeholder: Text | None = None
    hint: Text | None = None
    max: int = Field(default=64, ge=1, le=500)
    button: Link | None = None
    button_icon: Icon | None = None
    then: Actions = ()


class Code(Input):
    """A code from a text message: sends it by `op` (with `args`), counts down, offers it again.

    `auto` sends the first one unasked.
    """

    t: Literal["code"]
    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    length: int = Field(default=6, ge=4, le=8)
    wait_s: int = Field(default=60, ge=10, le=300)
    auto: bool = False
    into: Path | None = None
    then: Actions = ()


class Password(Input):
    """A secret. It never stands in the page's state where an expression could read it; submits and calls
    carry it.

    `pin` is six digits on the bank's own shuffled pad; `text` is a typed password; `new` also shows how
    strong it is. With `seal`, what leaves the block is sealed for the act of that id: only the bank opens it.
    """

    t: Literal["password"]
    kind: Literal["text", "new", "pin"] = "text"
    same_as: Path | None = None
    seal: Template | None = None
    hint: Text | None = None


class Option(Part):
    """One choice."""

    value: str
    text: Text
    note: Text | None = None
    show: Expr | None = None


class Select(Input):
    """One of several: in a `sheet` with search when long, as `pills` in the row, or as `cards`.

    With `repeat`, `value`, `text` and `note` are read from each member as `item`; the chosen member itself
    is kept at `into`.
    """

    t: Literal["select"]
    style: Literal["sheet", "pills", "cards"] = "sheet"
    placeholder: Text | None = None
    options: tuple[Option, ...] = ()
    repeat: Expr | None = None
    value: Template | None = None
    text: Text | None = None
    note: Text | None = None
    shown_note: Text | None = None
    into: Path | None = None
    then: Actions = ()


class Agree(Block):
    """A consent that is never ticked beforehand, with what is agreed to one touch away."""

    t: Literal["agree"]
    bind: Path
    text: Text
    links: tuple[Link, ...] = ()
    required: bool = True
    missing: Text | None = None


class Switch(Block):
    """A setting that is on or off. With `value` it shows what the bank says; without, what stands at `bind`."""

    t: Literal["switch"]
    bind: Path
    label: Text
    note: Text | None = None
    icon: Icon | None = None
    value: Expr | None = None
    enabled: Expr | None = None
    then: Actions = ()


class Search(Block):
    """A search bar. Bound, it types in place and runs `then` after a pause; with `tap` it is a door to a
    search page.
    """

    t: Literal["search"]
    bind: Path | None = None
    placeholder: Text
    tap: Actions = ()
    then: Actions = ()


class Day(Input):
    """A day, kept as `2026-11-23`; `first` and `last` bound the choice."""

    t: Literal["date"]
    min: int = 2
    first: Expr | None = None
    last: Expr | None = None
    placeholder: Text | None = None
    then: Actions = ()


class Stepper(Input):
    """A small whole number, by minus and plus: people, copies, months. Kept as a number."""

    t: Literal["stepper"]
    min: int = 2
    least: int = Field(default=0, ge=-10_000, le=10_000)
    most: int = Field(default=99, ge=-10_000, le=10_000)
    step: int = Field(default=1, ge=1, le=1_000)
    unit: Text | None = None
    then: Actions = ()


class Upload(Input):
    """Pictures or papers from the phone, made small before they leave it: a list of `{name, media_type, base64}`."""

    t: Literal["upload"]
    min: int = 2
    kind: Literal["photo", "paper"] = "photo"
    most: int = Field(default=1, ge=1, le=9)
    size_max_kb: int = Field(default=30, ge=1, le=40)
    hint: Text | None = None
    then: Actions = ()


class HostBlock(Block):
    """A place filled by client code: `appearance` (language, light, size) or `version` (this app, a waiting
    update).
    """

    t: Literal["host"]
    name: Literal["appearance", "version"]

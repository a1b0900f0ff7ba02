"""What a touch can do. An action names an operation of the bank, a page or a sheet, never an address."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from fengshou.pages.parts import Expr, Icon, Name, Op, PageId, Part, Path, Template, Text


class Go(Part):
    """Open a page; `replace` forgets the present one, `root` forgets the whole way back."""

    do: Literal["go"]
    page: PageId | Template
    params: dict[str, Template] = Field(default_factory=dict)
    replace: bool = False
    root: bool = False


class Back(Part):
    """Return to the page before, or home when there is none."""

    do: Literal["back"]


class Set(Part):
    """Write values into the page's state: `{form.amount: "{{item.amount}}"}`."""

    do: Literal["set"]
    to: dict[Path, JsonValue]


class Toast(Part):
    """Say one short sentence over the page."""

    do: Literal["toast"]
    text: Text
    icon: Icon = "check"


class OpenSheet(Part):
    """Open a sheet of this page."""

    do: Literal["sheet"]
    open: Name


class Close(Part):
    """Close the open sheet."""

    do: Literal["close"]


class Call(Part):
    """Ask the bank; the answer is `result` in `then` and is kept under `into` when given. A refusal is
    `error` in `fail`.
    """

    do: Literal["call"]
    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)
    into: Path | None = None
    then: tuple[Action, ...] = ()
    fail: tuple[Action, ...] | None = None


class Submit(Part):
    """Check the form, then ask the bank for the act.

    The runtime adds `key` (a UUID that stays the same until the answer is definite), sends the page's hash,
    opens the step-up
    sheet when the bank asks for surer proof, and then sends the very same request again. Without `args` the
    whole form goes.
    """

    do: Literal["submit"]
    op: Op
    form: Name = "form"
    args: dict[str, JsonValue] | None = None
    into: Path | None = None
    keyed: bool = True
    then: tuple[Action, ...] = ()
    fail: tuple[Action, ...] | None = None


class Check(Part):
    """Check the form and go on with `then` only when every rule holds."""

    do: Literal["check"]
    form: Name = "form"
    then: tuple[Action, ...]


class Reload(Part):
    """Fetch data of the page again: the named ones, or all."""

    do: Literal["reload"]
    data: tuple[Name, ...] = ()


class If(Part):
    """One of two ways."""

    do: Literal["if"]
    test: Expr
    then: tuple[Action, ...]
    otherwise: tuple[Action, ...] = ()


class Confirm(Part):
    """Ask once before what cannot be undone."""

    do: Literal["confirm"]
    title: Text
    text: Text | None = None
    button: Text
    danger: bool = False
    then: tuple[Action, ...]


class Share(Part):
    """Hand a text to the phone's own sharing."""

    do: Literal["share"]
    text: Text


class Copy(Part):
    """Put a text on the clipboard and say so."""

    do: Literal["copy"]
    text: Text


class Dial(Part):
    """Call a telephone number."""

    do: Literal["dial"]
    number: Template


class Download(Part):
    """Ask the bank for a file `{name, media_type, base64}` and hand it to the reader."""

    do: Literal["download"]
    op: Op
    args: dict[str, JsonValue] = Field(default_factory=dict)


class Env(Part):
    """Change how this phone shows the bank: size, light, language. Kept on the phone."""

    do: Literal["env"]
    elder: bool | Template | None = None
    theme: Literal["auto", "light", "dark", "hc"] | Template | None = None
    locale: Literal["zh-CN", "en"] | Template | None = None
    money_hidden: bool | Template | None = None


class Session(Part):
    """Ask `session.me` again after log-in, log-out or a change of bank; `ended` also forgets what was kept."""

    do: Literal["session"]
    ended: bool = False
    then: tuple[Action, ...] = ()


class Proved(Part):
    """The act that waits for a proof goes on; on the page `prove` alone, where `back` gives the act up."""

    do: Literal["proved"]


class Host(Part):
    """Something only client code can do.

    `passkey.create` takes `options` from an operation and gives `credential`; `passkey.get` likewise;
    `picture.save` turns the
    receipt of the page into a picture; `print` opens the printing of the phone; `scan` reads a code
    by the camera or from a picture and gives `data`; `update` takes a waiting
    version into use.
    """

    do: Literal["host"]
    name: Literal["passkey.create", "passkey.get", "picture.save", "print", "scan", "update"]
    args: dict[str, JsonValue] = Field(default_factory=dict)
    into: Path | None = None
    then: tuple[Action, ...] = ()
    fail: tuple[Action, ...] | None = None


Action = Annotated[
    Go
    | Back
    | Set
    | Toast
    | OpenSheet
    | Close
    | Call
    | Submit
    | Check
    | Reload
    | If
    | Confirm
    | Share
    | Copy
    | Dial
    | Download
    | Env
    | Session
    | Proved
    | Host,
    Field(discriminator="do"),
]
Actions = tuple[Action, ...]
for _model in (Call, Submit, Check, If, Confirm, Session, Host):
    _model.model_rebuild()

"""A front with three operations of its own and no bank behind it: what the edge promises by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, StringConstraints

from fengshou.access import Entered, SessionEnded
from fengshou.channels.edge import Ask, Call, Dispatcher, Doors, Empty, Front, Ops, Show, Text
from fengshou.channels.edge.openapi import as_bytes
from fengshou.channels.edge.site import Site
from fengshou.kernel import BankError, Kind, OutcomeUnknown, Principal, Settings, new_id
from fengshou.pages import Pages

ORIGIN = "http://localhost:8000"


class Echo(Ask):
    """Something to say back."""

    text: Text
    times: Annotated[int, Field(ge=1, le=3)] = 1
    to: Annotated[str, StringConstraints(max_length=5)] = ""


class Said(Show):
    text: str
    who: UUID | None = None


class Keyed(Ask):
    key: UUID


class NotToday(BankError):
    """It is closed today."""

    code = "TESTS.NOT_TODAY"
    kind = Kind.REFUSED
    zh = "今天不行，还剩 {left_fen} 元"
    en = "Not today; {left_fen} left."


@dataclass
class Wires:
    """The front, and the knobs a test turns."""

    front: Front
    pages: Pages
    site: Site
    who: Principal
    crowd: SimpleNamespace  # `waiting`: how many wait for the database
    raises: BaseException | None = None
    rotated: list[str] = field(default_factory=list)


def wire(tmp_path: Path, origin: str = ORIGIN, simulators_url: str | None = None) -> Wires:
    """Operations `echo` (anybody), `keep` (changes, takes a session) and `enter` (anybody, changes, braked)."""
    ops = Ops("app", "customer")
    who = Principal("customer", new_id(109), 109, session=new_id(109))

    @ops.op("echo", auth="none")
    async def echo(call: Call, ask: Echo) -> Said:
        """Say it back."""
        if wires.raises:
            raise wires.raises
        return Said(text=ask.text * ask.times, who=call.caller.id if call.caller else None)

    @ops.op("keep", changes=True)
    async def keep(call: Call, ask: Keyed) -> Said:
        """Keep something."""
        if wires.raises:
            raise wires.raises
        return Said(text=str(ask.key), who=call.who.id)

    @ops.op("enter", auth="none", changes=True, braked=True)
    async def enter(call: Call, ask: Empty) -> Said:
        """Come in."""
        call.enter(Entered("fs1.109." + "s" * 43, "d" * 43, who, True))
        return Said(text="in")

    async def resolve(token: str) -> Principal:
        if token == "good":
            return who
        if token == "staff":
            return Principal("staff", new_id(109), 109, session=new_id(109))
        raise SessionEnded(methods=["log_in"])

    async def rotate(token: str) -> str | None:
        return wires.rotated.pop() if wires.rotated else None

    pages = Pages(None, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    crowd = SimpleNamespace(waiting=0)
    access = SimpleNamespace(resolve=resolve, sessions=SimpleNamespace(rotate=rotate))
    doors = cast(Doors, SimpleNamespace(access=access, pages=pages, simulators_url=simulators_url, db=crowd))
    settings = Settings(dsn="", data_dir=tmp_path, master_key=bytes(32), origin=origin)
    site = Site(doors, tmp_path, heartbeat_s=0.01)
    front = Front(
        settings,
        {"app": (Dispatcher(ops, doors, settings, watch=lambda: 0.0), as_bytes(ops, "t", "1"))},
        site,
        site.close,
    )
    wires = Wires(front, pages, site, who, crowd)
    return wires


def lost() -> OutcomeUnknown:
    """The book's answer did not come."""
    return OutcomeUnknown()


__all__: list[Any] = ["ORIGIN", "NotToday", "Wires", "lost", "wire"]

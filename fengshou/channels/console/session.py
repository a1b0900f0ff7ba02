"""session.*: staff log-in, who sits at the desk, and proving the password again for a decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import StringConstraints

from fengshou.channels.console.ops import MAY, anybody, op
from fengshou.channels.console.shapes import BankShow, Bi, Done, bank_show
from fengshou.channels.edge import Ask, Call, Empty, Show, Text
from fengshou.kernel import CENTRE, Missing

Login: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$")
]
Password: TypeAlias = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")
]


class StaffShow(Show):
    """Somebody who works here."""

    id: UUID
    name: str
    login: str
    roles: tuple[str, ...]
    bank: BankShow
    centre: bool


class Me(Show):
    """Who sits at the desk, and the bank's day and time. `may` names the operations open to their roles."""

    signed_in: bool
    demo: bool
    business_date: date
    now: datetime
    may: tuple[str, ...]
    staff: StaffShow | None


class Tile(Show):
    """A colleague anybody may log in as, in a demo."""

    id: str
    name: str
    note: Bi
    bank_name: Bi


class Tiles(Show):
    """All of them."""

    items: tuple[Tile, ...]


class DemoAsk(Ask):
    """A tile."""

    id: Text


class LogInAsk(Ask):
    """A log-in name, which is one person's in the whole federation, and the password."""

    login: Login
    password: Password


class Entered(Show):
    """Welcome."""

    me: Me
    token: str


class ProofAsk(Ask):
    """The password, for an act that asked for it."""

    order_id: UUID
    password: Password


class Proof(Show):
    """Whether the act may be sent again now."""

    complete: bool
    level: int
    missing: tuple[str, ...]


@anybody("session.me", auth="none")
async def me(call: Call, ask: Empty) -> Me:
    """Who sits at the desk."""
    return await _me(call)


@anybody("session.demo_logins", auth="none")
async def demo_logins(call: Call, ask: Empty) -> Tiles:
    """The demo's colleagues; none in a real bank."""
    party = call.doors.party
    tiles = await call.doors.demo.log_ins() if call.doors.demo else []
    shown = []
    for tile in tiles:
        if tile.kind == "staff":
            bank, note = party.bank(tile.bank), Bi(zh=tile.about_zh, en=tile.about_en)
            shown.append(
                Tile(id=tile.key, name=tile.name, note=note, bank_name=Bi(zh=bank.name_zh, en=bank.name_en))
            )
    return Tiles(items=tuple(shown))


@anybody("session.demo", auth="none", changes=True, braked=True)
async def demo(call: Call, ask: DemoAsk) -> Entered:
    """Sit down at a demo colleague's desk."""
    tiles = await call.doors.demo.log_ins() if call.doors.demo else []
    tile = next((t for t in tiles if t.kind == "staff" and t.key == ask.id), None)
    if tile is None:
        raise Missing(what="demo_login")
    entered = await call.doors.access.log_in.demo("staff", tile.id, call.hint, locale=call.locale)
    call.enter(entered)
    return Entered(me=await _me(call), token=entered.token)


@anybody("session.log_in", auth="none", changes=True, braked=True)
async def log_in(call: Call, ask: LogInAsk) -> Entered:
    """Log in by name and password."""
    login = ask.login.lower()
    found = await call.doors.party.staff_by_login(login)
    # A name nobody has is tried like one somebody has: access takes as long and says the same.
    bank = found.bank if found else CENTRE
    entered = await call.doors.access.log_in.staff(bank, login, ask.password, call.hint, locale=call.locale)
    call.enter(entered)
    return Entered(me=await _me(call), token=entered.token)


@op("session.log_out", changes=True)
async def log_out(call: Call, ask: Empty) -> Done:
    """Leave the desk."""
    await call.doors.access.sessions.log_out(call.who)
    call.leave()
    return Done()


@op("stepup.password", changes=True)
async def prove(call: Call, ask: ProofAsk) -> Proof:
    """Prove the password for the act that asked."""
    proof = await call.doors.access.prove_password(call.who, ask.order_id, ask.password)
    call.renew(proof.token)
    return Proof(complete=proof.complete, level=proof.level, missing=proof.missing)


async def _me(call: Call) -> Me:
    clock = call.doors.clock
    about: dict[str, Any] = {
        "demo": call.doors.demo is not None,
        "business_date": clock.today(),
        "now": clock.now(),
    }
    who = call.caller
    found = await call.doors.party.find_staff(who.id) if who else None
    if who is None or found is None:
        return Me(signed_in=False, may=(), staff=None, **about)
    bank = bank_show(call.doors.party.bank(who.bank))
    shown = StaffShow(
        id=found.id, name=found.name, login=found.login, roles=tuple(sorted(who.roles)), bank=bank,
        centre=who.bank == CENTRE,
    )  # fmt: skip
    may = tuple(name for name, roles in MAY.items() if who.roles & set(roles))
    return Me(signed_in=True, may=may, staff=shown, **about)

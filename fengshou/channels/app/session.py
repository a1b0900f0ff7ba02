"""session.*: who is signed in, how the app looks to them, and the demo's one-click log-ins."""

from __future__ import annotations

from typing import Literal

from fengshou.channels.app import views, words
from fengshou.channels.app.me_view import me_show, person_of
from fengshou.channels.app.ops import op
from fengshou.channels.app.shapes import Bi, Locale, Me
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import Missing, bank_of
from fengshou.party import Preferences


class Tile(Show):
    """One person anybody may log in as."""

    id: str
    kind: str
    name: str
    note: Bi
    bank_name: Bi
    elder: bool


class Tiles(Show):
    """Customers first."""

    items: tuple[Tile, ...]


class DemoAsk(Ask):
    """The tile's id."""

    id: str


class DemoShow(Show):
    """Where to go on; staff have a console of their own."""

    me: Me
    token: str
    go: str


class SetAsk(Ask):
    """What is to change."""

    locale: Locale | None = None
    theme: Literal["auto", "light", "dark", "hc"] | None = None
    elder: bool | None = None


class MeShow(Show):
    """The person afterwards."""

    me: Me


@op("session.me", auth="none")
async def me(call: Call, ask: Empty) -> Me:
    """Who is signed in."""
    return await me_show(call)


@op("session.demo_logins", auth="none")
async def demo_logins(call: Call, ask: Empty) -> Tiles:
    """The people of the demo; none in a real bank."""
    doors = call.doors
    if doors.demo is None:
        return Tiles(items=())
    return Tiles(
        items=tuple(
            Tile(
                id=tile.key, kind=tile.kind, name=tile.name, note=words.bi(tile.about_zh, tile.about_en),
                bank_name=views.bank_name(doors, tile.bank), elder="elder" in tile.key or tile.key == "jin_acai",
            )
            for tile in await doors.demo.log_ins()
        )
    )  # fmt: skip


@op("session.demo", auth="none", changes=True, braked=True)
async def demo(call: Call, ask: DemoAsk) -> DemoShow:
    """Log in as one of the demo's people."""
    tiles = await call.doors.demo.log_ins() if call.doors.demo else []
    tile = next((t for t in tiles if t.key == ask.id), None)
    if tile is None:
        raise Missing(what="demo_login")
    kind: Literal["customer", "staff"] = "staff" if tile.kind == "staff" else "customer"
    entered = await call.doors.access.log_in.demo(kind, tile.id, call.hint, locale=call.locale)
    call.enter(entered)
    if kind == "staff":
        # A member of staff is nobody in the app; the cookie opens the console.
        call.caller = None
        return DemoShow(me=await me_show(call), token=entered.token, go="/console/")
    await settle_bank(call)
    return DemoShow(me=await me_show(call), token=entered.token, go="")


@op("session.set", changes=True)
async def set_(call: Call, ask: SetAsk) -> MeShow:
    """How the app looks to me, on every phone of mine."""
    who = call.who
    old = (await person_of(call, who)).preferences
    wish = Preferences(
        elder=old.elder if ask.elder is None else ask.elder,
        theme=ask.theme or old.theme,
        locale=ask.locale or old.locale,
    )
    async with call.doors.db.work(bank_of(who.id), who) as work:
        await call.doors.party.set_preferences(work, who.id, wish)
    return MeShow(me=await me_show(call))


async def settle_bank(call: Call) -> None:
    """Serve a fresh session at the bank its person chose last."""
    person = await person_of(call, call.who)
    if person.current_bank != call.who.bank:
        await switch(call, person.current_bank)


async def switch(call: Call, bank: int) -> None:
    """Go on at another member bank."""
    await call.doors.access.sessions.switch_bank(call.who, bank)
    assert call.token is not None
    call.caller = await call.doors.access.resolve(call.token)

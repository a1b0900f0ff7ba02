"""security.*: how I get in, on which devices, and what happened lately."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from fengshou.access import Passkey
from fengshou.channels.app import freezing, quoting, views, words
from fengshou.channels.app.enter import Options
from fengshou.channels.app.me_view import me_show
from fengshou.channels.app.messages import event_shown
from fengshou.channels.app.ops import op
from fengshou.channels.app.proof import risen
from fengshou.channels.app.shapes import Bi, LimitsShow, Me, Nothing, PasswordText
from fengshou.channels.edge import LINE, Ask, Call, Empty, Show

EVENTS_MAX = 20
_LOOK_THROUGH = 100

PasskeyName = Annotated[str, StringConstraints(max_length=40, pattern=LINE)]


class PasskeyShow(Show):
    """A passkey of mine."""

    id: UUID
    name: str
    synced: bool
    created_at: datetime
    used_at: datetime | None


class DeviceShow(Show):
    """A device I signed in on."""

    id: UUID
    name: str
    current: bool
    first_seen_at: datetime
    seen_at: datetime
    trusted: bool
    trusted_from: datetime


class EventShow(Show):
    """Something about my safety."""

    at: datetime
    title: Bi
    note: Bi
    icon: str
    tone: str


class Security(Show):
    """The page of security."""

    level: int
    has_password: bool
    passkeys: tuple[PasskeyShow, ...]
    devices: tuple[DeviceShow, ...]
    events: tuple[EventShow, ...]
    limits: LimitsShow | None
    frozen: bool


class Ended(Show):
    """How many sessions ended."""

    ended: int


class IdAsk(Ask):
    """Which one."""

    id: UUID


class ChangeAsk(Ask):
    """The old password and the new."""

    old: PasswordText
    new: PasswordText


class NameAsk(Ask):
    """What to call the new passkey."""

    name: PasskeyName = ""


class AddAsk(Ask):
    """What the phone made."""

    credential: dict[str, Any]
    name: PasskeyName = ""


class RenameAsk(Ask):
    """What to call it."""

    id: UUID
    name: PasskeyName = Field(min_length=1)


class Passkeys(Show):
    """Mine, and me with them."""

    passkeys: tuple[PasskeyShow, ...]
    me: Me


@op("security.view")
async def view(call: Call, ask: Empty) -> Security:
    """How I get in, on which devices, and what happened lately."""
    doors, who = call.doors, call.who
    accounts = await views.open_accounts(doors, who)
    main = next((a for a in accounts if a.status == "active"), None)
    now = doors.clock.now()
    letters = await doors.party.notices(who, limit=_LOOK_THROUGH)
    return Security(
        level=who.level, has_password=await doors.access.passwords.changed_at(who.id) is not None,
        passkeys=await _passkeys(call),
        devices=tuple(
            DeviceShow(
                id=d.id, name=words.device(d.name, call.locale), current=d.current,
                first_seen_at=d.first_seen_at, seen_at=d.seen_at,
                trusted=d.trusted_from <= now, trusted_from=d.trusted_from,
            )
            for d in await doors.access.binding.devices(who)
        ),
        events=tuple(EventShow(**event) for event in event_shown(letters))[:EVENTS_MAX],
        limits=await quoting.limits_show(call, main) if main else None,
        frozen=bool(accounts) and all(a.status == "frozen_by_customer" for a in accounts),
    )  # fmt: skip


@op("security.log_out_others", changes=True)
async def log_out_others(call: Call, ask: Empty) -> Ended:
    """Sign out everywhere else."""
    return Ended(ended=await call.doors.access.sessions.log_out_others(call.who))


@op("security.remove_device", changes=True)
async def remove_device(call: Call, ask: IdAsk) -> Nothing:
    """Forget a device; it is new the next time."""
    await call.doors.access.binding.remove_device(call.who, ask.id)
    return Nothing()


@op("security.change_password", changes=True)
async def change_password(call: Call, ask: ChangeAsk) -> Nothing:
    """Replace my password; every other session ends."""
    await call.doors.access.passwords.change(call.who, ask.old, ask.new)
    return Nothing()


@op("security.passkey_options", changes=True)
async def passkey_options(call: Call, ask: NameAsk) -> Options:
    """Ask the phone to make a passkey; takes two factors, or a fresh registration."""
    person = (await me_show(call)).customer
    name = (person.name or person.phone_masked) if person else ""
    return Options(options=await call.doors.access.binding.passkey_options(call.who, ask.name or name))


@op("security.add_passkey", changes=True)
async def add_passkey(call: Call, ask: AddAsk) -> Passkeys:
    """Keep the passkey the phone made."""
    _, token = await call.doors.access.binding.add_passkey(call.who, ask.credential, ask.name)
    await risen(call, token)
    return Passkeys(passkeys=await _passkeys(call), me=await me_show(call))


@op("security.rename_passkey", changes=True)
async def rename_passkey(call: Call, ask: RenameAsk) -> Nothing:
    """What a passkey is called."""
    await call.doors.access.passkeys.rename(call.who, ask.id, ask.name)
    return Nothing()


@op("security.remove_passkey", changes=True)
async def remove_passkey(call: Call, ask: IdAsk) -> Nothing:
    """Forget a passkey; takes a factor."""
    await call.doors.access.binding.remove_passkey(call.who, ask.id)
    return Nothing()


@op("security.lost_phone", changes=True)
async def lost_phone(call: Call, ask: Empty) -> Nothing:
    """Stop every account and every log-in, this one too."""
    who = call.who
    await freezing.freeze_all(call.doors, who.id)
    await call.doors.access.binding.freeze(who.id)
    call.leave()
    return Nothing()


async def _passkeys(call: Call) -> tuple[PasskeyShow, ...]:
    return tuple(_shown(p) for p in await call.doors.access.passkeys.all_of(call.who))


def _shown(passkey: Passkey) -> PasskeyShow:
    return PasskeyShow(
        id=passkey.id, name=passkey.name, synced=passkey.synced, created_at=passkey.created_at,
        used_at=passkey.used_at,
    )  # fmt: skip

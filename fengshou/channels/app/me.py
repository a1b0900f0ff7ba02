"""me.*: who I am to the bank, and what I agreed to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import StringConstraints

from fengshou.channels.app import views
from fengshou.channels.app.enter import CHANNEL, digits
from fengshou.channels.app.me_view import me_show, person_of
from fengshou.channels.app.ops import op
from fengshou.channels.app.proof import proved, risen
from fengshou.channels.app.session import MeShow
from fengshou.channels.app.shapes import BankShow, Bi, CodeText, NameText, PasswordText, PhoneText
from fengshou.channels.app.texts import AGREED_AT_ENTRY, SHORT, title_of
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import Missing, bank_of


class PasswordAsk(Ask):
    """A first password."""

    password: PasswordText


class RealNameAsk(Ask):
    """Name and number as on the identity card."""

    name: NameText
    id_number: Annotated[str, StringConstraints(min_length=15, max_length=20)]
    agree: Literal[True]


class SettingsPage(Show):
    """The page of my data and settings."""

    locale: str
    theme: str
    elder: bool
    phone_masked: str
    name_masked: str
    id_number_masked: str
    real_name: str
    home_bank: BankShow
    bank: BankShow
    joined_at: datetime


class ConsentShow(Show):
    """What I agreed to."""

    purpose: str
    version: str
    title: Bi
    given_at: datetime
    withdrawn_at: datetime | None
    needed: bool


class Consents(Show):
    """Newest first."""

    items: tuple[ConsentShow, ...]


class PurposeAsk(Ask):
    """Which consent."""

    purpose: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,59}$")]


class PhoneAsk(Ask):
    """The new phone and the code sent to it (purpose `register`)."""

    phone: PhoneText
    code: CodeText


@op("me.set_password", changes=True)
async def set_password(call: Call, ask: PasswordAsk) -> MeShow:
    """Set my first password."""
    await risen(call, await call.doors.access.passwords.set_first(call.who, ask.password))
    return MeShow(me=await me_show(call))


@op("me.real_name", changes=True, braked=True)
async def real_name(call: Call, ask: RealNameAsk) -> MeShow:
    """Have my identity verified by the register."""
    await call.doors.party.verify_real_name(call.who.id, ask.name, ask.id_number)
    return MeShow(me=await me_show(call))


@op("me.settings")
async def settings(call: Call, ask: Empty) -> SettingsPage:
    """My data and how the app looks."""
    doors, who = call.doors, call.who
    person = await person_of(call, who)
    look = person.preferences
    return SettingsPage(
        locale=look.locale, theme=look.theme, elder=look.elder, phone_masked=person.phone_masked,
        name_masked=person.name_masked or "", id_number_masked=person.id_number_masked or "",
        real_name=person.real_name, home_bank=views.bank_show(doors.party.bank(person.bank)),
        bank=views.bank_show(doors.party.bank(who.bank)), joined_at=person.joined_at,
    )  # fmt: skip


@op("me.consents")
async def consents(call: Call, ask: Empty) -> Consents:
    """What I agreed to."""
    titles = {key: title_of(call.doors.catalog.text(key)) for key in call.doors.catalog.keys("text")}
    titles |= {short: titles[key] for short, key in SHORT.items()}
    return Consents(
        items=tuple(
            ConsentShow(
                purpose=c.purpose, version=c.version, title=titles.get(c.purpose, Bi(zh=c.purpose, en=c.purpose)),
                given_at=c.given_at, withdrawn_at=c.withdrawn_at,
                needed=SHORT.get(c.purpose, c.purpose) in AGREED_AT_ENTRY,
            )
            for c in await call.doors.party.consents(call.who.id)
        )
    )  # fmt: skip


@op("me.consent", changes=True)
async def consent(call: Call, ask: PurposeAsk) -> Consents:
    """Agree to a text as it reads today."""
    doors, who = call.doors, call.who
    if ask.purpose not in doors.catalog.keys("text"):
        raise Missing(what="text")
    async with doors.db.work(bank_of(who.id), who) as work:
        version = doors.catalog.text(ask.purpose).version
        await doors.party.consent(work, who.id, ask.purpose, version, CHANNEL)
    return await consents(call, Empty())


@op("me.withdraw", changes=True)
async def withdraw(call: Call, ask: PurposeAsk) -> Consents:
    """Take a consent back."""
    doors, who = call.doors, call.who
    async with doors.db.work(bank_of(who.id), who) as work:
        await doors.party.withdraw_consent(work, who.id, ask.purpose)
    return await consents(call, Empty())


@op("me.change_phone", changes=True, braked=True)
async def change_phone(call: Call, ask: PhoneAsk) -> MeShow:
    """Move to another phone number: the new phone is proved by a code, I by two factors."""
    doors, who, phone = call.doors, call.who, digits(ask.phone)
    evidence = await proved(call, "change_phone", phone, bank=bank_of(who.id))
    await doors.access.check_code(phone, "register", ask.code)
    async with doors.db.work(bank_of(who.id), who) as work:
        await doors.access.spend(work, evidence)
        await doors.party.change_phone(work, who.id, phone)
    return MeShow(me=await me_show(call))

"""Who is signed in: the one answer most pages are bound to."""

from __future__ import annotations

from fengshou.channels.app import views, words
from fengshou.channels.app.greeting import greeting
from fengshou.channels.app.shapes import BankShow, CustomerShow, Me, SettingsShow
from fengshou.channels.edge import Call, Doors
from fengshou.kernel import CENTRE, Clock, Principal, bank_of
from fengshou.party import Customer


async def me_show(call: Call) -> Me:
    """The person who is signed in, or that nobody is."""
    doors, who = call.doors, call.caller
    if who is None:
        return _nobody(doors)
    async with doors.db.read(bank_of(who.id), who) as work:
        person = await doors.party.customer(work, who.id)
    accounts = await views.open_accounts(doors, who)
    has_password = await doors.access.passwords.changed_at(who.id) is not None
    passkeys = len(await doors.access.passkeys.all_of(who))
    banks = {a.bank: None for a in accounts}
    return Me(
        signed_in=True, demo=doors.demo is not None, bank=views.bank_show(doors.party.bank(who.bank)),
        banks=tuple(views.bank_show(doors.party.bank(bank)) for bank in banks),
        now=doors.clock.now(), today=doors.clock.today(), customer=_person(person, doors.clock),
        settings=_settings(person), level=who.level, has_password=has_password, passkeys=passkeys,
        has_account=bool(accounts), unread=await doors.party.unread(who),
        new_device_until=await doors.access.cooling_until(who),
        next_step="password" if not has_password and not passkeys
        else "real_name" if person.real_name != "verified" else None if accounts else "open_account",
    )  # fmt: skip


def _nobody(doors: Doors) -> Me:
    return Me(
        signed_in=False, demo=doors.demo is not None, bank=centre_show(doors), banks=(), now=doors.clock.now(),
        today=doors.clock.today(), customer=None, settings=None, level=0, has_password=False, passkeys=0,
        has_account=False, unread=0, new_device_until=None, next_step=None,
    )  # fmt: skip


def centre_show(doors: Doors) -> BankShow:
    """The bank of those who are at none yet."""
    return views.bank_show(doors.party.bank(CENTRE))


def _settings(person: Customer) -> SettingsShow:
    p = person.preferences
    return SettingsShow(elder=p.elder, theme=p.theme, locale=p.locale)


def _person(person: Customer, clock: Clock) -> CustomerShow:
    return CustomerShow(
        id=person.id, name=person.name or "", name_masked=person.name_masked or "",
        greeting=words.of(greeting(person.name or "", clock.now())), phone_masked=person.phone_masked,
        real_name=person.real_name, id_number_masked=person.id_number_masked or "", home_bank=person.bank,
        elder=person.preferences.elder, theme=person.preferences.theme, locale=person.preferences.locale,
        age=person.age(clock.today()),
    )  # fmt: skip


async def person_of(call: Call, who: Principal) -> Customer:
    """The signed-in person's record at the home bank."""
    async with call.doors.db.read(bank_of(who.id), who) as work:
        return await call.doors.party.customer(work, who.id)

"""enter.*: signing up and signing in, out, and getting back in."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from fengshou.access import Entered
from fengshou.channels.app import freezing
from fengshou.channels.app.me_view import me_show
from fengshou.channels.app.ops import op
from fengshou.channels.app.session import settle_bank
from fengshou.channels.app.shapes import BankId, CodeText, Locale, Me, Nothing, PasswordText, PhoneText
from fengshou.channels.app.texts import AGREED_AT_ENTRY
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import CENTRE, Missing

CHANNEL = "app"


class SmsAsk(Ask):
    """Which code, to which phone."""

    phone: PhoneText
    purpose: Literal["log_in", "register", "reset", "new_device", "freeze"]


class Sent(Show):
    """The same for every phone."""

    resend_after_s: int
    expires_after_s: int


class RegisterAsk(Ask):
    """A phone that was proved, and the county bank to be at home at."""

    phone: PhoneText
    code: CodeText
    agree: Literal[True]
    bank: BankId | None = None
    locale: Locale | None = None


class LoginAsk(Ask):
    """`code` on a device that is new."""

    phone: PhoneText
    password: PasswordText
    code: CodeText | None = None


class CodeAsk(Ask):
    """A phone and the code that was sent to it."""

    phone: PhoneText
    code: CodeText


class CredentialAsk(Ask):
    """What the passkey answered."""

    credential: dict[str, Any]


class ResetAsk(Ask):
    """`id_number` once the identity is verified."""

    phone: PhoneText
    code: CodeText
    password: PasswordText
    id_number: str | None = None


class Options(Show):
    """For `navigator.credentials`."""

    options: dict[str, Any]


class EnteredShow(Show):
    """The session is in the cookies; `token` is for clients without any."""

    me: Me
    token: str
    new_device: bool


def digits(phone: str) -> str:
    """The phone without blanks."""
    return phone.replace(" ", "")


@op("enter.sms", auth="none", changes=True, braked=True)
async def sms(call: Call, ask: SmsAsk) -> Sent:
    """Send a code."""
    sent = await call.doors.access.send_code(
        digits(ask.phone), ask.purpose, address=call.hint.address, locale=call.locale
    )
    return Sent(resend_after_s=sent.resend_after_s, expires_after_s=sent.expires_after_s)


@op("enter.register", auth="none", changes=True, braked=True)
async def register(call: Call, ask: RegisterAsk) -> EnteredShow:
    """Become a customer; a phone that is one already is signed in."""
    doors = call.doors
    home = ask.bank if ask.bank not in (None, CENTRE) else doors.party.banks()[0].institution_id
    assert home is not None
    doors.party.bank(home)
    locale = ask.locale or call.locale

    async def admit(phone: str) -> UUID:
        async with doors.db.work(home) as work:
            person = await doors.party.register(work, phone, locale)
            for purpose in AGREED_AT_ENTRY:
                version = doors.catalog.text(purpose, home).version
                await doors.party.consent(work, person.id, purpose, version, CHANNEL)
        return person.id

    entered = await doors.access.log_in.by_code(
        digits(ask.phone), ask.code, call.hint, purpose="register", register=admit, locale=locale
    )
    return await _entered(call, entered)


@op("enter.login", auth="none", changes=True, braked=True)
async def login(call: Call, ask: LoginAsk) -> EnteredShow:
    """Sign in with a password."""
    entered = await call.doors.access.log_in.by_password(
        digits(ask.phone), ask.password, call.hint, code=ask.code, locale=call.locale
    )
    return await _entered(call, entered)


@op("enter.login_sms", auth="none", changes=True, braked=True)
async def login_sms(call: Call, ask: CodeAsk) -> EnteredShow:
    """Sign in with a code; the session may look, and proves more for anything else."""
    entered = await call.doors.access.log_in.by_code(
        digits(ask.phone), ask.code, call.hint, locale=call.locale
    )
    return await _entered(call, entered)


@op("enter.passkey_options", auth="none", braked=True)
async def passkey_options(call: Call, ask: Empty) -> Options:
    """Ask the phone for any passkey of this bank."""
    return Options(options=await call.doors.access.log_in.passkey_options())


@op("enter.passkey", auth="none", changes=True, braked=True)
async def passkey(call: Call, ask: CredentialAsk) -> EnteredShow:
    """Sign in with a passkey."""
    entered = await call.doors.access.log_in.by_passkey(ask.credential, call.hint, locale=call.locale)
    if entered.principal.kind != "customer":
        raise Missing()
    return await _entered(call, entered)


@op("enter.logout", changes=True)
async def logout(call: Call, ask: Empty) -> Nothing:
    """Sign out on this device."""
    await call.doors.access.sessions.log_out(call.who)
    call.leave()
    return Nothing()


@op("enter.reset_password", auth="none", changes=True, braked=True)
async def reset_password(call: Call, ask: ResetAsk) -> Nothing:
    """Set another password with a code and the ID number on file; every session ends."""
    await call.doors.access.passwords.reset(digits(ask.phone), ask.code, ask.id_number or "", ask.password)
    return Nothing()


@op("enter.freeze", auth="none", changes=True, braked=True)
async def freeze(call: Call, ask: CodeAsk) -> Nothing:
    """The phone is lost: shut log-in and accounts from any other phone."""
    customer = await call.doors.access.binding.freeze_by_code(digits(ask.phone), ask.code)
    if customer is not None:
        await freezing.freeze_all(call.doors, customer)
    return Nothing()


async def _entered(call: Call, entered: Entered) -> EnteredShow:
    call.enter(entered)
    await settle_bank(call)
    return EnteredShow(me=await me_show(call), token=entered.token, new_device=entered.device_added)

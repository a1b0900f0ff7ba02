"""The ways in: phone and code, phone and password, passkey, and the staff's name and password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fengshou.access import store_sessions, tokens
from fengshou.access.codes import Codes, take_windows
from fengshou.access.errors import Frozen, LogInDenied, LogInWrong, NewDevice, NotRegistered
from fengshou.access.locks import Locks
from fengshou.access.model import PASSKEY, PASSWORD, SMS, DeviceHint, Entered, OwnerKind, Purpose, device_name
from fengshou.access.passkeys import Passkeys
from fengshou.access.passwords import Passwords
from fengshou.access.ports import LogInAttempt, LogInVerdict
from fengshou.access.room import Room
from fengshou.access.sessions import Sessions
from fengshou.kernel import CENTRE, Missing, bank_of, new_id

_NAME_MOST = 64


class LogIn:
    """Checks factors, asks risk, opens a session."""

    def __init__(
        self,
        room: Room,
        locks: Locks,
        sessions: Sessions,
        codes: Codes,
        passwords: Passwords,
        passkeys: Passkeys,
    ) -> None:
        self._room, self._locks, self._sessions = room, locks, sessions
        self._codes, self._passwords, self._passkeys = codes, passwords, passkeys

    async def by_code(
        self,
        phone: str,
        code: str,
        hint: DeviceHint,
        *,
        purpose: Purpose = "log_in",
        register: Callable[[str], Awaitable[UUID]] | None = None,
        locale: str = "zh-CN",
    ) -> Entered:
        """Log in with a code sent for `purpose`; a phone nobody has becomes a customer through `register`.

        The session is of level 0: it may look, and anything else asks for more.
        Raises `CodeWrong`, `CodeEnded`, `NotRegistered`, `Frozen`, `LogInDenied`, `RateLimited`
        """
        await self._count(hint)
        await self._codes.check(phone, purpose, code)
        customer = await self._room.people.customer_by_phone(phone)
        if customer is None:
            if register is None:
                raise NotRegistered()
            customer = await register(phone)
        return await self._enter("customer", customer, frozenset({SMS}), hint, locale)

    async def by_password(
        self, phone: str, password: str, hint: DeviceHint, *, code: str | None = None, locale: str = "zh-CN"
    ) -> Entered:
        """Log in with a password; on a new device a code (purpose `new_device`) is asked for as well.

        Raises `LogInWrong`, `LockedOut`, `NewDevice`, `CodeWrong`, `CodeEnded`, `Frozen`, `LogInDenied`, `RateLimited`
        """
        await self._count(hint)
        customer = await self._room.people.customer_by_phone(phone)
        proved = await self._passwords.verify(customer, f"phone:{phone}", password)
        assert customer is not None
        factors = {PASSWORD}
        known = await self._knows(customer, hint)
        verdict = await self._judge("customer", customer, frozenset(factors), hint, known)
        if not known or verdict is LogInVerdict.CHALLENGE or code:
            if not code:
                raise NewDevice(methods=["sms"])
            await self._codes.check(phone, "new_device", code)
            factors.add(SMS)
        return await self._open_by_password(
            customer, proved, self._open("customer", customer, frozenset(factors), hint, locale)
        )

    async def by_passkey(self, answer: dict[str, Any], hint: DeviceHint, *, locale: str = "zh-CN") -> Entered:
        """Log in with a passkey, customers and staff alike; options come from `passkey_options`.

        Raises `ChallengeEnded`, `PasskeyRefused`, `Frozen`, `LogInDenied`, `RateLimited`
        """
        await self._count(hint)
        kind, principal = await self._passkeys.log_in(answer)
        return await self._enter(kind, principal, frozenset({PASSKEY}), hint, locale)

    async def passkey_options(self) -> dict[str, Any]:
        """Options for `navigator.credentials.get` before anybody said who they are."""
        return await self._passkeys.log_in_options()

    async def staff(
        self, bank: int, name: str, password: str, hint: DeviceHint, *, locale: str = "zh-CN"
    ) -> Entered:
        """Log a member of staff in at `bank`. Raises `LogInWrong`, `LockedOut`, `LogInDenied`, `RateLimited`."""
        await self._count(hint)
        if not name.isprintable() or len(name) > _NAME_MOST:
            raise LogInWrong()
        staff = await self._room.people.staff_by_name(bank, name)
        proved = await self._passwords.verify(staff, f"staff:{bank}:{name}", password)
        assert staff is not None
        return await self._open_by_password(
            staff, proved, self._enter("staff", staff, frozenset({PASSWORD}), hint, locale)
        )

    async def demo(
        self, kind: OwnerKind, principal: UUID, hint: DeviceHint, *, locale: str = "zh-CN"
    ) -> Entered:
        """A one-click log-in of the demo bank, as if the password had been typed on a trusted device.

        Anywhere else there is no such thing: raises `Missing`.
        """
        if not self._room.demo:
            raise Missing()
        if not tokens.is_secret(hint.secret):
            # Anybody comes in here, time and again: who brings no device yet gets the one that such browsers share,
            # instead of one more on the person's list each time.
            hint = replace(hint, secret=self._room.demo_device(principal, device_name(hint.user_agent)))
        return await self._open(kind, principal, frozenset({PASSWORD}), hint, locale, trust=True)

    async def _enter(
        self, kind: OwnerKind, principal: UUID, factors: frozenset[str], hint: DeviceHint, locale: str
    ) -> Entered:
        await self._judge(kind, principal, factors, hint, await self._knows(principal, hint))
        return await self._open(kind, principal, factors, hint, locale)

    async def _open_by_password(
        self, principal: UUID, proved: datetime, opening: Awaitable[Entered]
    ) -> Entered:
        """A session of a password that was changed while it opened ends: the change did not see it to end it."""
        entered = await opening
        if await self._passwords.changed_at(principal) != proved:
            await self._sessions.log_out(entered.principal)
            raise LogInWrong()
        return entered

    async def _open(
        self, kind: OwnerKind, principal: UUID, factors: frozenset[str], hint: DeviceHint, locale: str,
        *, trust: bool = False,
    ) -> Entered:  # fmt: skip
        await self._locks.check_frozen(principal)
        roles = await self._room.people.staff_roles(principal) if kind == "staff" else frozenset()
        entered = await self._sessions.open(
            kind, principal, factors, hint, roles=frozenset(roles), locale=locale, trust=trust
        )
        # A freeze marks the person and then ends their sessions. This one opened between the two, or it is ended
        # by the freeze, or it sees the mark now.
        try:
            await self._locks.check_frozen(principal)
        except Frozen:
            await self._sessions.end_all(principal, "frozen")
            raise
        return entered

    async def _count(self, hint: DeviceHint) -> None:
        room = self._room
        async with room.db.work(CENTRE) as work:
            blind = room.address_blind(hint.address)
            await take_windows(work, "log_in.address", blind, room.policy.log_in_rates_address)

    async def _knows(self, principal: UUID, hint: DeviceHint) -> bool:
        if hint.secret is None or not tokens.is_secret(hint.secret):
            return False
        async with self._room.db.read(bank_of(principal)) as work:
            return await store_sessions.device(work, principal, tokens.mark(hint.secret)) is not None

    async def _judge(
        self, kind: OwnerKind, principal: UUID, factors: frozenset[str], hint: DeviceHint, known: bool
    ) -> LogInVerdict:
        if self._room.risk is None:
            return LogInVerdict.APPROVE
        attempt = LogInAttempt(
            new_id(bank_of(principal)),
            kind,
            principal,
            factors,
            known,
            device_name(hint.user_agent),
            hint.address,
            await self._locks.failed(principal),
        )
        verdict = await self._room.risk.judge(attempt)
        if verdict is LogInVerdict.DENY:
            raise LogInDenied()
        return verdict

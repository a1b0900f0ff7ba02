"""Passwords: set, proved, changed, and set anew by somebody who forgot."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.access import store_credentials as store
from fengshou.access import store_sessions
from fengshou.access.codes import Codes
from fengshou.access.errors import (
    CodeEnded,
    IdentityMismatch,
    LogInWrong,
    NoFactor,
    PasswordExists,
    PasswordWrong,
)
from fengshou.access.locks import Locks
from fengshou.access.model import PASSWORD, SMS
from fengshou.access.password_policy import check_password
from fengshou.access.ports import IdentityAnswer
from fengshou.access.room import Room
from fengshou.access.sessions import Sessions
from fengshou.kernel import CENTRE, Principal, Work, bank_of, new_id


class Passwords:
    """One log-in password a person, hashed with argon2id."""

    def __init__(self, room: Room, locks: Locks, sessions: Sessions, codes: Codes) -> None:
        self._room, self._locks, self._sessions, self._codes = room, locks, sessions, codes

    async def set_first(self, who: Principal, password: str) -> str | None:
        """Set the first password, in a session that just proved the phone; a new session token if its level rose.

        Raises `PasswordWeak`, `CodeEnded` (the phone's proof is older than 15 minutes), `PasswordExists`.
        """
        check_password(password, await self._phone(who))
        if not self._proved_phone(who, self._room.clock.now()):
            raise CodeEnded()
        hash_ = await self._room.hasher.hash(password)
        async with self._room.db.work(bank_of(who.id), who) as work:
            if not await store.put_first_password(work, who.id, hash_):
                raise PasswordExists()
            await self._tell(work, who.id, "first")
        return await self._sessions.proved(who, PASSWORD)

    async def issue(self, principal: UUID, password: str) -> None:
        """Set a password from outside a session: seeding, or a new member of staff. Not for customers' requests."""
        hash_ = await self._room.hasher.hash(password)
        async with self._room.db.work(bank_of(principal)) as work:
            await store.put_password(work, principal, hash_)
            await self._tell(work, principal, "issued")

    async def verify(self, principal: UUID | None, name: str, password: str) -> datetime:
        """For log-in: when the password that was right was set.

        `principal` is None when nobody has this name, which nobody can tell from the answer.
        Raises `LogInWrong`, `LockedOut`, `Frozen`.
        """
        left, changed_at = await self._try(principal, name, password)
        if left is not None:
            raise LogInWrong()
        return changed_at

    async def changed_at(self, principal: UUID) -> datetime | None:
        """When the password now in force was set."""
        async with self._room.db.read(bank_of(principal)) as work:
            row = await store.password(work, principal)
        return row["changed_at"] if row else None

    async def prove(self, who: Principal, password: str) -> None:
        """For somebody logged in. Raises `PasswordWrong`, `LockedOut`, `NoFactor`."""
        async with self._room.db.read(bank_of(who.id), who) as work:
            if await store.password(work, who.id) is None:
                raise NoFactor()
        left, _ = await self._try(who.id, "", password)
        if left is not None:
            raise PasswordWrong(tries_left=left)

    async def change(self, who: Principal, old: str, new: str) -> None:
        """Replace the password; every other session ends."""
        check_password(new, await self._phone(who))
        await self.prove(who, old)
        hash_ = await self._room.hasher.hash(new)
        async with self._room.db.work(bank_of(who.id), who) as work:
            await store.put_password(work, who.id, hash_)
            await self._tell(work, who.id, "changed")
            ended = await store_sessions.end_sessions(work, who.id, "password_changed", but=who.session)
        self._room.cache.forget(ended)

    async def reset(self, phone: str, code: str, id_number: str, new: str) -> None:
        """Set a new password with an SMS code (purpose `reset`) and the ID number on file.

        Ends every session, a lock and a freeze, and lets every device cool: whoever holds the SIM card and
        knows an ID number cannot move more than small amounts for a day.
        Raises `PasswordWeak`, `CodeWrong`, `CodeEnded`, `LockedOut`, `IdentityMismatch` (also for a phone nobody has).
        """
        check_password(new, phone)
        await self._codes.check(phone, "reset", code)
        customer = await self._room.people.customer_by_phone(phone)
        await self._check_identity(customer, phone, id_number)
        assert customer is not None
        hash_ = await self._room.hasher.hash(new)
        async with self._room.db.work(bank_of(customer)) as work:
            await store.put_password(work, customer, hash_)
            await store_sessions.cool_devices(work, customer, work.now + self._room.policy.cooling)
            await self._tell(work, customer, "reset")
        await self._sessions.end_all(customer, "password_reset")
        await self._locks.open_again(customer)

    async def _check_identity(self, customer: UUID | None, phone: str, id_number: str) -> None:
        # Its own count of tries: a lock of wrong passwords must not stop the way out of it.
        name = f"identity:{customer or phone}"
        left = await self._locks.take(None, name)
        answer = (
            await self._room.identity.compare(customer, id_number) if customer else IdentityAnswer.MISMATCH
        )
        if answer == IdentityAnswer.MISMATCH:
            await self._locks.wrong(customer, name, left)
            raise IdentityMismatch()
        await self._locks.right(None, name)

    async def _try(self, principal: UUID | None, name: str, password: str) -> tuple[int | None, datetime]:
        """(None when right, else the tries left; when the password was set)."""
        left = await self._locks.take(principal, name)
        # A name nobody has costs the same look and the same hashing.
        subject = principal or new_id(CENTRE)
        async with self._room.db.read(bank_of(subject)) as work:
            row = await store.password(work, subject)
        right = await self._room.hasher.verify(row["hash"] if row else None, password)
        if row is None or not right:
            await self._locks.wrong(principal, name, left)
            return left, self._room.clock.now()
        await self._locks.right(principal, name)
        if self._room.hasher.outdated(row["hash"]):
            fresh = await self._room.hasher.hash(password)
            async with self._room.db.work(bank_of(subject)) as work:
                await store.strengthen_hash(work, subject, row["hash"], fresh)
        return None, row["changed_at"]

    def _proved_phone(self, who: Principal, now: datetime) -> bool:
        fresh = who.proved_at is not None and who.proved_at > now - self._room.policy.factor_fresh
        return SMS in who.factors and fresh

    async def _phone(self, who: Principal) -> str:
        return (await self._room.people.phone_of(who.id) or "") if who.kind == "customer" else ""

    async def _tell(self, work: Work, principal: UUID, how: str) -> None:
        await work.audit("access.password", str(principal), how=how)
        if how != "issued":
            await work.emit(
                "access.password_changed", str(principal), {"principal": str(principal), "how": how}
            )

"""What a person binds to themselves: passkeys and devices; and shutting everything when a phone is lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import UUID

from fengshou.access import store_credentials, store_sessions
from fengshou.access.codes import Codes
from fengshou.access.evidence import Evidence
from fengshou.access.locks import Locks
from fengshou.access.model import PASSKEY, SMS, Device, Passkey
from fengshou.access.passkeys import Passkeys
from fengshou.access.room import Room
from fengshou.access.sessions import Sessions
from fengshou.access.step_up import StepUps
from fengshou.kernel import Missing, Principal, Work, bank_of


class Binding:
    """Self-service on credentials and devices."""

    def __init__(
        self, room: Room, locks: Locks, sessions: Sessions, codes: Codes, passkeys: Passkeys, step_up: StepUps
    ) -> None:
        self._room, self._locks, self._sessions, self._codes = room, locks, sessions, codes
        self._passkeys, self._step_up = passkeys, step_up

    async def passkey_options(self, who: Principal, name: str) -> dict[str, Any]:
        """Options for `navigator.credentials.create`. Binding takes level 2; `StepUp` names the session as its order.

        A session that proved two factors within 15 minutes has it, and so has a fresh customer's: phone proved and
        nothing else set yet.
        """
        await self._may_bind(who)
        return await self._passkeys.registration_options(who, name)

    async def add_passkey(
        self, who: Principal, answer: dict[str, Any], name: str = ""
    ) -> tuple[Passkey, str | None]:
        """The new passkey, and a new session token when it raised the session's level."""
        evidence = await self._may_bind(who)
        made = await self._passkeys.add(who, answer, name, self._spending(evidence))
        return made, await self._sessions.proved(who, PASSKEY)

    async def remove_passkey(self, who: Principal, id_: UUID) -> None:
        """Takes level 1. Raises `StepUp`, `Missing`, `LastFactor`."""
        assert who.session is not None
        evidence = await self._step_up.require(
            who, 1, bound_to=_digest("remove", id_.hex), order_id=who.session
        )
        await self._passkeys.remove(who, id_, self._spending(evidence))

    async def devices(self, who: Principal) -> list[Device]:
        """Devices in use, latest seen first."""
        async with self._room.db.read(bank_of(who.id), who) as work:
            rows = await store_sessions.devices_of(work, who.id)
        return [
            Device(
                r["id"], r["name"], r["first_seen_at"], r["seen_at"], r["trusted_from"], r["id"] == who.device
            )
            for r in rows
        ]

    async def remove_device(self, who: Principal, id_: UUID) -> None:
        """Forget a device and end its sessions; it is new the next time. Raises `Missing` for a stranger's."""
        async with self._room.db.work(bank_of(who.id), who) as work:
            if not await store_sessions.remove_devices(work, who.id, [id_]):
                raise Missing()
            ended = await store_sessions.end_sessions(work, who.id, "device_removed", devices=[id_])
            await work.audit("access.device_removed", str(who.id), device=str(id_))
            await work.emit(
                "access.device_removed", str(who.id), {"principal": str(who.id), "device": str(id_)}
            )
        self._room.cache.forget(ended)

    async def freeze(self, principal: UUID) -> None:
        """The phone is lost: no log-in works, every session ends, every device is forgotten.

        A password reset with SMS code and ID number opens it again. The money's own freeze is party's.
        """
        await self._locks.freeze(principal)
        async with self._room.db.work(bank_of(principal)) as work:
            await store_sessions.remove_devices(work, principal)
            ended = await store_sessions.end_sessions(work, principal, "frozen")
            await work.audit("access.frozen", str(principal))
            await work.emit("access.frozen", str(principal), {"principal": str(principal)})
        self._room.cache.forget(ended)

    async def freeze_by_code(self, phone: str, code: str) -> UUID | None:
        """Freeze from any phone or desk with a code (purpose `freeze`); whom, None when nobody has this number."""
        await self._codes.check(phone, "freeze", code)
        customer = await self._room.people.customer_by_phone(phone)
        if customer is not None:
            await self.freeze(customer)
        return customer

    async def _may_bind(self, who: Principal) -> Evidence | None:
        """What allows binding: None when the session itself does."""
        assert who.session is not None
        fresh = self._step_up.fresh(who, self._room.clock.now())
        if fresh and (who.level >= 2 or (SMS in who.factors and not await self._has_factor(who))):
            return None
        return await self._step_up.require(
            who, 2, bound_to=_digest("passkey", who.session.hex), order_id=who.session
        )

    def _spending(self, evidence: Evidence | None) -> Callable[[Work], Awaitable[None]]:
        async def spend(work: Work) -> None:
            if evidence is not None:
                await self._step_up.spend(work, evidence)

        return spend

    async def _has_factor(self, who: Principal) -> bool:
        async with self._room.db.read(bank_of(who.id), who) as work:
            password, passkeys = await store_credentials.factors_of(work, who.id)
        return password or passkeys > 0


def _digest(act: str, what: str) -> bytes:
    return sha256(f"access.{act}|{what}".encode()).digest()

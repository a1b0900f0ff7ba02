"""`require`: how surely must somebody be known for this act? And the acts that prove it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from fengshou.access import store_credentials
from fengshou.access import store_evidence as store
from fengshou.access.codes import Codes
from fengshou.access.errors import EvidenceSpent, LevelUnavailable, NoFactor, StepUp
from fengshou.access.evidence import Evidence
from fengshou.access.model import PASSKEY, PASSWORD, SMS, CodeSent, Proof, level_of
from fengshou.access.passkeys import Passkeys
from fengshou.access.passwords import Passwords
from fengshou.access.room import Room
from fengshou.access.sessions import Sessions
from fengshou.kernel import Invalid, Missing, Principal, Record, Work, bank_of, new_id

_BANK_MAX = 32_767


class StepUps:
    """Evidence lives at the member bank in the order's id; the order is one of the person's, the caller checked."""

    def __init__(
        self, room: Room, sessions: Sessions, codes: Codes, passwords: Passwords, passkeys: Passkeys
    ) -> None:
        self._room, self._sessions, self._codes = room, sessions, codes
        self._passwords, self._passkeys = passwords, passkeys

    async def require(self, who: Principal, level: int, *, bound_to: bytes, order_id: UUID) -> Evidence:
        """Evidence that `who` proved `level` for the act whose SHA-256 is `bound_to`.

        Level 0 takes the session; level 1 also a factor proved in it within 15 minutes; level 2 a passkey, or
        password and SMS code, proved for this very act. Level 1 from the session asks the database nothing.
        Raises `StepUp` (facts: order_id, level, methods), `LevelUnavailable`, `NoFactor`
        """
        assert len(bound_to) == 32 and who.session is not None and level >= 0
        bank, now = _bank(order_id), self._room.clock.now()
        if level > self._room.policy.level_max:
            raise LevelUnavailable(level=level)
        if level == 0 or (level == 1 and who.level >= 1 and self.fresh(who, now)):
            return Evidence(
                new_id(bank, now), bank, order_id, who.id, who.session, bound_to, level, who.level, who.factors,
                now + self._room.policy.evidence_life, now, stored=False,
            )  # fmt: skip
        async with self._room.db.read(bank, who) as work:
            row = await store.proved(work, order_id, who.session, who.id, bound_to, level)
        if row is None:
            raise await self._ask(who, level, bound_to, order_id)
        return Evidence(
            row["id"], bank, order_id, who.id, who.session, bound_to, level, row["level"], frozenset(row["factors"]),
            row["expires_at"], now, stored=True,
        )  # fmt: skip

    def fresh(self, who: Principal, now: datetime) -> bool:
        """Whether the session proved a factor lately."""
        return who.proved_at is not None and who.proved_at > now - self._room.policy.factor_fresh

    async def spend(self, work: Work, evidence: Evidence) -> None:
        """Spend evidence in the work of the act it allows, which posts no entry. Raises `EvidenceSpent`."""
        assert work.bank == evidence.bank
        if not await store.spend(work, evidence.statement, evidence.spend().args):
            raise EvidenceSpent()

    async def factors_of(self, bank: int, evidence: UUID) -> frozenset[str]:
        """What was proved for an act of `bank`."""
        async with self._room.db.read(bank) as work:
            return frozenset(await store.factors_of(work, evidence))

    async def prove_password(
        self, who: Principal, order_id: UUID, password: str, digest: bytes | None = None
    ) -> Proof:
        """Prove the password for an act that `require` asked about. Raises `PasswordWrong`, `LockedOut`, `Missing`."""
        row = await self._wanted(who, order_id, digest)
        await self._passwords.prove(who, password)
        return await self._add(who, order_id, PASSWORD, row["digest"])

    async def passkey_challenge(
        self, who: Principal, order_id: UUID, digest: bytes | None = None
    ) -> dict[str, Any]:
        """Options for `navigator.credentials.get`, good for 120 seconds and this act."""
        row = await self._wanted(who, order_id, digest)
        return await self._passkeys.step_up_options(who, order_id, row["digest"])

    async def prove_passkey(
        self, who: Principal, order_id: UUID, answer: dict[str, Any], digest: bytes | None = None
    ) -> Proof:
        """Prove the passkey for an act. Raises `ChallengeEnded`, `PasskeyRefused`, `Missing`."""
        row = await self._wanted(who, order_id, digest)
        await self._passkeys.step_up(who, order_id, row["digest"], answer)
        return await self._add(who, order_id, PASSKEY, row["digest"])

    async def send_code(
        self, who: Principal, order_id: UUID, *, address: str, about: str = "", digest: bytes | None = None
    ) -> CodeSent:
        """Send a code that works for this act alone; `about` says in the message what it confirms."""
        row = await self._wanted(who, order_id, digest)
        return await self._codes.send(
            await self._phone(who),
            "step_up",
            address=address,
            locale=who.locale,
            binding=row["digest"],
            about=about,
        )

    async def prove_code(
        self, who: Principal, order_id: UUID, code: str, digest: bytes | None = None
    ) -> Proof:
        """Prove the phone for an act. Raises `CodeWrong`, `CodeEnded`, `Missing`."""
        row = await self._wanted(who, order_id, digest)
        await self._codes.check(await self._phone(who), "step_up", code, binding=row["digest"])
        return await self._add(who, order_id, SMS, row["digest"])

    async def _ask(self, who: Principal, level: int, digest: bytes, order: UUID) -> StepUp:
        assert who.session is not None
        bank = bank_of(order)
        async with self._room.db.read(bank_of(who.id), who) as work:
            has_password, passkeys = await store_credentials.factors_of(work, who.id)
        methods = _methods(
            level, has_password=has_password, has_passkey=passkeys > 0, staff=who.kind == "staff"
        )
        if not methods:
            raise NoFactor()
        async with self._room.db.work(bank, who) as work:
            row = await store.open_evidence(
                work, new_id(bank), order, who.session, who.id, digest, level,
                work.now + 2 * self._room.policy.evidence_life,
            )  # fmt: skip
        return StepUp(order_id=str(order), level=level, methods=methods, proved=sorted(row["factors"]))

    async def _add(self, who: Principal, order: UUID, factor: str, digest: bytes) -> Proof:
        assert who.session is not None
        async with self._room.db.work(bank_of(order), who) as work:
            row = await store.wanted_evidence(work, order, who.session, who.id, lock=True)
            # What was proved was proved for one digest: an order changed meanwhile starts anew.
            if row is None or row["digest"] != digest:
                raise Missing(field="order_id")
            factors = {*row["factors"], factor}
            level, wanted = level_of(factors), row["wanted"]
            complete = level >= wanted
            until = work.now + self._room.policy.evidence_life if complete else None
            await store.add_factor(work, row["id"], level, sorted(factors), until)
            await work.audit("access.proved", str(order), factor=factor, level=level)
        token = await self._sessions.proved(who, factor)
        return Proof(complete, level, () if complete else _missing(factors), token)

    async def _wanted(self, who: Principal, order: UUID, digest: bytes | None) -> Record:
        assert who.session is not None
        async with self._room.db.read(_bank(order), who) as work:
            row = await store.wanted_evidence(work, order, who.session, who.id)
        if row is None or (digest is not None and row["digest"] != digest):
            raise Missing(field="order_id")
        return row

    async def _phone(self, who: Principal) -> str:
        phone = await self._room.people.phone_of(who.id) if who.kind == "customer" else None
        if phone is None:
            raise Missing(field="phone")
        return phone


def _bank(order: UUID) -> int:
    bank = bank_of(order)
    if not 0 < bank <= _BANK_MAX:
        raise Invalid(field="order_id")
    return bank


def _methods(level: int, *, has_password: bool, has_passkey: bool, staff: bool) -> list[str]:
    methods = ["passkey"] if has_passkey else []
    if has_password and level <= 1:
        methods.append("password")
    if has_password and level == 2 and not staff:
        methods.append("password+sms")
    return methods


def _missing(factors: Iterable[str]) -> tuple[str, ...]:
    """What completes level 2 from here."""
    return tuple(sorted({PASSWORD, SMS} - set(factors)))

"""The front class: builds the parts and answers for the room."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from fengshou.access import jobs, limits
from fengshou.access import store_evidence as store
from fengshou.access.binding import Binding
from fengshou.access.codes import Codes
from fengshou.access.evidence import Evidence
from fengshou.access.limits import Allowance
from fengshou.access.locks import Locks
from fengshou.access.log_in import LogIn
from fengshou.access.model import CodeSent, Proof, Purpose
from fengshou.access.passkeys import Passkeys
from fengshou.access.passwords import Passwords
from fengshou.access.policy import Policy
from fengshou.access.ports import IdentityCheck, LogInRisk, People, SmsPort
from fengshou.access.room import Room
from fengshou.access.sessions import Sessions
from fengshou.access.step_up import StepUps
from fengshou.access.webauthn_answers import RelyingParty
from fengshou.catalog import Limits, MoneyKind
from fengshou.kernel import Clock, Database, Principal, Vault, Work


class Access:
    """Who you are, and how surely.

    log_in     by_code, by_password, by_passkey, staff, demo
    sessions   resolve, rotate, switch_bank, log_out, log_out_others, end_all
    passwords  set_first, change, reset, issue
    passkeys   all_of, rename
    binding    passkey_options, add_passkey, remove_passkey, devices, remove_device, freeze, freeze_by_code
    """

    def __init__(
        self,
        db: Database,
        vault: Vault,
        clock: Clock,
        *,
        sms: SmsPort,
        people: People,
        identity: IdentityCheck,
        origin: str,
        more_origins: tuple[str, ...] = (),
        bank_name: str = "丰收",
        risk: LogInRisk | None = None,
        policy: Policy | None = None,
        demo: bool = False,
    ) -> None:
        self.policy = policy or Policy()
        room = self._room = Room(db, vault, clock, sms, people, identity, risk, self.policy, demo=demo)
        self._locks = locks = Locks(room)
        self._codes = Codes(room)
        self.sessions = Sessions(room)
        self.passwords = Passwords(room, locks, self.sessions, self._codes)
        self.passkeys = Passkeys(room, RelyingParty.of(origin, bank_name, more_origins))
        self._step_up = StepUps(room, self.sessions, self._codes, self.passwords, self.passkeys)
        self.log_in = LogIn(room, locks, self.sessions, self._codes, self.passwords, self.passkeys)
        self.binding = Binding(room, locks, self.sessions, self._codes, self.passkeys, self._step_up)

    def close(self) -> None:
        """Let password hashing end."""
        self._room.hasher.close()

    # -- asked on every request ----------------------------------------------------------------

    async def resolve(self, token: str) -> Principal:
        """Who asks. Raises `SessionEnded`."""
        return await self.sessions.resolve(token)

    async def require(self, who: Principal, level: int, *, bound_to: bytes, order_id: UUID) -> Evidence:
        """Evidence of `level` for the act whose SHA-256 is `bound_to`. Raises `StepUp` with what is missing."""
        return await self._step_up.require(who, level, bound_to=bound_to, order_id=order_id)

    async def spend(self, work: Work, evidence: Evidence) -> None:
        """Spend evidence in the work of an act that posts no entry. Raises `EvidenceSpent` for all but the first."""
        await self._step_up.spend(work, evidence)

    async def factors_of(self, bank: int, evidence: UUID) -> frozenset[str]:
        """What was proved for an act of `bank`: `password`, `sms`, `passkey`."""
        return await self._step_up.factors_of(bank, evidence)

    # -- codes ---------------------------------------------------------------------------------

    async def send_code(
        self, phone: str, purpose: Purpose, *, address: str, locale: str = "zh-CN"
    ) -> CodeSent:
        """Send a code before anybody is logged in; the same answer for every phone."""
        assert purpose != "step_up"
        return await self._codes.send(phone, purpose, address=address, locale=locale)

    async def check_code(self, phone: str, purpose: Purpose, code: str) -> None:
        """Use up a code that was sent to `phone`: its owner is here. Raises `CodeWrong`, `CodeEnded`."""
        await self._codes.check(phone, purpose, code)

    # -- step-up acts, named after what `StepUp` asks -------------------------------------------

    async def prove_password(
        self, who: Principal, order_id: UUID, password: str, digest: bytes | None = None
    ) -> Proof:
        """Prove the password for an act."""
        return await self._step_up.prove_password(who, order_id, password, digest)

    async def passkey_challenge(
        self, who: Principal, order_id: UUID, digest: bytes | None = None
    ) -> dict[str, Any]:
        """Options for `navigator.credentials.get`, bound to the act."""
        return await self._step_up.passkey_challenge(who, order_id, digest)

    async def prove_passkey(
        self, who: Principal, order_id: UUID, answer: dict[str, Any], digest: bytes | None = None
    ) -> Proof:
        """Prove the passkey for an act."""
        return await self._step_up.prove_passkey(who, order_id, answer, digest)

    async def send_step_up_code(
        self, who: Principal, order_id: UUID, *, address: str, about: str = "", digest: bytes | None = None
    ) -> CodeSent:
        """Send a code that works for this act alone."""
        return await self._step_up.send_code(who, order_id, address=address, about=about, digest=digest)

    async def prove_code(
        self, who: Principal, order_id: UUID, code: str, digest: bytes | None = None
    ) -> Proof:
        """Prove the phone for an act."""
        return await self._step_up.prove_code(who, order_id, code, digest)

    # -- limits --------------------------------------------------------------------------------

    async def allowance(
        self, who: Principal, matrix: Limits, kind: MoneyKind, fen: int, used_fen: int
    ) -> Allowance:
        """The level to require and the day's cap to count against, for `fen` more of `kind` from this device.

        Raises `LevelUnavailable`, `DayLimit`, `Cooling`
        """
        cooling = await self.cooling_until(who) is not None
        return limits.allowance(matrix, kind, fen, used_fen, cooling=cooling, level_max=self.policy.level_max)

    async def cooling_until(self, who: Principal) -> datetime | None:
        """Until when this session's device counts as new; None when it is trusted."""
        return await self.sessions.cooling_until(who)

    async def failed_log_ins(self, principal: UUID) -> int:
        """How often the person's password was wrong within 24 hours, right ones since or not."""
        return await self._locks.failed(principal)

    async def day_used(self, bank: int, customer: UUID, kind: str, day: date) -> int:
        """Fen counted of one limit."""
        return (await self.days_used(bank, customer, [kind], day))[kind]

    async def days_used(self, bank: int, customer: UUID, kinds: list[str], day: date) -> dict[str, int]:
        """Fen counted of several limits in one question."""
        async with self._room.db.read(bank) as work:
            return dict.fromkeys(kinds, 0) | await store.day_used(work, customer, kinds, day)

    # -- nightly -------------------------------------------------------------------------------

    async def sweep(self) -> dict[str, int]:
        """Delete what has expired; a daily job."""
        return await jobs.sweep(self._room.db)

"""Small joints between rooms that do not know each other: one declares a port, another answers it."""

from __future__ import annotations

from uuid import UUID

from fengshou.access import IdentityAnswer, LogInAttempt, LogInVerdict
from fengshou.kernel import CENTRE, BankError, Database
from fengshou.party import Party
from fengshou.risk import Action, LogIn, Risk


class PartyPeople:
    """access' `People` and `IdentityCheck`, answered by party."""

    def __init__(self, db: Database, party: Party) -> None:
        self._db, self._party = db, party

    async def customer_by_phone(self, phone: str) -> UUID | None:
        """The customer a phone belongs to."""
        return await self._party.find_by_phone(phone)

    async def phone_of(self, customer: UUID) -> str | None:
        """A customer's phone."""
        return await self._party.phone_of(customer)

    async def staff_by_name(self, bank: int, name: str) -> UUID | None:
        """The member of staff who logs in as `name` at `bank`; the centre's own log in anywhere."""
        found = await self._party.staff_by_login(name)
        return found.id if found and found.bank in (bank, CENTRE) else None

    async def staff_roles(self, staff: UUID) -> frozenset[str]:
        """What a member of staff may do."""
        found = await self._party.find_staff(staff)
        return found.roles if found else frozenset()

    async def compare(self, customer: UUID, id_number: str) -> IdentityAnswer:
        """Whether that is the customer's identity number."""
        same = await self._party.is_id_number(customer, id_number)
        if same is None:
            return IdentityAnswer.NOT_ON_FILE
        return IdentityAnswer.MATCH if same else IdentityAnswer.MISMATCH


class RiskOnLogIn:
    """access' `LogInRisk`, answered by risk."""

    def __init__(self, risk: Risk) -> None:
        self._risk = risk

    async def judge(self, attempt: LogInAttempt) -> LogInVerdict:
        """Ask about a customer's log-in; staff are not scored. Without an answer, ask for one factor more."""
        if attempt.principal_kind == "staff":
            return LogInVerdict.APPROVE
        event = LogIn(
            id=attempt.id,
            customer=attempt.principal,
            device_known=attempt.device_known,
            address=attempt.address,
            failed_logins_24h=attempt.failed_24h,
        )
        try:
            decision = await self._risk.decide(event)
        except BankError:
            return LogInVerdict.CHALLENGE
        match decision.action:
            case Action.DENY:
                return LogInVerdict.DENY
            case Action.CHALLENGE | Action.HOLD:
                return LogInVerdict.CHALLENGE
            case _:
                return LogInVerdict.APPROVE

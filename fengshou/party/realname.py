"""The real-name check: the register decides, an outage lets nobody through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from fengshou.kernel import SHANGHAI, BankError, Missing, Work, bank_of, new_id
from fengshou.party import customers, store
from fengshou.party.errors import (
    IdentityTaken,
    RealNameFixed,
    RealNameMismatch,
    RealNameNotFound,
    RealNameTooOften,
    RealNameUnavailable,
    TooYoung,
)
from fengshou.party.identity import IdNumber, age_on, mask_name, normal_name, parse_id_number
from fengshou.party.model import Customer
from fengshou.party.ports import RealNameResult, RealNameSaid
from fengshou.party.room import Room
from fengshou.party.sealing import seal

_REFUSALS: dict[RealNameResult, type[BankError]] = {
    RealNameResult.MISMATCH: RealNameMismatch,
    RealNameResult.NOT_FOUND: RealNameNotFound,
    RealNameResult.UNAVAILABLE: RealNameUnavailable,
}


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a customer says of themselves, and the blind indexes it is compared by."""

    customer: UUID
    name: str
    number: IdNumber
    name_blind: bytes
    number_blind: bytes
    request: UUID


async def verify_real_name(room: Room, customer_id: UUID, name: str, id_number: str) -> Customer:
    """The customer with a verified identity.

    Raises what was wrong with the input, `TooYoung`, `IdentityTaken` for a number another customer holds,
    `RealNameMismatch` or `RealNameNotFound` by the register's word, `RealNameUnavailable` when it gave none,
    `RealNameTooOften` after the day's tries, `RealNameFixed` for somebody verified under another identity.
    """
    claim = _claim(room, customer_id, name, id_number)
    bank = bank_of(customer_id)
    async with room.db.work(bank) as work:
        if await _before_asking(room, work, claim):
            return await customers.customer(room, work, customer_id)
    # No transaction is open while a partner is asked.
    answer = await room.realname.verify(claim.name, claim.number.text, request_id=claim.request)
    async with room.db.work(bank) as work:
        refusal = await _after_asking(room, work, claim, answer)
        result = await customers.customer(room, work, customer_id)
    # Raised only now, so that what the register said is on disk.
    if refusal is not None:
        raise refusal
    return result


def _claim(room: Room, customer_id: UUID, name: str, id_number: str) -> _Claim:
    said, number = normal_name(name), parse_id_number(id_number, room.clock.today())
    age_min = room.content.rules.age_min
    if age_on(number.born_on, room.clock.today()) < age_min:
        raise TooYoung(age_min=age_min)
    blind = room.vault.blind
    request = new_id(bank_of(customer_id), room.clock.now())
    return _Claim(customer_id, said, number, blind("name", said), blind("id_number", number.text), request)


async def _before_asking(room: Room, work: Work, claim: _Claim) -> bool:
    """Count the try. True when this very identity was verified before."""
    row = await store.customer(work, claim.customer, lock=True)  # tries of one person are counted one by one
    if row is None:
        raise Missing(what="customer")
    if row["real_name"] == "verified":
        if (row["name_blind"], row["id_number_blind"]) != (claim.name_blind, claim.number_blind):
            raise RealNameFixed()
        return True
    midnight = datetime.combine(room.clock.today(), time(), SHANGHAI)
    most = room.content.rules.real_name_checks_per_day
    if await store.checks_since(work, claim.customer, midnight) >= most:
        raise RealNameTooOften(checks_max=most)
    await store.insert_check(work, claim.request, claim.customer)
    return False


async def _after_asking(room: Room, work: Work, claim: _Claim, answer: RealNameSaid) -> BankError | None:
    """Write down what the register said; the refusal to raise once it is durable, or None."""
    result = RealNameResult(answer.result)
    await store.answer_check(work, claim.request, result.value, answer.evidence_no)
    if result is not RealNameResult.MATCH:
        if result is not RealNameResult.UNAVAILABLE:
            await store.set_mismatch(work, claim.customer)
        await work.audit("party.real_name", str(claim.customer), result=result.value)
        return _REFUSALS[result]()
    row = await store.customer(work, claim.customer, lock=True)
    if row is not None and row["real_name"] == "verified":
        # Another try of the same person was faster: the same identity is fine, another is not.
        return None if row["id_number_blind"] == claim.number_blind else RealNameFixed()
    if not await store.claim(work, "id_number", claim.number_blind, claim.customer):
        await work.audit("party.real_name", str(claim.customer), result="taken")
        return IdentityTaken()
    await _set_verified(room, work, claim, answer.evidence_no)
    return None


async def _set_verified(room: Room, work: Work, claim: _Claim, evidence_no: str) -> None:
    id_, number = claim.customer, claim.number
    sealed = (
        seal(room.vault, work.bank, "name", id_, claim.name),
        seal(room.vault, work.bank, "id_number", id_, number.text),
    )
    await store.set_verified(
        work, id_, sealed, (claim.name_blind, claim.number_blind), mask_name(claim.name), evidence_no,
        number.born_on.year, number.gender,
    )  # fmt: skip
    await work.audit("party.real_name", str(id_), result="match", evidence_no=evidence_no)
    await work.emit("party.real_name.verified", str(id_), {"customer": str(id_)})

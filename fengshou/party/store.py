"""SQL of customers, the directory and identity checks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.kernel import Record, Work

_CUSTOMER = (
    "id, institution_id, status, real_name, phone_sealed, name_sealed, name_masked, name_blind,"
    " id_number_sealed, id_number_blind, birth_year, gender, elder, theme, locale, current_bank, joined_at"
)


async def claim(work: Work, kind: str, blind: bytes, party: UUID) -> bool:
    """Enter a key in the directory; False when somebody holds it. Two at once: one wins."""
    tag = await work.execute(
        "INSERT INTO party.directory (kind, blind, institution_id, party_id) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (kind, blind) DO NOTHING",
        kind, blind, work.bank, party,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def holder(work: Work, kind: str, blind: bytes) -> UUID | None:
    """Who holds a key of the directory."""
    found: UUID | None = await work.fetchval(
        "SELECT party_id FROM party.directory WHERE kind=$1 AND blind=$2", kind, blind
    )
    return found


async def let_go(work: Work, kind: str, blind: bytes, party: UUID) -> bool:
    """Take a key out of the directory, if it is this party's."""
    tag = await work.execute(
        "DELETE FROM party.directory WHERE kind=$1 AND blind=$2 AND party_id=$3", kind, blind, party
    )
    return tag == "DELETE 1"


async def insert_customer(
    work: Work, id_: UUID, phone_sealed: bytes, phone_blind: bytes, locale: str
) -> None:
    """A person known by phone only."""
    await work.execute(
        "INSERT INTO party.customer (institution_id, id, phone_sealed, phone_blind, locale, current_bank, joined_at)"
        " VALUES ($1,$2,$3,$4,$5,$1,$6)",
        work.bank, id_, phone_sealed, phone_blind, locale, work.now,
    )  # fmt: skip


async def customer(work: Work, id_: UUID, *, lock: bool = False) -> Record | None:
    """The row of a person, locked for this transaction when asked."""
    return await work.fetchrow(
        f"SELECT {_CUSTOMER} FROM party.customer WHERE institution_id=$1 AND id=$2{' FOR UPDATE' if lock else ''}",  # noqa: S608 - constants
        work.bank, id_,
    )  # fmt: skip


async def set_phone(work: Work, id_: UUID, sealed: bytes, blind: bytes) -> None:
    """Another phone for the person."""
    await work.execute(
        "UPDATE party.customer SET phone_sealed=$3, phone_blind=$4 WHERE institution_id=$1 AND id=$2",
        work.bank, id_, sealed, blind,
    )  # fmt: skip


async def set_preferences(work: Work, id_: UUID, elder: bool, theme: str, locale: str) -> None:
    """How the app looks."""
    await work.execute(
        "UPDATE party.customer SET elder=$3, theme=$4, locale=$5 WHERE institution_id=$1 AND id=$2",
        work.bank, id_, elder, theme, locale,
    )  # fmt: skip


async def set_current_bank(work: Work, id_: UUID, bank: int) -> None:
    """The bank the app opens at."""
    await work.execute(
        "UPDATE party.customer SET current_bank=$3 WHERE institution_id=$1 AND id=$2", work.bank, id_, bank
    )


async def set_verified(
    work: Work, id_: UUID, sealed: tuple[bytes, bytes], blinds: tuple[bytes, bytes],
    masked: str, evidence_no: str, birth_year: int, gender: str,
) -> None:  # fmt: skip
    """The identity the register confirmed. `sealed` and `blinds` are (name, identity number)."""
    await work.execute(
        "UPDATE party.customer SET real_name='verified', verified_at=$3, name_sealed=$4, id_number_sealed=$5,"
        " name_blind=$6, id_number_blind=$7, name_masked=$8, evidence_no=$9, birth_year=$10, gender=$11"
        " WHERE institution_id=$1 AND id=$2",
        work.bank, id_, work.now, *sealed, *blinds, masked, evidence_no, birth_year, gender,
    )  # fmt: skip


async def set_mismatch(work: Work, id_: UUID) -> None:
    """The register said no; a verified person stays verified."""
    await work.execute(
        "UPDATE party.customer SET real_name='mismatch' WHERE institution_id=$1 AND id=$2"
        " AND real_name='unverified'",
        work.bank, id_,
    )  # fmt: skip


async def checks_since(work: Work, customer_id: UUID, since: datetime) -> int:
    """How often the register was asked about a person; outages do not count."""
    count: int = await work.fetchval(
        "SELECT count(*) FROM party.real_name_check WHERE institution_id=$1 AND customer_id=$2"
        " AND asked_at >= $3 AND result IS DISTINCT FROM 'unavailable'",
        work.bank, customer_id, since,
    )  # fmt: skip
    return count


async def insert_check(work: Work, id_: UUID, customer_id: UUID) -> None:
    """Written before asking, so that a crash leaves its trace and the count holds under a race."""
    await work.execute(
        "INSERT INTO party.real_name_check (institution_id, id, customer_id, asked_at) VALUES ($1,$2,$3,$4)",
        work.bank, id_, customer_id, work.now,
    )  # fmt: skip


async def answer_check(work: Work, id_: UUID, result: str, evidence_no: str) -> None:
    """What the register said."""
    await work.execute(
        "UPDATE party.real_name_check SET result=$3, evidence_no=$4 WHERE institution_id=$1 AND id=$2",
        work.bank, id_, result, evidence_no,
    )  # fmt: skip

"""SQL of taking over many people and accounts at once; what is there already stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from fengshou.kernel import Work

# bank, id, phone (sealed, blind), name (sealed, blind, masked), number (sealed, blind), joined, evidence,
# birth year, gender, elder
PersonRow: TypeAlias = tuple[
    int, UUID, bytes, bytes, bytes, bytes, str, bytes, bytes, datetime, str, int, str, bool
]  # fmt: skip
# bank, account, customer, class, slot, alias, opened on, name (blind, masked), request, entry
AccountRow: TypeAlias = tuple[int, int, UUID, int, int, str, date, bytes, str, UUID, UUID]


async def insert_people(work: Work, rows: Sequence[PersonRow]) -> None:
    """People with their places in the directory. A phone or number somebody else holds is a mistake: it raises."""
    await work.executemany(
        "INSERT INTO party.customer (institution_id, id, phone_sealed, phone_blind, name_sealed, name_blind,"
        " name_masked, id_number_sealed, id_number_blind, verified_at, joined_at, evidence_no, birth_year, gender,"
        " elder, real_name, current_bank)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$10,$11,$12,$13,$14,'verified',$1) ON CONFLICT DO NOTHING",
        rows,
    )
    keys = [
        (kind, row[place], row[0], row[1]) for row in rows for kind, place in (("phone", 3), ("id_number", 8))
    ]
    await work.executemany(
        "INSERT INTO party.directory (kind, blind, institution_id, party_id) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT DO NOTHING",
        keys,
    )
    strangers = await work.fetchval(
        "SELECT count(*) FROM unnest($1::text[], $2::bytea[], $3::uuid[]) AS w(kind, blind, party)"
        " JOIN party.directory d ON d.kind = w.kind AND d.blind = w.blind WHERE d.party_id <> w.party",
        [k[0] for k in keys], [k[1] for k in keys], [k[3] for k in keys],
    )  # fmt: skip
    if strangers:
        raise ValueError(f"{strangers} phones or identity numbers belong to somebody else")


async def insert_accounts(work: Work, rows: Sequence[AccountRow]) -> None:
    """Accounts reserved, not yet open."""
    await work.executemany(
        "INSERT INTO party.customer_account (institution_id, account_id, customer_id, class, slot, alias, opened_on,"
        " name_blind, name_masked, request, entry, status)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,'opening') ON CONFLICT DO NOTHING",
        rows,
    )

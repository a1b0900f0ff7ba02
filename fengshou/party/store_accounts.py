"""SQL of customers' accounts, and the statements that ride on the book's commits."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from fengshou.kernel import Record, Work
from fengshou.party.errors import AccountNotOpen
from fengshou.party.ports import Ride, RideKind

_ACCOUNT = "institution_id, account_id, customer_id, class, status, opened_on, alias"

# A ride that finds its row in another state comes back short, and its entry is refused.
RIDES = (
    RideKind(
        "party.account_opened",
        "UPDATE party.customer_account a SET status='active', opened_on=r.day"
        " FROM unnest($1::int[], $2::smallint[], $3::bigint[], $4::date[]) AS r(n, bank, account, day)"
        " WHERE a.institution_id=r.bank AND a.account_id=r.account AND a.status='opening' RETURNING r.n",
        ("smallint", "bigint", "date"),
        AccountNotOpen,
    ),
    RideKind(
        "party.holding_added",
        "WITH wish AS (SELECT * FROM unnest($1::int[], $2::uuid[], $3::smallint[], $4::bigint[])"
        " AS r(n, customer, bank, account)), done AS ("
        " INSERT INTO party.holding AS h (customer_id, institution_id, account_id)"
        " SELECT customer, bank, account FROM wish ON CONFLICT DO NOTHING"
        " RETURNING h.customer_id, h.institution_id, h.account_id)"
        " SELECT w.n FROM wish w JOIN done d"
        " ON (d.customer_id, d.institution_id, d.account_id) = (w.customer, w.bank, w.account)",
        ("uuid", "smallint", "bigint"),
        AccountNotOpen,
    ),
    RideKind(
        "party.account_status",
        "UPDATE party.customer_account a SET status=r.after"
        " FROM unnest($1::int[], $2::smallint[], $3::bigint[], $4::text[], $5::text[])"
        " AS r(n, bank, account, before, after)"
        " WHERE a.institution_id=r.bank AND a.account_id=r.account AND a.status=r.before RETURNING r.n",
        ("smallint", "bigint", "text", "text"),
        AccountNotOpen,
    ),
    RideKind(
        "party.account_closed",
        "UPDATE party.customer_account a SET status='closed', slot=NULL, closed_on=r.day"
        " FROM unnest($1::int[], $2::smallint[], $3::bigint[], $4::date[]) AS r(n, bank, account, day)"
        " WHERE a.institution_id=r.bank AND a.account_id=r.account AND a.status='active' RETURNING r.n",
        ("smallint", "bigint", "date"),
        AccountNotOpen,
    ),
)


def opened(bank: int, account: int, customer: UUID, day: date) -> tuple[Ride, ...]:
    """The account becomes active and its owner's holding is entered."""
    return (
        Ride("party.account_opened", (bank, account), (bank, account, day)),
        Ride("party.holding_added", (customer, bank, account), (customer, bank, account)),
    )


def status_changed(bank: int, account: int, before: str, after: str) -> tuple[Ride, ...]:
    """From one state to another, if it still is in the first."""
    return (Ride("party.account_status", (bank, account), (bank, account, before, after)),)


def closed(bank: int, account: int, day: date) -> tuple[Ride, ...]:
    """Closed for ever; the slot is free again."""
    return (Ride("party.account_closed", (bank, account), (bank, account, day)),)


async def insert_opening(
    work: Work, account: int, customer: UUID, class_: int, slot: int, name: tuple[bytes, str],
    request: UUID, entry: UUID, day: date,
) -> bool:  # fmt: skip
    """Reserve a slot for an account to be; False when the slot or the request is taken. `name` is (blind, masked)."""
    tag = await work.execute(
        "INSERT INTO party.customer_account (institution_id, account_id, customer_id, class, slot, status,"
        " opened_on, name_blind, name_masked, request, entry)"
        " VALUES ($1,$2,$3,$4,$5,'opening',$6,$7,$8,$9,$10) ON CONFLICT DO NOTHING",
        work.bank, account, customer, class_, slot, day, *name, request, entry,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def drop_stale_openings(work: Work, customer: UUID, before: UUID) -> None:
    """Give back what openings reserved that never came to their end. One that still would is refused by its ride."""
    await work.execute(
        "DELETE FROM party.customer_account"
        " WHERE institution_id=$1 AND customer_id=$2 AND status='opening' AND entry < $3",
        work.bank, customer, before,
    )  # fmt: skip


async def by_request(work: Work, customer: UUID, request: UUID) -> Record | None:
    """The account a request asked for, open yet or not."""
    return await work.fetchrow(
        f"SELECT {_ACCOUNT}, entry FROM party.customer_account"  # noqa: S608 - constants
        " WHERE institution_id=$1 AND customer_id=$2 AND request=$3",
        work.bank, customer, request,
    )  # fmt: skip


async def slots_taken(work: Work, customer: UUID, class_: int) -> set[int]:
    """The slots of a class that a person's accounts at this bank take."""
    rows = await work.fetch(
        "SELECT slot FROM party.customer_account WHERE institution_id=$1 AND customer_id=$2 AND class=$3"
        " AND slot IS NOT NULL",
        work.bank, customer, class_,
    )  # fmt: skip
    return {row["slot"] for row in rows}


async def banks_of(work: Work, customer: UUID) -> list[int]:
    """The banks at which a person has accounts, in order."""
    rows = await work.fetch(
        "SELECT DISTINCT institution_id FROM party.holding WHERE customer_id=$1 ORDER BY 1", customer
    )
    return [row["institution_id"] for row in rows]


async def accounts_at(work: Work, customer: UUID) -> list[Record]:
    """A person's accounts at this bank, oldest first; those still opening are not there yet."""
    return await work.fetch(
        f"SELECT {_ACCOUNT} FROM party.customer_account WHERE institution_id=$1 AND customer_id=$2"  # noqa: S608 - constants
        " AND status <> 'opening' ORDER BY account_id",
        work.bank, customer,
    )  # fmt: skip


async def account_at(work: Work, customer: UUID, account: int) -> Record | None:
    """One account, if it is this person's."""
    return await work.fetchrow(
        f"SELECT {_ACCOUNT} FROM party.customer_account"  # noqa: S608 - constants
        " WHERE institution_id=$1 AND account_id=$2 AND customer_id=$3 AND status <> 'opening'",
        work.bank, account, customer,
    )  # fmt: skip


async def any_account_at(work: Work, account: int) -> Record | None:
    """One account of this bank, whosever it is: for the bank's own staff and jobs."""
    return await work.fetchrow(
        f"SELECT {_ACCOUNT} FROM party.customer_account"  # noqa: S608 - constants
        " WHERE institution_id=$1 AND account_id=$2 AND status <> 'opening'",
        work.bank, account,
    )  # fmt: skip


async def set_alias(work: Work, customer: UUID, account: int, alias: str) -> bool:
    """What the owner calls it."""
    tag = await work.execute(
        "UPDATE party.customer_account SET alias=$4"
        " WHERE institution_id=$1 AND account_id=$2 AND customer_id=$3 AND status <> 'opening'",
        work.bank, account, customer, alias,
    )  # fmt: skip
    return tag == "UPDATE 1"


async def name_check(work: Work, bank: int, account: int, blind: bytes) -> Record | None:
    """Whether the name belongs to an account of any bank, through the one narrow function."""
    return await work.fetchrow("SELECT matches, masked FROM party.name_check($1,$2,$3)", bank, account, blind)

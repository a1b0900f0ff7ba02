"""The law of tamper evidence: whatever is changed in any column of any table of the book, `verify` says where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from random import Random

import asyncpg
import pytest

from fengshou.kernel import Clock, Database
from fengshou.ledger import verify
from tests.ledger.rich_book import rich_book, unbounded

# What a proof does not find, and why that is right.
EXCEPTIONS = {
    ("lease", "until"): "how long the writer of this moment owns the book: it says nothing of the book",
    ("lease", "address"): "where the writer of this moment is reached: it says nothing of the book",
}
# Other changes than those by type: a lower checkpoint is as true as the one that was written, recovery reads more.
SPECIAL = {("checkpoint", "position"): "position + 1"}
MAY_GO = {"checkpoint"}  # for the same reason
BY_TYPE = {
    "smallint": "coalesce({c}, 6) # 1",
    "integer": "coalesce({c}, 6) # 1",
    "bigint": "coalesce({c}, 6) # 1048576",
    "numeric": "coalesce({c}, 6) + 1",
    "text": "coalesce({c}, '') || 'x'",
    "character": "'QQQ'",
    "uuid": "coalesce(overlay({c}::text placing case substr({c}::text, 22, 1) when '0' then '1' else '0' end"
    " from 22 for 1)::uuid, gen_random_uuid())",
    "timestamp with time zone": "coalesce({c}, now()) + interval '1 microsecond'",
    "date": "case when coalesce({c}, '-infinity') = '-infinity' then '2024-01-01' else {c} + 3650 end",
    "bytea": "set_byte({c}, length({c}) / 2, get_byte({c}, length({c}) / 2) # 1)",
    "jsonb": "'{{\"x\": 1}}'",
}
_COLUMNS = (
    "SELECT c.table_name AS name, c.column_name AS column, c.data_type AS type,"
    " coalesce(a.attnum = ANY(i.indkey), false) AS key"
    " FROM information_schema.columns c"
    " JOIN pg_class k ON k.oid = format('ledger.%I', c.table_name)::regclass AND k.relkind = 'r'"
    " JOIN pg_attribute a ON a.attrelid = k.oid AND a.attname = c.column_name"
    " LEFT JOIN pg_index i ON i.indrelid = k.oid AND i.indisprimary"
    " WHERE c.table_schema = 'ledger' ORDER BY 1, c.ordinal_position"
)


@pytest.fixture
async def book(db: Database, clock: Clock, dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner to a book that is whole and has something in every table."""
    owner = await asyncpg.connect(dsn)
    await rich_book(db, clock, dsn)
    assert (await verify(owner)).problems == []
    await unbounded(owner)
    yield owner
    await owner.close()


async def test_a_change_in_any_column_of_any_table_is_found(book: asyncpg.Connection) -> None:
    tables = await catalogue(book)
    missed = []
    for table, columns in tables.items():
        for column, (type_, _) in columns.items():
            if (table, column) in EXCEPTIONS:
                continue
            changed = SPECIAL.get((table, column)) or BY_TYPE[type_].format(c=f'"{column}"')
            row = await some_row(book, table, column)
            problems = await problems_after(
                book,
                f"UPDATE ledger.{table} SET \"{column}\" = {changed} WHERE ctid = '{row}'",  # noqa: S608 - names from the catalogue
            )
            if not any(names(table, p) for p in problems):
                missed.append((table, column, problems[:3]))
    assert not missed, "\n".join(map(str, missed))


async def test_a_row_that_is_gone_or_there_twice_is_found(book: asyncpg.Connection) -> None:
    missed = []
    for table, columns in (await catalogue(book)).items():
        row = await some_row(book, table, "gone")
        if table not in MAY_GO and not await problems_after(
            book, f"DELETE FROM ledger.{table} WHERE ctid = '{row}'"  # noqa: S608 - names from the catalogue
        ):  # fmt: skip
            missed.append((table, "gone"))
        key = [c for c, (_, is_key) in columns.items() if is_key][-1]
        other = BY_TYPE[columns[key][0]].format(c=f'"{key}"')
        values = ", ".join(other if c == key else f'"{c}"' for c in columns)
        names_ = ", ".join(f'"{c}"' for c in columns)
        if not await problems_after(
            book,
            f"INSERT INTO ledger.{table} ({names_}) SELECT {values} FROM ledger.{table} WHERE ctid = '{row}'",  # noqa: S608 - names from the catalogue
        ):
            missed.append((table, "twice"))
    assert not missed, missed


async def test_two_rows_that_changed_places_are_found(book: asyncpg.Connection) -> None:
    missed, tried = [], 0
    for table, columns in (await catalogue(book)).items():
        rest = ", ".join(f'"{c}"' for c, (_, is_key) in columns.items() if not is_key)
        bank = "institution_id" if "institution_id" in columns else "1"
        pair = await book.fetchrow(
            f"SELECT a.ctid::text, b.ctid::text FROM ledger.{table} a JOIN ledger.{table} b USING ({bank})"  # noqa: S608 - names from the catalogue
            f" WHERE a.ctid < b.ctid AND ROW({', '.join('a.' + c for c in rest.split(', '))})"
            f" IS DISTINCT FROM ROW({', '.join('b.' + c for c in rest.split(', '))}) ORDER BY md5(a.ctid::text) LIMIT 1"
        ) if bank != "1" and rest else None  # fmt: skip
        if pair is None:
            continue
        tried += 1
        a, b = pair
        if not await problems_after(
            book,
            f"UPDATE ledger.{table} t SET ({rest}) = (SELECT {rest} FROM ledger.{table} o"  # noqa: S608 - names from the catalogue
            f" WHERE o.ctid = CASE WHEN t.ctid = '{a}' THEN '{b}'::tid ELSE '{a}'::tid END)"
            f" WHERE t.ctid IN ('{a}', '{b}')",
        ):
            missed.append(table)
    assert (missed, tried >= 15) == ([], True)


async def catalogue(owner: asyncpg.Connection) -> dict[str, dict[str, tuple[str, bool]]]:
    """Columns by table, each its type and whether it is of the key; every table but empty months has rows."""
    found: dict[str, dict[str, tuple[str, bool]]] = defaultdict(dict)
    for r in await owner.fetch(_COLUMNS):
        found[r["name"]][r["column"]] = r["type"], r["key"]
    empty = {t for t in found if not await owner.fetchval(f"SELECT count(*) FROM ledger.{t}")}  # noqa: S608 - names from the catalogue
    assert {t for t in empty if not t.startswith("journal_")} == set()
    return {t: columns for t, columns in found.items() if t not in empty}


async def some_row(owner: asyncpg.Connection, table: str, seed: str) -> str:
    """Where one of a table's rows lies, the same one in each run."""
    rows = [r[0] for r in await owner.fetch(f"SELECT ctid::text FROM ledger.{table} ORDER BY ctid")]  # noqa: S608 - names from the catalogue
    found: str = Random(f"{table}.{seed}").choice(rows)
    return found


async def problems_after(owner: asyncpg.Connection, change: str) -> list[str]:
    """What `verify` says of the book with a change, which is taken back afterwards."""
    changing = owner.transaction(isolation="repeatable_read")  # as verify's own, which nests in it
    await changing.start()
    assert await owner.execute(change) not in ("UPDATE 0", "DELETE 0", "INSERT 0 0"), change
    problems = (await verify(owner)).problems
    await changing.rollback()
    return problems


def names(table: str, problem: str) -> bool:
    """Whether a problem says where to look."""
    if table.startswith("journal_"):
        return "batch" in problem
    words = {
        "record": ("record", "office"), "sealed_page": ("sealed page", "batch"), "followed": ("followed", "day_edge"),
        "sealed_month": ("sealed_month", "sealed month"), "anchor_state": ("anchor",), "checkpoint": ("checkpoint",),
    }.get(table, (table,))  # fmt: skip
    return any(word in problem for word in words)

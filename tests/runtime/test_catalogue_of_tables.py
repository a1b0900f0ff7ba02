"""The schema as PostgreSQL's own catalogue has it: would it still stand on a distributed engine, behind its policies?

Each check returns its findings in words. Every one is also shown a planted fault, because a check that finds nothing
proves nothing until it has found something.
"""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from fengshou.kernel import Clock
from fengshou.kernel.migrate import found
from tests.support.town import JINGNING, XIAOSHAN, Person, Town, open_town, wish

ROOMS = Path(__file__).parents[2] / "fengshou"
KINDS = {"distributed", "reference", "local", "directory"}
OWN_BANK = "(institution_id = (current_setting('app.institution'::text))::smallint)"
# The runner's own list of applied files; it is there before the first migration.
OF_THE_RUNNER = {"kernel.migration": "local"}
# The one narrow question that crosses banks (house.md: the name check).
MAY_CROSS = {"party.name_check"}
Kinds = dict[str, str]

_DECLARED = re.compile(r"^-- kind: (\w+)\nCREATE TABLE (?:IF NOT EXISTS )?([\w.]+)", re.MULTILINE)
# Tables of our schemas; a partition is its parent's, so it has a parent here and no kind of its own.
_TABLES = """
SELECT n.nspname || '.' || c.relname AS name, c.relrowsecurity AS guarded,
       (SELECT i.inhparent::regclass::text FROM pg_inherits i WHERE i.inhrelid = c.oid) AS parent
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname <> ALL ('{pg_catalog,information_schema,pg_toast,jobs}')
ORDER BY 1"""
_UNIQUE = """
SELECT n.nspname || '.' || t.relname AS name, i.indexrelid::regclass::text AS index, i.indisprimary AS is_key,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int[]) WITH ORDINALITY k(att, n)
             LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att ORDER BY k.n) AS columns
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE i.indisunique OR i.indisexclusion"""
_REFERENCES = """
SELECT conname AS name, f.nspname || '.' || a.relname AS source, g.nspname || '.' || b.relname AS target,
       ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey)) AS columns
FROM pg_constraint JOIN pg_class a ON a.oid = conrelid JOIN pg_namespace f ON f.oid = a.relnamespace
JOIN pg_class b ON b.oid = confrelid JOIN pg_namespace g ON g.oid = b.relnamespace
WHERE contype = 'f'"""
_TRIGGERS = """
SELECT n.nspname || '.' || c.relname AS name, tgname::text AS trigger
FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT tgisinternal"""
_POLICIES = """
SELECT n.nspname || '.' || c.relname AS name, p.polname::text AS policy,
       pg_get_expr(p.polqual, p.polrelid) AS reads, pg_get_expr(p.polwithcheck, p.polrelid) AS writes
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.polpermissive AND (p.polroles = '{0}' OR 'fs_web'::regrole = ANY (p.polroles))"""
_FUNCTIONS = """
SELECT n.nspname || '.' || f.proname FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
WHERE f.prosecdef AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND has_function_privilege('fs_web', f.oid, 'EXECUTE')"""


def declared() -> Kinds:
    """What the migrations say each table is."""
    kinds = {table: kind for step in found() for kind, table in _DECLARED.findall(step.sql)}
    return kinds | OF_THE_RUNNER


async def of_no_kind(db: asyncpg.Connection, kinds: Kinds) -> list[str]:
    """Tables whose kind nobody said, kinds that are none, and kinds said of no table."""
    there = {r["name"] for r in await db.fetch(_TABLES) if r["parent"] is None}
    unknown = [f"{t} is of no kind: say '-- kind: …' above its CREATE TABLE" for t in there - kinds.keys()]
    odd = [f"{t} is {k!r}, which is no kind" for t, k in kinds.items() if k not in KINDS]
    return sorted([*unknown, *odd, *(f"{t} is declared and not there" for t in kinds.keys() - there)])


async def keys_across_banks(db: asyncpg.Connection, kinds: Kinds) -> list[str]:
    """Distributed tables without a key, and unique indexes that no single node could check."""
    rows = [r for r in await db.fetch(_UNIQUE) if kinds.get(r["name"]) == "distributed"]
    keyed = {r["name"] for r in rows if r["is_key"]}
    told = [f"{t} has no primary key" for t, k in kinds.items() if k == "distributed" and t not in keyed]
    for row in rows:
        if "institution_id" not in row["columns"]:
            told.append(f"{row['index']} lacks institution_id")
        elif row["is_key"] and row["columns"][0] != "institution_id":
            told.append(f"{row['index']} does not begin with institution_id")
    return sorted(told)


async def references_across_kinds(db: asyncpg.Connection, kinds: Kinds) -> list[str]:
    """Foreign keys between tables of different distribution, or between banks."""
    told = []
    for row in await db.fetch(_REFERENCES):
        pair = kinds.get(row["source"]), kinds.get(row["target"])
        if "distributed" not in pair:
            # A reference table is on every node; a local one is not, but both ends of it are on one.
            if pair not in {("reference", "reference"), ("local", "local"), ("local", "reference")}:
                told.append(
                    f"{row['source']} ({pair[0]}) refers to {row['target']} ({pair[1]}): {row['name']}"
                )
        elif pair[0] != pair[1]:
            told.append(f"{row['source']} ({pair[0]}) refers to {row['target']} ({pair[1]}): {row['name']}")
        elif "institution_id" not in row["columns"]:
            told.append(f"{row['source']} refers to {row['target']} of another bank: {row['name']}")
    return sorted(told)


async def triggers(db: asyncpg.Connection, kinds: Kinds) -> list[str]:
    """Triggers on distributed tables."""
    rows = await db.fetch(_TRIGGERS)
    return sorted(f"{r['name']} has {r['trigger']}" for r in rows if kinds.get(r["name"]) == "distributed")


async def ways_of(db: asyncpg.Connection, role: str, what: str, table: str) -> bool:
    """Whether a role may do `what` on a table or on any of its columns."""
    whole: bool = await db.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, what)
    if whole or what == "DELETE":
        return whole
    some: bool = await db.fetchval("SELECT has_any_column_privilege($1, $2, $3)", role, table, what)
    return some


async def doors_left_open(db: asyncpg.Connection, kinds: Kinds) -> list[str]:
    """Distributed tables that the web's role could read or write across banks, by whatever way."""
    tables, told = await db.fetch(_TABLES), []
    policies = await db.fetch(_POLICIES)
    for table in tables:
        name, kind = table["name"], kinds.get(table["parent"] or table["name"])
        if kind != "distributed":
            continue
        granted = [
            w for w in ("SELECT", "INSERT", "UPDATE", "DELETE") if await ways_of(db, "fs_web", w, name)
        ]
        if table["parent"]:
            # A partition is guarded by its parent's policies as long as nobody may name it.
            told += [f"{name} is a partition that fs_web may {w}" for w in granted]
            continue
        mine = [p for p in policies if p["name"] == name]
        if not table["guarded"]:
            told.append(f"{name} has no row level security")
        if granted and not mine:
            told.append(f"{name} has no policy for fs_web")
        for policy in mine:
            if {policy["reads"], policy["writes"]} - {None, OWN_BANK}:
                told.append(f"{name}: {policy['policy']} lets fs_web past its own bank")
    crossing = {r[0] for r in await db.fetch(_FUNCTIONS)} - MAY_CROSS
    return sorted(told + [f"{name}() runs as its owner for fs_web" for name in crossing])


async def strong_roles(db: asyncpg.Connection) -> list[str]:
    """Roles of the bank that could log in, step over policies, or own what they use."""
    rows = await db.fetch(
        "SELECT rolname::text AS name, rolcanlogin AS log_in, rolbypassrls AS bypass, rolsuper AS super,"
        " EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) AS owns"
        " FROM pg_roles r WHERE rolname LIKE 'fs\\_%' ORDER BY 1"
    )
    assert {"fs_web", "fs_writer", "fs_relay", "fs_centre"} <= {r["name"] for r in rows}
    return [f"{r['name']}: {k}" for r in rows for k in ("log_in", "bypass", "super", "owns") if r[k]]


def statements(source: str) -> Iterator[str]:
    """The SQL in a module: each string, with what is formatted in left as a gap, on one line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        yield " ".join(text.split())


_SET = re.compile(
    r"\b(?:UPDATE\b.*?|DO UPDATE )\bSET\b((?:(?!\b(?:WHERE|FROM|RETURNING)\b).)*)", re.IGNORECASE
)
_MERGE = re.compile(r"\bMERGE\s+INTO\b.*\bVALUES\b.*\bWHEN\b", re.IGNORECASE)
_SKIP = re.compile(r"\bFOR (?:NO KEY )?UPDATE\b.*\bSKIP LOCKED\b", re.IGNORECASE)


def surprises(source: str, kinds: Kinds) -> list[str]:
    """Statements that a distributed engine refuses or does differently."""
    told = []
    for sql in statements(source):
        if any(re.search(r"\binstitution_id\s*[=,)]", s) for s in _SET.findall(sql)):
            told.append(f"moves a row to another bank: {sql[:90]}")
        if _MERGE.search(sql):
            told.append(f"merges values: {sql[:90]}")
        if _SKIP.search(sql) and any(
            re.search(rf"\b{re.escape(table)}\b", sql)
            for table, kind in kinds.items()
            if kind == "distributed"
        ):
            told.append(f"skips locked rows across shards: {sql[:90]}")
    return told


@pytest.fixture
async def owner(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to a migrated database."""
    db = await asyncpg.connect(dsn)
    yield db
    await db.close()


@asynccontextmanager
async def scratch(db: asyncpg.Connection, sql: str) -> AsyncIterator[None]:
    """A schema with a fault in it, undone afterwards; roles too."""
    transaction = db.transaction()
    await transaction.start()
    try:
        await db.execute(f"CREATE SCHEMA scratch; GRANT USAGE ON SCHEMA scratch TO fs_web; {sql}")
        yield
    finally:
        await transaction.rollback()


async def test_every_table_is_of_a_declared_kind(owner: asyncpg.Connection) -> None:
    kinds = declared()

    assert await of_no_kind(owner, kinds) == []
    assert sum(k == "distributed" for k in kinds.values()) >= 30

    async with scratch(owner, "CREATE TABLE scratch.stray (id int)"):
        more = {**kinds, "scratch.gone": "local", "kernel.setting": "elsewhere"}
        assert await of_no_kind(owner, more) == [
            "kernel.setting is 'elsewhere', which is no kind",
            "scratch.gone is declared and not there",
            "scratch.stray is of no kind: say '-- kind: …' above its CREATE TABLE",
        ]


async def test_every_key_of_a_distributed_table_names_the_bank(owner: asyncpg.Connection) -> None:
    kinds = declared()

    assert await keys_across_banks(owner, kinds) == []

    planted = """
    CREATE TABLE scratch.bare (institution_id smallint, id int);
    CREATE TABLE scratch.late (id int, institution_id smallint, PRIMARY KEY (id, institution_id));
    CREATE TABLE scratch.lost (institution_id smallint, id int, no text, PRIMARY KEY (institution_id, id));
    CREATE UNIQUE INDEX lost_no ON scratch.lost (lower(no)) WHERE no IS NOT NULL"""
    async with scratch(owner, planted):
        faulty = {**kinds, **{f"scratch.{t}": "distributed" for t in ("bare", "late", "lost")}}
        assert await keys_across_banks(owner, faulty) == [
            "scratch.bare has no primary key",
            "scratch.late_pkey does not begin with institution_id",
            "scratch.lost_no lacks institution_id",
        ]


async def test_no_reference_crosses_distributions(owner: asyncpg.Connection) -> None:
    kinds = declared()

    assert await references_across_kinds(owner, kinds) == []

    planted = """
    CREATE TABLE scratch.colour (id int PRIMARY KEY);
    CREATE TABLE scratch.coat (institution_id smallint, id int UNIQUE, colour int REFERENCES scratch.colour,
      PRIMARY KEY (institution_id, id));
    CREATE TABLE scratch.button (institution_id smallint, id int, coat int REFERENCES scratch.coat (id),
      PRIMARY KEY (institution_id, id));
    CREATE TABLE scratch.peg (id int REFERENCES scratch.coat (id))"""
    async with scratch(owner, planted):
        kinds |= {"scratch.colour": "reference", "scratch.coat": "distributed"}
        kinds |= {"scratch.button": "distributed", "scratch.peg": "local"}
        assert await references_across_kinds(owner, kinds) == [
            "scratch.button refers to scratch.coat of another bank: button_coat_fkey",
            "scratch.coat (distributed) refers to scratch.colour (reference): coat_colour_fkey",
            "scratch.peg (local) refers to scratch.coat (distributed): peg_id_fkey",
        ]


async def test_distributed_tables_have_no_triggers(owner: asyncpg.Connection) -> None:
    kinds = declared()

    assert await triggers(owner, kinds) == []

    planted = """
    CREATE FUNCTION scratch.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER tell AFTER INSERT ON payments.orders FOR EACH ROW EXECUTE FUNCTION scratch.nothing()"""
    async with scratch(owner, planted):
        assert await triggers(owner, kinds) == ["payments.orders has tell"]


async def test_the_web_is_kept_inside_one_bank_by_policies(owner: asyncpg.Connection) -> None:
    kinds = declared()

    assert await doors_left_open(owner, kinds) == []

    planted = f"""
    ALTER TABLE payments.orders DISABLE ROW LEVEL SECURITY;
    CREATE POLICY wide ON payments.payee TO fs_web USING (true);
    CREATE POLICY half ON payments.inbound TO PUBLIC USING {OWN_BANK} WITH CHECK (institution_id > 0);
    DROP POLICY own_bank ON party.staff;
    CREATE TABLE scratch.page PARTITION OF ledger.journal DEFAULT;
    GRANT SELECT (id) ON scratch.page TO fs_web;
    CREATE FUNCTION scratch.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER
      AS 'SELECT count(*) FROM payments.orders'"""  # noqa: S608 - a constant of this file
    async with scratch(owner, planted):
        assert await doors_left_open(owner, kinds) == [
            "party.staff has no policy for fs_web",
            "payments.inbound: half lets fs_web past its own bank",
            "payments.orders has no row level security",
            "payments.payee: wide lets fs_web past its own bank",
            "scratch.page is a partition that fs_web may SELECT",
            "scratch.peek() runs as its owner for fs_web",
        ]


async def test_roles_can_neither_log_in_nor_step_over_policies(owner: asyncpg.Connection) -> None:
    assert await strong_roles(owner) == []

    # Roles belong to the whole server, so the planted one is the transaction's own.
    planted = """
    CREATE ROLE fs_planted LOGIN BYPASSRLS;
    GRANT CREATE ON SCHEMA scratch TO fs_planted;
    CREATE TABLE scratch.mine (id int);
    ALTER TABLE scratch.mine OWNER TO fs_planted"""
    async with scratch(owner, planted):
        assert await strong_roles(owner) == ["fs_planted: log_in", "fs_planted: bypass", "fs_planted: owns"]


def test_no_statement_would_surprise_a_distributed_engine() -> None:
    kinds = declared()
    stores = sorted(ROOMS.glob("*/store*.py"))

    assert len(stores) >= 15
    assert {
        str(f.relative_to(ROOMS)): s for f in stores if (s := surprises(f.read_text("utf-8"), kinds))
    } == {}


@pytest.mark.parametrize(
    "source",
    [
        '"UPDATE party.staff SET name = $1," " institution_id = $2 WHERE id = $3"',
        '"INSERT INTO party.staff VALUES ($1) ON CONFLICT (id) DO UPDATE SET institution_id = 3"',
        'f"UPDATE {table} SET (name, institution_id) = ($1, $2)"',
        '"MERGE INTO party.staff t USING (VALUES ($1)) v (id) ON v.id = t.id WHEN MATCHED THEN DELETE"',
        '"""SELECT id FROM payments.orders\n WHERE state = 1\n FOR UPDATE\n SKIP LOCKED"""',
    ],
)
def test_each_surprise_is_found(source: str) -> None:
    assert len(surprises(f"SQL = {source}", declared())) == 1


@pytest.mark.parametrize(
    "source",
    [
        '"UPDATE party.staff SET name = $1 WHERE institution_id = $2 AND id = $3"',
        '"UPDATE party.staff s SET name = x.name FROM x WHERE s.institution_id = x.institution_id"',
        '"SELECT id FROM kernel.setting FOR UPDATE SKIP LOCKED"',
    ],
)
def test_what_is_no_surprise_is_left_alone(source: str) -> None:
    assert surprises(f"SQL = {source}", declared()) == []


@pytest.fixture
async def town(dsn: str, clock: Clock, tmp_path: Path) -> AsyncIterator[Town]:
    """A bank with two people at two banks who have paid each other."""
    town = await open_town(dsn, tmp_path, clock)
    one = await town.person("周明", XIAOSHAN, 100_00)
    two = await town.person("林小禾", JINGNING, 100_00)
    await _pay(town, one, two)
    await _pay(town, two, one)
    yield town
    await town.house.close()


async def _pay(town: Town, payer: Person, to: Person) -> None:
    order = await town.house.payments.transfer(payer.who, wish(payer, to.payee(), "1.00"))
    assert order.state == "done"


async def strangers_rows(db: asyncpg.Connection, tables: list[str], bank: int) -> list[str]:
    """Tables in which the web's role, at work for one bank, sees a row of another."""
    there = "SELECT EXISTS (SELECT FROM {} WHERE institution_id <> $1)"
    async with db.transaction():
        await db.execute("SET LOCAL ROLE fs_web")
        await db.execute(f"SET LOCAL app.institution = '{bank}'")
        return [table for table in tables if await db.fetchval(there.format(table), bank)]


async def test_a_transaction_of_one_bank_sees_no_row_of_another(
    town: Town, owner: asyncpg.Connection
) -> None:
    kinds = declared()
    read = [t for t, k in kinds.items() if k == "distributed" and await ways_of(owner, "fs_web", "SELECT", t)]
    there = "SELECT EXISTS (SELECT FROM {} WHERE institution_id = $1)"
    filled = {t for t in read if await owner.fetchval(there.format(t), JINGNING)}

    assert filled >= {
        "access.device", "access.password", "access.session", "kernel.audit", "ledger.journal", "party.customer",
        "party.customer_account", "payments.line", "payments.orders", "risk.decision", "risk.event", "risk.profile",
    }  # fmt: skip
    assert await strangers_rows(owner, read, XIAOSHAN) == []
    assert await strangers_rows(owner, read, JINGNING) == []
    assert (
        await doors_left_open(owner, kinds) == []
    )  # with the journal's partitions, which the open bank has made

    await owner.execute("ALTER TABLE payments.orders DISABLE ROW LEVEL SECURITY")
    assert await strangers_rows(owner, read, XIAOSHAN) == ["payments.orders"]

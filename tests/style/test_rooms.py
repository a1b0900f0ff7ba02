"""The rules of the house (docs: design of rooms) that import-linter cannot say."""

import ast
import configparser
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.style.tree import ROOT, Finding, files, parsed, report, text_of, with_suffix

KINDS = ("distributed", "reference", "local", "directory")
# The kernel *is* the way to the database; runtime starts, migrates and measures it.
SQL_IS_THEIR_WORK = {"kernel", "runtime"}
SQL = re.compile(
    r"\s*(?:SELECT\s|INSERT\s+INTO\s|UPDATE\s+\w[\w.]*\s+(?:\w+\s+)?SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s"
    r"|CREATE\s+(?:TABLE|INDEX|SCHEMA)|ALTER\s+TABLE|TRUNCATE\s|COPY\s+\w)"
)
CREATE_TABLE = re.compile(
    r"^CREATE TABLE (?:IF NOT EXISTS )?(?P<table>[\w.\"]+)(?P<rest>[^\n]*)", re.MULTILINE
)
MIGRATION_NAME = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql")


def rooms() -> list[str]:
    return sorted(
        {name.parts[1] for name in with_suffix(".py") if name.parts[0] == "fengshou" and len(name.parts) > 2}
    )


def migrations() -> list[Path]:
    return [
        name
        for name in with_suffix(".sql")
        if name.parts[0] == "fengshou" and name.parent.name == "migrations"
    ]


def test_every_room_has_a_floor_and_a_door() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    floors = set(re.findall(r"\w+", contracts["importlinter:contract:tower"]["layers"]))
    web = contracts["importlinter:contract:web"]["source_modules"].split()

    for room in rooms():
        assert room in floors, f"{room} has no floor in .importlinter; a new room needs a decision page first"
        if room == "runtime":
            continue  # nobody stands above it to come in
        assert f"importlinter:contract:{room}-door" in contracts, (
            f"{room} has no protected door in .importlinter"
        )
        if room in {"channels", "adapters"}:
            continue  # HTTP lives there
        assert f"fengshou.{room}" in web, f"the contract `web` in .importlinter does not cover {room}"


def test_every_room_says_what_it_promises() -> None:
    findings = [
        Finding(front, 1, "has no docstring")
        for room in rooms()
        if (front := Path("fengshou", room, "__init__.py")) not in files()
        or not ast.get_docstring(parsed(front))
    ]

    assert not findings, report(findings, "A front door says in prose what the room promises.")


def test_the_sql_of_a_room_is_in_its_store() -> None:
    findings = [
        Finding(name, line, text)
        for name in with_suffix(".py")
        if name.parts[0] == "fengshou" and len(name.parts) > 2 and name.parts[1] not in SQL_IS_THEIR_WORK
        if not re.fullmatch(r"store(?:_\w+)?", name.stem) and "store" not in name.parent.parts
        for line, text in sql_in(parsed(name))
    ]

    assert not findings, report(findings, "Move the statement to the room's store.py (or store_*.py).")


@pytest.mark.parametrize("name", migrations(), ids=str)
def test_a_migration_declares_what_kind_each_table_is(name: Path) -> None:
    text = text_of(name)
    room = name.parts[1]
    for found in CREATE_TABLE.finditer(text):
        if "PARTITION OF" in found["rest"]:
            continue  # a partition is of its parent's kind
        above = text[: found.start()].rstrip("\n").rsplit("\n", 1)[-1]
        kind = re.fullmatch(r"-- kind: (\w+)(?:[;,. ].*)?", above)
        declared = kind[1] if kind else ""
        assert declared in KINDS, f"{name}: above {found['table']} stands no `-- kind: {'|'.join(KINDS)}`"
        assert found["table"].startswith(f"{room}."), f"{name}: {found['table']} is not in the room's schema"


def test_migrations_are_numbered_without_gap_or_double() -> None:
    for room in {name.parts[1] for name in migrations()}:
        names = sorted(name.name for name in migrations() if name.parts[1] == room)
        found = [MIGRATION_NAME.fullmatch(name) for name in names]
        assert all(found), f"{room}: {names} are not all NNNN_words.sql"
        assert [int(match["number"]) for match in found if match] == list(range(1, len(names) + 1)), names


def test_sql_is_recognised() -> None:
    code = 'a = "SELECT 1"\nb = f"UPDATE party.customer SET x = {a}"\nc = "Select a bank"\nd = "WITH t AS (SELECT 1)"'

    assert sorted(line for line, _ in sql_in(ast.parse(code))) == [1, 2, 4]


def sql_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The string constants of a file that begin like a statement, f-strings by their first part."""
    inner = {
        id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values[1:]
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in inner:
            continue
        if SQL.match(node.value):
            yield node.lineno, " ".join(node.value.split())[:80]

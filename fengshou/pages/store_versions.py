"""The SQL of publishing: versions, their steps and comments, gray runs, switches, tags, and what phones report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fengshou.kernel import Record, Work, new_id
from fengshou.pages.versions import Gray, Version, as_gray

_COLUMNS = (
    "institution_id, id, branch, kind, item, number, revision, source, digest, base, note, state, author, made_at,"
    " changed_at, checker, decided_at, answer, gray, gray_at, stopped, live_at, retired_at, start_at, stop_at"
)


def _version(row: Record) -> Version:
    facts = dict(row)
    facts["bank"] = facts.pop("institution_id")
    facts["gray"] = as_gray(facts["gray"])
    return Version(**facts)


async def insert(
    work: Work, *, branch: str, kind: str, item: str, source: str, digest: str, base: str, author: UUID
) -> Version:
    """A new draft, numbered after the last of its item; two at once conflict and one is told to try again."""
    row = await work.fetchrow(
        "INSERT INTO pages.version (institution_id, id, branch, kind, item, number, source, digest, base, author,"  # noqa: S608 - columns are a constant
        " made_at, changed_at) SELECT $1, $2, $3, $4, $5, coalesce(max(number), 0) + 1, $6, $7, $8, $9, $10, $10"
        " FROM pages.version WHERE institution_id=$1 AND kind=$4 AND item=$5 AND branch=$3"
        f" RETURNING {_COLUMNS}",
        work.bank, new_id(work.bank, work.now), branch, kind, item, source, digest, base, author, work.now,
    )  # fmt: skip
    assert row is not None, "an insert returns its row"
    return _version(row)


async def version(work: Work, bank: int, id_: UUID, *, lock: bool = False) -> Version | None:
    """A version of a bank, or None."""
    row = await work.fetchrow(
        f"SELECT {_COLUMNS} FROM pages.version WHERE institution_id=$1 AND id=$2{' FOR UPDATE' if lock else ''}",  # noqa: S608 - constants
        bank, id_,
    )  # fmt: skip
    return None if row is None else _version(row)


async def save(
    work: Work, id_: UUID, revision: int, source: str, digest: str, base: str, note: str
) -> Version | None:
    """A draft's new text; None when it is no draft any more or was saved since."""
    row = await work.fetchrow(
        "UPDATE pages.version SET source=$4, digest=$5, base=$6, note=$7, revision=revision+1, changed_at=$8"  # noqa: S608 - columns are a constant
        f" WHERE institution_id=$1 AND id=$2 AND revision=$3 AND state='draft' RETURNING {_COLUMNS}",
        work.bank, id_, revision, source, digest, base, note, work.now,
    )  # fmt: skip
    return None if row is None else _version(row)


async def move(work: Work, bank: int, id_: UUID, state: str, **columns: Any) -> Version:
    """A version in another state, with what goes with it."""
    sets = "".join(f", {name}=${index}" for index, name in enumerate(columns, 5))
    row = await work.fetchrow(
        f"UPDATE pages.version SET state=$3, changed_at=$4{sets}"  # noqa: S608 - column names come from our own calls
        f" WHERE institution_id=$1 AND id=$2 RETURNING {_COLUMNS}",
        bank, id_, state, work.now, *columns.values(),
    )  # fmt: skip
    assert row is not None, "the version was read in this transaction"
    return _version(row)


async def versions(work: Work, bank: int, kind: str, item: str, branch: str, limit: int) -> list[Version]:
    """The newest versions of an item."""
    rows = await work.fetch(
        f"SELECT {_COLUMNS} FROM pages.version WHERE institution_id=$1 AND kind=$2 AND item=$3 AND branch=$4"  # noqa: S608 - columns are a constant
        " ORDER BY number DESC LIMIT $5",
        bank, kind, item, branch, limit,
    )  # fmt: skip
    return [_version(row) for row in rows]


async def current(work: Work, bank: int, states: Sequence[str]) -> list[Version]:
    """A bank's versions in these states; every bank's for 0."""
    rows = await work.fetch(
        f"SELECT {_COLUMNS} FROM pages.version WHERE ($1 = 0 OR institution_id=$1) AND state = ANY($2)"  # noqa: S608 - columns are a constant
        " ORDER BY institution_id, kind, item, branch, number DESC",
        bank, list(states),
    )  # fmt: skip
    return [_version(row) for row in rows]


async def shown_of(work: Work, bank: int, kind: str, item: str, branch: str, state: str) -> Version | None:
    """The one live or gray version of an item, held until the end of the transaction."""
    row = await work.fetchrow(
        f"SELECT {_COLUMNS} FROM pages.version WHERE institution_id=$1 AND kind=$2 AND item=$3 AND branch=$4"  # noqa: S608 - columns are a constant
        " AND state=$5 FOR UPDATE",
        bank, kind, item, branch, state,
    )  # fmt: skip
    return None if row is None else _version(row)


async def last_retired(work: Work, bank: int, kind: str, item: str, branch: str) -> Version | None:
    """The version that was live before the present one."""
    row = await work.fetchrow(
        f"SELECT {_COLUMNS} FROM pages.version WHERE institution_id=$1 AND kind=$2 AND item=$3 AND branch=$4"  # noqa: S608 - columns are a constant
        " AND state='retired' ORDER BY retired_at DESC, number DESC LIMIT 1",
        bank, kind, item, branch,
    )  # fmt: skip
    return None if row is None else _version(row)


async def due(work: Work, now: datetime) -> list[Version]:
    """What is to start or to stop by now, at every bank."""
    rows = await work.fetch(
        f"SELECT {_COLUMNS} FROM pages.version WHERE (state='approved' AND start_at <= $1)"  # noqa: S608 - columns are a constant
        " OR (state IN ('live', 'gray') AND stop_at <= $1) ORDER BY coalesce(stop_at, start_at)",
        now,
    )  # fmt: skip
    return [_version(row) for row in rows]


async def step(work: Work, bank: int, version_: UUID, who: UUID | None, act: str, note: str = "") -> None:
    """Write a step of a version down."""
    await work.execute(
        "INSERT INTO pages.step (institution_id, id, version, at, who, act, note) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        bank, new_id(bank, work.now), version_, work.now, who, act, note[:500],
    )  # fmt: skip


async def history(work: Work, bank: int, version_: UUID) -> list[Record]:
    """Every step of a version, oldest first."""
    return await work.fetch(
        "SELECT at, who, act, note FROM pages.step WHERE institution_id=$1 AND version=$2 ORDER BY id",
        bank,
        version_,
    )


async def comments(work: Work, bank: int, version_: UUID) -> list[Record]:
    """What reviewers said of a version, oldest first."""
    return await work.fetch(
        "SELECT id, place, text, author, made_at, done FROM pages.comment"
        " WHERE institution_id=$1 AND version=$2 ORDER BY id",
        bank, version_,
    )  # fmt: skip


async def open_comments(work: Work, bank: int) -> dict[UUID, int]:
    """How many comments of each version are open."""
    rows = await work.fetch(
        "SELECT version, count(*)::int AS n FROM pages.comment WHERE institution_id=$1 AND NOT done GROUP BY version",
        bank,
    )
    return {row["version"]: row["n"] for row in rows}


async def add_comment(work: Work, version_: UUID, place: str, text: str, author: UUID) -> None:
    """One more comment."""
    await work.execute(
        "INSERT INTO pages.comment (institution_id, id, version, place, text, author, made_at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7)",
        work.bank, new_id(work.bank, work.now), version_, place, text, author, work.now,
    )  # fmt: skip


async def comment_done(work: Work, version_: UUID, comment: UUID, done: bool) -> bool:
    """Close a comment or open it again; whether there is one."""
    found = await work.execute(
        "UPDATE pages.comment SET done=$4 WHERE institution_id=$1 AND version=$2 AND id=$3",
        work.bank, version_, comment, done,
    )  # fmt: skip
    return found == "UPDATE 1"


async def kills(work: Work) -> list[Record]:
    """Every switch that is off; the caller's policies say whose."""
    return await work.fetch(
        "SELECT institution_id, name, reason, who, since FROM pages.kill ORDER BY institution_id, name"
    )


async def kill(work: Work, name: str, reason: str, who: UUID) -> None:
    """Switch a kind or an action off."""
    await work.execute(
        "INSERT INTO pages.kill (institution_id, name, reason, who, since) VALUES ($1,$2,$3,$4,$5)"
        " ON CONFLICT (institution_id, name) DO NOTHING",
        work.bank, name, reason, who, work.now,
    )  # fmt: skip


async def unkill(work: Work, name: str) -> None:
    """Switch it on again."""
    await work.execute("DELETE FROM pages.kill WHERE institution_id=$1 AND name=$2", work.bank, name)


async def tags_of(work: Work, bank: int, reader: UUID) -> frozenset[str]:
    """The tags of a reader."""
    rows = await work.fetch(
        "SELECT tag FROM pages.tagged WHERE institution_id=$1 AND reader=$2", bank, reader
    )
    return frozenset(row["tag"] for row in rows)


async def tag(work: Work, bank: int, readers: list[UUID], name: str, *, remove: bool) -> None:
    """Give readers a tag, or take it."""
    sql = (
        "DELETE FROM pages.tagged WHERE institution_id=$1 AND tag=$2 AND reader = ANY($3)"
        if remove
        else "INSERT INTO pages.tagged (institution_id, tag, reader) SELECT $1, $2, unnest($3::uuid[])"
        " ON CONFLICT DO NOTHING"
    )
    await work.execute(sql, bank, name, readers)


async def tag_sizes(work: Work) -> dict[str, int]:
    """How many readers each tag has."""
    rows = await work.fetch("SELECT tag, count(*)::int AS n FROM pages.tagged GROUP BY tag ORDER BY tag")
    return {row["tag"]: row["n"] for row in rows}


async def add_health(work: Work, rows: Sequence[tuple[str, datetime, int, int]]) -> None:
    """Add openings and errors of pages."""
    await work.executemany(
        "INSERT INTO pages.health (hash, minute, opens, errors) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (hash, minute) DO UPDATE SET opens = health.opens + $3, errors = health.errors + $4",
        rows,
    )


async def health(work: Work, hashes: list[str], since: datetime) -> tuple[int, int]:
    """Openings and errors of some pages since a minute."""
    row = await work.fetchrow(
        "SELECT coalesce(sum(opens), 0)::int AS opens, coalesce(sum(errors), 0)::int AS errors FROM pages.health"
        " WHERE hash = ANY($1) AND minute >= date_trunc('minute', $2::timestamptz)",
        hashes, since,
    )  # fmt: skip
    assert row is not None, "a sum is a row"
    return row["opens"], row["errors"]


async def sweep_health(work: Work, before: datetime) -> None:
    """Forget old minutes."""
    await work.execute("DELETE FROM pages.health WHERE minute < $1", before)


async def turned(work: Work) -> None:
    """Say that what is shown has changed: to processes that listen at once, to those that poll by the number."""
    await work.execute("UPDATE pages.turn SET turn = turn + 1")
    await work.execute("SELECT pg_notify('pages_changed', '')")


async def turn(work: Work) -> int:
    """The number a poll compares."""
    found: int = await work.fetchval("SELECT turn FROM pages.turn")
    return found


def gray_json(gray: Gray) -> dict[str, Any]:
    """A gray run for the database."""
    return gray.model_dump(mode="json")

"""The SQL of the room: releases are added and never changed, the pointer is moved."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fengshou.catalog.release import Item, Release
from fengshou.kernel import Work, new_id

CURRENT = "current"
_LOCK = 0x63_61_74_61  # one publisher at a time


async def lock(work: Work) -> None:
    """Wait for other publishers; let go when the transaction ends."""
    await work.execute("SELECT pg_advisory_xact_lock($1::bigint)", _LOCK)


async def release_of_mark(work: Work, mark: bytes) -> str | None:
    """The release a folder with this mark made."""
    found: str | None = await work.fetchval("SELECT release_id FROM catalog.source WHERE mark = $1", mark)
    return found


async def last_loaded(work: Work) -> str | None:
    """The release made by the folder that was loaded last."""
    found: str | None = await work.fetchval(
        "SELECT release_id FROM catalog.source ORDER BY seen_at DESC LIMIT 1"
    )
    return found


async def remember_marks(work: Work, marks: Sequence[bytes], release: str) -> None:
    """Know a folder again by `marks`."""
    await work.executemany(
        "INSERT INTO catalog.source (mark, release_id, seen_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (mark) DO UPDATE SET release_id = $2, seen_at = $3",
        [(mark, release, work.now) for mark in marks],
    )


async def add_release(work: Work, release: str, items: Sequence[Item], who: UUID | None) -> None:
    """Keep a release; one that is there already stays as it is."""
    fresh = await work.fetchval(
        "INSERT INTO catalog.release (id, items, made_at, made_by) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        release, len(items), work.now, who,
    )  # fmt: skip
    if fresh is None:
        return
    bodies = {item.hash: item.body.decode() for item in items}
    await work.execute(
        "INSERT INTO catalog.body (hash, body) SELECT h, b FROM unnest($1::bytea[], $2::text[]) AS t (h, b)"
        " ON CONFLICT (hash) DO NOTHING",
        list(bodies), list(bodies.values()),
    )  # fmt: skip
    await work.executemany(
        "INSERT INTO catalog.item (release_id, kind, key, layer, valid_from, valid_until, hash)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7)",
        [(release, i.kind, i.key, i.layer, i.valid_from, i.valid_until, i.hash) for i in items],
    )


async def items(work: Work, release: str) -> list[Item]:
    """All items of a release."""
    rows = await work.fetch(
        "SELECT kind, key, layer, valid_from, valid_until, body FROM catalog.item JOIN catalog.body USING (hash)"
        " WHERE release_id = $1",
        release,
    )
    return [
        Item(r["kind"], r["key"], r["layer"], r["valid_from"], r["valid_until"], r["body"].encode())
        for r in rows
    ]


async def current(work: Work) -> str | None:
    """The release the pointer stands on."""
    found: str | None = await work.fetchval("SELECT release_id FROM catalog.pointer WHERE name = $1", CURRENT)
    return found


async def point(work: Work, release: str, why: str) -> None:
    """Move the pointer, and write down where it stood."""
    previous = await current(work)
    await work.execute(
        "INSERT INTO catalog.pointer (name, release_id, moved_at) VALUES ($1,$2,$3)"
        " ON CONFLICT (name) DO UPDATE SET release_id = $2, moved_at = $3",
        CURRENT, release, work.now,
    )  # fmt: skip
    await work.execute(
        "INSERT INTO catalog.move (id, name, release_id, previous, at, by_id, why) VALUES ($1,$2,$3,$4,$5,$6,$7)",
        new_id(1, work.now), CURRENT, release, previous, work.now, work.who.id if work.who else None, why,
    )  # fmt: skip


async def release_before(work: Work, release: str) -> str | None:
    """Where the pointer stood when it was last moved onto `release`."""
    found: str | None = await work.fetchval(
        "SELECT previous FROM catalog.move WHERE release_id = $1 AND previous <> $1 ORDER BY at DESC, id DESC LIMIT 1",
        release,
    )
    return found


async def exists(work: Work, release: str) -> bool:
    """Whether a release with that id was ever made."""
    return bool(await work.fetchval("SELECT true FROM catalog.release WHERE id = $1", release))


async def releases(work: Work, limit: int) -> list[Release]:
    """The newest releases first."""
    rows = await work.fetch(
        "SELECT r.id, r.items, r.made_at, p.name IS NOT NULL AS current FROM catalog.release r"
        " LEFT JOIN catalog.pointer p ON p.release_id = r.id AND p.name = $2 ORDER BY r.made_at DESC, r.id LIMIT $1",
        limit, CURRENT,
    )  # fmt: skip
    return [Release(row["id"], row["items"], row["made_at"], row["current"]) for row in rows]

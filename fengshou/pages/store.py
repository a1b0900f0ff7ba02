"""The SQL of the room: pages are only ever added, pointers are moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fengshou.kernel import Work


async def add_pages(work: Work, bodies: dict[str, tuple[str, str]]) -> None:
    """Keep compiled pages: hash to (page id, body). What is there already stays."""
    await work.execute(
        "INSERT INTO pages.page (hash, page_id, body, at)"
        " SELECT h, p, b, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS t (h, p, b)"
        " ON CONFLICT (hash) DO NOTHING",
        list(bodies),
        [name for name, _ in bodies.values()],
        [body for _, body in bodies.values()],
        work.now,
    )


async def add_release(
    work: Work, release: str, editions: Mapping[str, Any], sources: Mapping[str, Any]
) -> None:
    """Keep a release; the same content again changes nothing but what an older program did not keep."""
    await work.execute(
        "INSERT INTO pages.release (id, editions, sources, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (id) DO UPDATE SET sources = $3 WHERE release.sources = '{}'",
        release,
        editions,
        sources,
        work.now,
    )


async def point(work: Work, cohort: str, release: str, kill: list[str]) -> None:
    """Let `cohort` see `release`."""
    await work.execute(
        "INSERT INTO pages.pointer (cohort, release_id, kill, at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (cohort) DO UPDATE SET release_id = $2, kill = $3, at = $4",
        cohort,
        release,
        kill,
        work.now,
    )


async def pointers(work: Work) -> list[tuple[str, str, list[str]]]:
    """Every (cohort, release, kill list)."""
    rows = await work.fetch("SELECT cohort, release_id, kill FROM pages.pointer ORDER BY 1")
    return [(row["cohort"], row["release_id"], row["kill"]) for row in rows]


async def sources(work: Work, release: str) -> dict[str, Any]:
    """What a release was compiled from: `{pages: {id: source}, shell}`."""
    found: dict[str, Any] = await work.fetchval("SELECT sources FROM pages.release WHERE id = $1", release)
    return found


async def body(work: Work, page_hash: str) -> tuple[str, str] | None:
    """(page id, canonical JSON) of a hash, or None."""
    row = await work.fetchrow("SELECT page_id, body FROM pages.page WHERE hash = $1", page_hash)
    return None if row is None else (row["page_id"], row["body"])

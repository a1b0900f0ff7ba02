"""SQL of the nightly sweep (relay role, all banks)."""

from __future__ import annotations

from datetime import timedelta

from fengshou.kernel import Work, day_of

_LOCK_FORGETS = timedelta(days=2)


async def sweep_codes(work: Work) -> int:
    """Codes past their life."""
    return _count(await work.execute("DELETE FROM access.sms_code WHERE expires_at < $1", work.now))


async def sweep_windows(work: Work) -> int:
    """Windows that closed."""
    return _count(await work.execute("DELETE FROM access.rate_window WHERE ends_at < $1", work.now))


async def sweep_locks(work: Work) -> int:
    """Wrong tries of two days ago, locks that ended; a freeze stays."""
    tag = await work.execute(
        "DELETE FROM access.lock WHERE frozen_at IS NULL AND changed_at < $1"
        " AND (locked_until IS NULL OR locked_until < $2)",
        work.now - _LOCK_FORGETS, work.now,
    )  # fmt: skip
    return _count(tag)


async def sweep_failures(work: Work) -> int:
    """Wrong passwords of two days ago."""
    return _count(await work.execute("DELETE FROM access.failure WHERE at < $1", work.now - _LOCK_FORGETS))


async def sweep_challenges(work: Work) -> int:
    """Challenges nobody answered."""
    return _count(await work.execute("DELETE FROM access.challenge WHERE expires_at < $1", work.now))


async def sweep_sessions(work: Work, keep: timedelta) -> int:
    """Sessions that ended or expired longer ago than `keep`."""
    tag = await work.execute(
        "DELETE FROM access.session WHERE least(coalesce(ended_at, expires_at), expires_at) < $1",
        work.now - keep,
    )
    return _count(tag)


async def sweep_evidence(work: Work) -> int:
    """Evidence that was asked for and never spent."""
    tag = await work.execute(
        "DELETE FROM access.evidence WHERE spent_at IS NULL AND expires_at < $1", work.now
    )
    return _count(tag)


async def sweep_counters(work: Work, keep: timedelta) -> int:
    """Counters of days long past."""
    return _count(await work.execute("DELETE FROM access.day_used WHERE day < $1", day_of(work.now - keep)))


def _count(tag: str) -> int:
    return int(tag.rsplit(" ", 1)[-1])

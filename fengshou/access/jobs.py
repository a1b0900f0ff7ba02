"""What runs at night: rows nobody can use any more are deleted."""

from __future__ import annotations

from datetime import timedelta

from fengshou.access import store_sweep as store
from fengshou.kernel import Database

SESSIONS_KEEP = timedelta(days=90)  # how long "logged in from" can be answered
COUNTERS_KEEP = timedelta(days=800)  # the year's counter of last year included


async def sweep(db: Database) -> dict[str, int]:
    """Delete what has expired, table by table; returns how many rows of each. Evidence that was spent stays."""
    async with db.relay() as work:
        return {
            "sms_code": await store.sweep_codes(work),
            "rate_window": await store.sweep_windows(work),
            "lock": await store.sweep_locks(work),
            "failure": await store.sweep_failures(work),
            "challenge": await store.sweep_challenges(work),
            "session": await store.sweep_sessions(work, SESSIONS_KEEP),
            "evidence": await store.sweep_evidence(work),
            "day_used": await store.sweep_counters(work, COUNTERS_KEEP),
        }

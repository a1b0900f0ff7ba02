"""The SQL of events, counters and decisions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fengshou.kernel import Record, Work
from fengshou.risk.decision import Action, Decision, Verdict, reason_of
from fengshou.risk.events import RiskEvent
from fengshou.risk.features import Vector

PAYEE_DENY, PAYEE_WATCH = "payee_deny", "payee_watch"

# The profile's row is the customer's turn: it is held until the transaction ends.
# The commit need not wait for the disk: whatever spends this decision commits after it, durably, and
# the log is written in order. What a crash can lose is an answer nobody acted on.
_TAKE_TURN = (
    "WITH turn AS (INSERT INTO risk.profile AS p (institution_id, customer_id, first_at, last_at)"
    " VALUES ($1,$4,$9,$9) ON CONFLICT (institution_id, customer_id)"
    " DO UPDATE SET turns = p.turns + 1, last_at = $9 RETURNING 1)"
    " INSERT INTO risk.event (institution_id, id, type, customer_id, device_id, payee_blind, address_blind, fen, at)"
    " SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9 FROM turn, set_config('synchronous_commit', 'off', true)"
    " ON CONFLICT (institution_id, id) DO NOTHING RETURNING id"
)

# Guarded and set-wise: `n` of the decisions that were unspent, in time, and bound to these bytes.
SPEND_SQL = (
    "UPDATE risk.decision d SET spent_at = r.at"
    " FROM unnest($1::int[], $2::smallint[], $3::uuid[], $4::bytea[], $5::timestamptz[]) AS r (n, bank, id, digest, at)"
    " WHERE d.institution_id = r.bank AND d.id = r.id AND d.digest = r.digest AND d.spent_at IS NULL"
    " AND d.expires_at > r.at AND d.action <> 'deny' RETURNING r.n"
)


async def take_turn(work: Work, event: RiskEvent, payee: bytes | None, address: bytes | None) -> bool:
    """Wait for the customer's other decisions, then write the event down; False when it is there already.

    Both are one statement; what was counted meanwhile is seen by the next one.
    """
    fresh = await work.fetchval(
        _TAKE_TURN,
        event.bank, event.id, event.type, event.customer, event.device, payee, address, event.fen, work.now,
    )  # fmt: skip
    return fresh is not None


async def add_event(work: Work, event: RiskEvent, payee: bytes | None, address: bytes | None) -> None:
    """Write the event down without waiting for a turn (the fail-safe's way)."""
    await work.execute(
        "INSERT INTO risk.event (institution_id, id, type, customer_id, device_id, payee_blind, address_blind, fen, at)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (institution_id, id) DO NOTHING",
        event.bank, event.id, event.type, event.customer, event.device, payee, address, event.fen, work.now,
    )  # fmt: skip


async def outflow_counters(work: Work, event: RiskEvent, payee: bytes) -> dict[str, Any]:
    """What the customer paid before this event, and which lists the payee stands on."""
    row = await work.fetchrow(
        "SELECT count(*) FILTER (WHERE at > $5::timestamptz - interval '10 minutes') AS outflows_10m,"
        " count(*) FILTER (WHERE at > $5::timestamptz - interval '1 hour') AS outflows_1h,"
        " count(*) AS outflows_24h,"
        " coalesce(sum(fen) FILTER (WHERE at > $5::timestamptz - interval '1 hour'), 0)::bigint AS outflow_fen_1h,"
        " coalesce(sum(fen), 0)::bigint AS outflow_fen_24h,"
        " count(DISTINCT payee_blind) AS payees_24h,"
        " count(*) FILTER (WHERE payee_blind = $4) AS to_payee_24h,"
        " coalesce(max(fen) FILTER (WHERE payee_blind = $4), 0) AS to_payee_fen_max_24h,"
        " EXISTS (SELECT FROM risk.event WHERE institution_id = $1 AND customer_id = $2 AND payee_blind = $4"
        "   AND outcome = 'done' AND id <> $3) AS payee_seen,"
        " coalesce((SELECT array_agg(list) FROM risk.list_entry WHERE value_blind = $4 AND removed_at IS NULL"
        "   AND (expires_at IS NULL OR expires_at > $5)), '{}') AS lists"
        " FROM risk.event WHERE institution_id = $1 AND customer_id = $2 AND id <> $3 AND type = 'transfer'"
        " AND at > $5::timestamptz - interval '24 hours' AND outcome IS DISTINCT FROM 'undone'",
        event.bank, event.customer, event.id, payee, work.now,
    )  # fmt: skip
    assert row is not None  # an aggregate always answers
    return dict(row) | {
        "payee_denied": PAYEE_DENY in row["lists"],
        "payee_watched": PAYEE_WATCH in row["lists"],
    }


async def login_counters(work: Work, event: RiskEvent, address: bytes | None) -> dict[str, Any]:
    """Where and how often the customer logged in before."""
    row = await work.fetchrow(
        "SELECT count(*) FILTER (WHERE at > $5::timestamptz - interval '10 minutes') AS logins_10m,"
        " count(DISTINCT address_blind) FILTER (WHERE at > $5::timestamptz - interval '1 hour') AS addresses_1h,"
        " count(DISTINCT device_id) FILTER (WHERE at > $5::timestamptz - interval '24 hours') AS devices_24h,"
        " CASE WHEN $4::bytea IS NULL THEN NULL ELSE NOT coalesce(bool_or(address_blind = $4), false) END"
        "   AS address_new"
        " FROM risk.event WHERE institution_id = $1 AND customer_id = $2 AND id <> $3 AND type = 'login'"
        " AND at > $5::timestamptz - interval '90 days' AND outcome IS DISTINCT FROM 'undone'",
        event.bank, event.customer, event.id, address, work.now,
    )  # fmt: skip
    assert row is not None  # an aggregate always answers
    return dict(row)


async def is_listed(work: Work, name: str, value: bytes) -> bool:
    """Whether a value stands on a list now."""
    found = await work.fetchval(
        "SELECT true FROM risk.list_entry WHERE list = $1 AND value_blind = $2 AND removed_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > $3)",
        name, value, work.now,
    )  # fmt: skip
    return found is not None


async def last_decision(work: Work, bank: int, event: UUID) -> Record | None:
    """The newest decision on an event, with the event's own columns."""
    return await work.fetchrow(
        "SELECT d.*, e.customer_id, e.fen, e.type FROM risk.decision d"
        " JOIN risk.event e ON e.institution_id = d.institution_id AND e.id = d.event_id"
        " WHERE d.institution_id = $1 AND d.event_id = $2 ORDER BY d.round DESC LIMIT 1",
        bank, event,
    )  # fmt: skip


async def decision(work: Work, bank: int, id: UUID) -> Record | None:
    """A decision by its own id."""
    return await work.fetchrow(
        "SELECT d.*, e.customer_id, e.fen, e.type FROM risk.decision d"
        " JOIN risk.event e ON e.institution_id = d.institution_id AND e.id = d.event_id"
        " WHERE d.institution_id = $1 AND d.id = $2",
        bank, id,
    )  # fmt: skip


async def add_decision(
    work: Work, event: RiskEvent, id: UUID, nth: int, verdict: Verdict, vector: Vector, *, ruleset: str,
    expires_in: timedelta, degraded: str | None, took_us: int,
) -> bool:  # fmt: skip
    """Write a decision down, and a denied payment off the counters; False when another was faster."""
    added = await work.fetchval(
        "INSERT INTO risk.decision (institution_id, id, event_id, round, digest, action, score, level_needed,"
        " hold_minutes, desk, reasons, features, missing, ruleset, degraded, decided_at, expires_at, took_us)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18)"
        " ON CONFLICT (institution_id, event_id, round) DO NOTHING RETURNING id",
        event.bank, id, event.id, nth, event.digest, verdict.action.value, verdict.score, verdict.level_needed,
        verdict.hold_minutes, verdict.desk, [asdict(reason) for reason in verdict.reasons], vector,
        list(verdict.missing), ruleset, degraded, work.now, work.now + expires_in, took_us,
    )  # fmt: skip
    if added is not None and verdict.action is Action.DENY:
        await tell(work, event.bank, event.id, done=False)
    return added is not None


async def tell(work: Work, bank: int, event: UUID, *, done: bool) -> None:
    """Note how an event ended; the first word stands, but a payment done may still be undone (returned)."""
    await work.execute(
        "UPDATE risk.event SET outcome = $3, outcome_at = $4 WHERE institution_id = $1 AND id = $2"
        " AND (outcome IS NULL OR (outcome = 'done' AND $3 = 'undone'))",
        bank, event, "done" if done else "undone", work.now,
    )  # fmt: skip


def decision_of(row: Record, proved_level: int) -> Decision:
    """A stored row as the object that is handed out."""
    return Decision(
        row["id"], row["event_id"], row["institution_id"], row["customer_id"], row["fen"], Action(row["action"]),
        row["score"], row["level_needed"], row["hold_minutes"], row["desk"],
        tuple(reason_of(stored) for stored in row["reasons"]), row["digest"], row["ruleset"], row["degraded"],
        row["decided_at"], row["expires_at"], proved_level,
    )  # fmt: skip


def still_good(row: Record, now: datetime) -> bool:
    """Whether a decision stands: it was spent, or has time left."""
    return row["spent_at"] is not None or row["expires_at"] > now

"""The one question: may this happen? In line on every outflow and log-in."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from fengshou.catalog import RiskPolicy
from fengshou.kernel import BankError, Busy, Record, Work, counter, get_logger, histogram, new_id, writing
from fengshou.risk import store
from fengshou.risk.decision import Decision, Verdict, fail_safe, judge
from fengshou.risk.errors import EventConflict
from fengshou.risk.events import LogIn, Outflow, RiskEvent
from fengshou.risk.features import Vector, assemble

if TYPE_CHECKING:
    from fengshou.risk.room import Room

_log = get_logger("risk")
_decisions = counter("risk_decisions_total", "Decisions", ["type", "action", "degraded"])
_hits = counter("risk_rule_hits_total", "Rules that hit", ["rule", "shadow"])
_seconds = histogram("risk_decide_seconds", "Time a decision takes", ["type"])
_RECORD_TIMEOUT_S = 5.0


async def decide(room: Room, event: RiskEvent, deadline_ms: int | None = None) -> Decision:
    """The decision on `event`: the stored one if it was asked before, else what the rules say.

    Opens a short transaction of its own at the event's bank, so it is never awaited inside another.
    When the rules cannot answer within the deadline, or fail, the fail-safe of content decides, and
    that is written down. Raises `EventConflict` for an id used with another content, and `Busy` when
    not even the fail-safe could be recorded: then nothing may move.
    """
    assert not writing(), "risk.decide is never awaited inside a write transaction"
    policy = room.catalog.risk_policy(event.bank)
    began = time.perf_counter()
    degraded = None
    try:
        async with asyncio.timeout((deadline_ms or policy.deadline_ms) / 1000):
            decision = await _by_rules(room, event, policy)
    except BankError:
        raise
    except Exception as problem:  # noqa: BLE001 - a payment must get a safe answer whatever broke
        # Whatever went wrong, a payment must get a safe answer: late and broken end the same way.
        degraded = "late" if isinstance(problem, TimeoutError) else type(problem).__name__
        _log.warning("risk fell back", event_id=str(event.id), why=degraded, error=repr(problem)[:300])
        decision = await _by_fail_safe(room, event, policy, degraded)
    _seconds.labels(event.type).observe(time.perf_counter() - began)
    _decisions.labels(event.type, decision.action.value, degraded or "").inc()
    return decision


async def _by_rules(room: Room, event: RiskEvent, policy: RiskPolicy) -> Decision:
    began = time.perf_counter()
    payee, address = _blinds(room, event)
    async with room.db.work(event.bank) as work:
        fresh = await store.take_turn(work, event, payee, address)
        known = None if fresh else await _known(work, event)
        if known is not None and store.still_good(known, work.now):
            return store.decision_of(known, event.level)
        if isinstance(event, LogIn):
            counted = await store.login_counters(work, event, address)
        else:
            assert payee is not None  # every outflow has a payee
            counted = await store.outflow_counters(work, event, payee)
        vector = assemble(event, work.now, counted)
        pack = room.rules(event.bank, event.type)
        verdict = judge(pack.rules, vector, policy)
        kept = vector if "memo" not in vector else vector | {"memo": pack.words_in(str(vector["memo"]))}
        nth = known["round"] + 1 if known is not None else 1
        for reason in verdict.reasons:
            _hits.labels(reason.rule, str(reason.shadow)).inc()
        return await _record(work, event, nth, verdict, kept, policy, pack.ruleset, None, began)


async def _by_fail_safe(room: Room, event: RiskEvent, policy: RiskPolicy, why: str) -> Decision:
    """Decide by content's static table, without waiting for a turn; a decision made meanwhile stands."""
    began = time.perf_counter()
    payee, address = _blinds(room, event)
    try:
        async with asyncio.timeout(_RECORD_TIMEOUT_S), room.db.work(event.bank) as work:
            known = await _known(work, event)
            if known is not None and store.still_good(known, work.now):
                return store.decision_of(known, event.level)
            await store.add_event(work, event, payee, address)
            denied = payee is not None and await store.is_listed(work, store.PAYEE_DENY, payee)
            verdict = fail_safe(event.type, event.fen, policy, denied=denied)
            nth = known["round"] + 1 if known is not None else 1
            ruleset = room.catalog.release_id
            return await _record(work, event, nth, verdict, {}, policy, ruleset, why, began)
    except BankError:
        raise
    except Exception as problem:
        # Without a record nothing may move: the caller is told that it was not even tried.
        _log.error("risk could not record", event_id=str(event.id), error=repr(problem)[:300])
        raise Busy(part="risk") from problem


async def _known(work: Work, event: RiskEvent) -> Record | None:
    known = await store.last_decision(work, event.bank, event.id)
    if known is not None and known["digest"] != event.digest:
        raise EventConflict()
    return known


async def _record(
    work: Work, event: RiskEvent, nth: int, verdict: Verdict, vector: Vector, policy: RiskPolicy, ruleset: str,
    degraded: str | None, began: float,
) -> Decision:  # fmt: skip
    lifetime = timedelta(minutes=policy.ticket_minutes)
    id, took_us = new_id(event.bank, work.now), int((time.perf_counter() - began) * 1_000_000)
    added = await store.add_decision(
        work, event, id, nth, verdict, vector,
        ruleset=ruleset, expires_in=lifetime, degraded=degraded, took_us=took_us,
    )  # fmt: skip
    if not added:
        winner = await _known(work, event)
        assert winner is not None  # it stood in our way
        return store.decision_of(winner, event.level)
    return Decision(
        id, event.id, event.bank, event.customer, event.fen, verdict.action, verdict.score, verdict.level_needed,
        verdict.hold_minutes, verdict.desk, verdict.reasons, event.digest, ruleset, degraded,
        work.now, work.now + lifetime, event.level,
    )  # fmt: skip


def _blinds(room: Room, event: RiskEvent) -> tuple[bytes | None, bytes | None]:
    payee = room.payee_blind(event.payee_number) if isinstance(event, Outflow) else None
    address = room.vault.blind("risk.address", event.address) if event.address else None
    return payee, address

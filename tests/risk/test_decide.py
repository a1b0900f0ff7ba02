"""The one question, over a real database with the rules the bank ships."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from fengshou.catalog import Catalog
from fengshou.kernel import Clock, Database, Kind, Principal, new_id
from fengshou.risk import Action, Challenge, Denied, EventConflict, LogIn, Risk
from fengshou.risk import decide as decide_module
from tests.risk.conftest import XIAOSHAN, YUHANG, Person


async def count(db: Database, table: str, bank: int = XIAOSHAN) -> int:
    async with db.read(bank) as work:
        found: int = await work.fetchval(f"SELECT count(*) FROM risk.{table}")  # noqa: S608 - the tests' own names
        return found


async def test_an_ordinary_payment_is_approved_and_written_down(
    risk: Risk, person: Person, db: Database
) -> None:
    event = person.pays()
    decision = await risk.decide(event)

    assert decision.action is Action.APPROVE
    assert decision.reasons == ()
    assert (decision.event, decision.bank, decision.digest) == (event.id, XIAOSHAN, event.digest)
    decision.require_pass()
    assert (await count(db, "event"), await count(db, "decision")) == (1, 1)


async def test_the_same_event_has_the_same_decision(risk: Risk, person: Person, db: Database) -> None:
    event = person.pays(800_000, payee_new=True, device_age_hours=2)
    first = await risk.decide(event)
    again = await risk.decide(event)

    assert first == again
    assert first.action is Action.CHALLENGE
    assert (await count(db, "event"), await count(db, "decision")) == (1, 1)


async def test_asking_at_once_from_two_devices_is_asking_once(
    risk: Risk, person: Person, db: Database
) -> None:
    event = person.pays()
    decisions = await asyncio.gather(*(risk.decide(event) for _ in range(8)))

    assert len({decision.id for decision in decisions}) == 1
    assert await count(db, "decision") == 1


async def test_an_id_used_for_something_else_is_a_conflict(risk: Risk, person: Person, db: Database) -> None:
    event = person.pays(30_00)
    await risk.decide(event)

    with pytest.raises(EventConflict):
        await risk.decide(person.pays(31_00, id=event.id))
    assert await count(db, "decision") == 1


async def test_new_device_new_payee_is_challenged_until_level_two(risk: Risk, person: Person) -> None:
    event = person.pays(500_000, payee_new=True, device_age_hours=2)
    decision = await risk.decide(event)

    with pytest.raises(Challenge) as asked:
        decision.require_pass()
    assert asked.value.kind is Kind.STEP_UP
    assert asked.value.facts["level"] == 2
    assert "刚绑定" in asked.value.messages["zh"]
    proved = person.pays(500_000, id=event.id, payee_new=True, device_age_hours=2, level=2)
    satisfied = await risk.decide(proved)
    satisfied.require_pass()
    assert satisfied.id == decision.id


async def test_an_elder_is_held_for_the_elder_desk(risk: Risk, person: Person) -> None:
    decision = await risk.decide(person.pays(1_000_000, payee_new=True, customer_age=72))

    assert (decision.action, decision.hold_minutes, decision.desk) == (Action.HOLD, 120, "elder")
    assert decision.held
    decision.require_pass()
    assert [reason.rule for reason in decision.reasons] == ["SCAM-002"]
    assert decision.reasons[0].values == {"customer_age": 72, "payee_new": True, "amount_fen": 1_000_000}


async def test_the_strongest_action_wins_and_all_reasons_are_kept(risk: Risk, person: Person) -> None:
    event = person.pays(
        1_000_000,
        payee_new=True,
        customer_age=72,
        device_age_hours=1,
        memo="刷单返利",
        payee_name_match="mismatch",
    )
    decision = await risk.decide(event)

    assert decision.action is Action.HOLD
    assert {reason.rule for reason in decision.reasons} == {"ATO-001", "SCAM-001", "SCAM-002", "SCAM-005"}
    assert decision.score == 100
    assert decision.hold_minutes == 120
    assert "户名" not in decision.why["zh"]


async def test_words_of_swindlers_are_found_however_they_are_spaced(
    risk: Risk, person: Person, db: Database
) -> None:
    decision = await risk.decide(person.pays(120_000, memo="王姐, 安 全-账　户 转入"))

    assert decision.action is Action.HOLD
    async with db.read(XIAOSHAN) as work:
        features = await work.fetchval("SELECT features FROM risk.decision")
    assert features["memo"] == "安全账户"


async def test_a_payee_on_the_deny_list_is_denied_at_every_bank(
    risk: Risk, person: Person, officer: Principal, db: Database
) -> None:
    await risk.put_on_list(
        officer, "payee_deny", "6290110 0001 0000 0011", source="police", reason="case 2026-11"
    )
    decision = await risk.decide(person.pays())
    elsewhere = await risk.decide(person.pays(id=new_id(YUHANG), customer=new_id(YUHANG)))

    assert decision.action is Action.DENY
    assert elsewhere.action is Action.DENY
    with pytest.raises(Denied) as refused:
        decision.require_pass()
    assert "收款账户存在风险" in refused.value.messages["zh"]
    assert "名单" not in refused.value.messages["zh"]

    await risk.take_off_list(officer, "payee_deny", "6290110000100000011", reason="mistaken")
    assert (await risk.decide(person.pays())).action is Action.APPROVE


async def test_an_entry_that_ran_out_no_longer_counts(
    risk: Risk, person: Person, officer: Principal, clock: Clock
) -> None:
    until = clock.now() + timedelta(days=1)
    await risk.put_on_list(
        officer, "payee_watch", "6290110000100000011", source="bank", reason="odd", expires_at=until
    )
    assert (await risk.decide(person.pays(100_000))).action is Action.HOLD

    clock.shift(timedelta(days=2))

    assert (await risk.decide(person.pays(100_000))).action is Action.APPROVE


async def test_counters_rise_with_each_payment_and_fall_out_of_the_window(
    risk: Risk, person: Person, clock: Clock
) -> None:
    actions = [(await risk.decide(person.pays())).action for _ in range(11)]

    assert actions == [Action.APPROVE] * 5 + [Action.OBSERVE] * 5 + [Action.CHALLENGE]
    clock.shift(timedelta(hours=1, seconds=1))
    assert (await risk.decide(person.pays())).action is Action.APPROVE


async def test_parallel_payments_do_not_all_see_empty_counters(risk: Risk, person: Person) -> None:
    decisions = await asyncio.gather(*(risk.decide(person.pays(), deadline_ms=5_000) for _ in range(12)))
    actions = sorted((decision.action for decision in decisions), key=lambda action: action.strength)

    assert actions == [Action.APPROVE] * 5 + [Action.OBSERVE] * 5 + [Action.CHALLENGE] * 2
    assert all(decision.degraded is None for decision in decisions)


async def test_what_was_refused_is_taken_off_the_counters(risk: Risk, person: Person) -> None:
    events = [person.pays() for _ in range(5)]
    for event in events:
        await risk.decide(event)
    assert (await risk.decide(person.pays())).action is Action.OBSERVE

    await risk.tell(events[0].id, done=False)
    await risk.tell(events[0].id, done=False)
    await risk.tell(events[1].id, done=True)
    await risk.tell(events[1].id, done=False)

    assert (await risk.decide(person.pays())).action is Action.APPROVE


async def test_a_payee_is_known_once_a_payment_to_it_was_done(risk: Risk, person: Person) -> None:
    first = person.pays(900_000, payee_new=None, device_age_hours=1)
    assert (await risk.decide(first)).action is Action.CHALLENGE
    await risk.tell(first.id, done=True)

    assert (
        await risk.decide(person.pays(900_000, payee_new=None, device_age_hours=1))
    ).action is Action.APPROVE


async def test_a_large_payment_at_night_waits(risk: Risk, person: Person, clock: Clock) -> None:
    clock.shift(timedelta(hours=14))  # two in the morning

    assert (await risk.decide(person.pays(2_000_000, payee_new=True))).hold_minutes == 240
    assert (await risk.decide(person.pays(1_999_999, payee_new=True))).action is Action.APPROVE


async def test_a_small_test_then_a_large_payment_is_challenged(risk: Risk, person: Person) -> None:
    assert (await risk.decide(person.pays(1_00, payee_new=True))).action is Action.APPROVE

    second = await risk.decide(person.pays(600_000, payee_new=True))

    assert [reason.rule for reason in second.reasons] == ["SCAM-004"]


async def test_a_shadow_rule_is_noted_and_does_nothing(risk: Risk, person: Person) -> None:
    decision = await risk.decide(person.pays(1_000_000, payee_new=True, balance_fen=1_000_001))

    assert decision.action is Action.APPROVE
    assert [(reason.rule, reason.shadow) for reason in decision.reasons] == [("SCAM-006", True)]
    assert decision.score == 0


async def test_an_expired_decision_is_made_anew(
    risk: Risk, person: Person, clock: Clock, db: Database, officer: Principal
) -> None:
    event = person.pays()
    first = await risk.decide(event)
    await risk.put_on_list(officer, "payee_deny", event.payee_number, source="police", reason="case")
    clock.shift(timedelta(minutes=10))

    second = await risk.decide(event)

    assert (first.action, second.action) == (Action.APPROVE, Action.DENY)
    assert second.id != first.id
    assert await count(db, "decision") == 2


async def test_log_ins_are_asked_other_rules(risk: Risk) -> None:
    who, device = new_id(XIAOSHAN), new_id(XIAOSHAN)

    def login(address: str, **facts: object) -> LogIn:
        return LogIn(id=new_id(XIAOSHAN), customer=who, device=device, address=address, **facts)  # type: ignore[arg-type]  # facts of a log-in

    assert (await risk.decide(login("10.0.0.1", device_known=True))).action is Action.APPROVE
    assert (await risk.decide(login("10.0.0.2", device_known=True))).action is Action.APPROVE
    assert (await risk.decide(login("10.0.0.3", device_known=True))).action is Action.APPROVE
    assert (await risk.decide(login("10.0.0.1", device_known=True))).action is Action.APPROVE
    assert (await risk.decide(login("10.0.0.4", device_known=True))).action is Action.OBSERVE
    strange = await risk.decide(login("10.9.9.9", device_known=False, failed_logins_24h=3))
    assert (strange.action, strange.level_needed) == (Action.CHALLENGE, 2)


@pytest.mark.parametrize(("fen", "action"), [(499_999, Action.OBSERVE), (500_000, Action.HOLD)])
async def test_a_decision_that_comes_too_late_is_made_by_the_fail_safe(
    risk: Risk, person: Person, db: Database, fen: int, action: Action
) -> None:
    await risk.decide(person.pays())
    owner = await asyncpg.connect(db.dsn)
    async with owner.transaction():
        await owner.execute("SELECT * FROM risk.profile FOR UPDATE")
        event = person.pays(fen)
        decision = await risk.decide(event, deadline_ms=50)
    await owner.close()

    assert (decision.action, decision.degraded) == (action, "late")
    assert decision.reasons[0].code == "R-FAIL-SAFE"
    assert await risk.decide(event) == decision


async def test_a_broken_rule_engine_still_refuses_who_is_listed(
    risk: Risk, person: Person, officer: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(decide_module, "judge", broken)
    await risk.put_on_list(officer, "payee_deny", "6290110000100000099", source="police", reason="case")

    small = await risk.decide(person.pays(30_00))
    listed = await risk.decide(person.pays(30_00, payee_number="6290110000100000099"))

    assert (small.action, small.degraded) == (Action.OBSERVE, "ZeroDivisionError")
    assert listed.action is Action.DENY


async def test_decide_is_never_asked_inside_a_transaction(risk: Risk, person: Person, db: Database) -> None:
    async with db.work(XIAOSHAN) as work:
        with pytest.raises(AssertionError):
            await risk.decide(person.pays())
        assert await work.fetchval("SELECT count(*) FROM risk.event") == 0


async def test_a_bank_sees_its_own_events_only(risk: Risk, person: Person, db: Database) -> None:
    await risk.decide(person.pays())

    for table in ("profile", "event", "decision"):
        assert await count(db, table) == 1
        assert await count(db, table, YUHANG) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.work(YUHANG) as work:
            await work.execute(
                "INSERT INTO risk.profile (institution_id, customer_id, first_at, last_at) VALUES ($1,$2,$3,$3)",
                XIAOSHAN, person.id, work.now,
            )  # fmt: skip
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.work(XIAOSHAN) as work:
            await work.execute("UPDATE risk.decision SET action = 'approve'")


async def test_a_decision_can_be_judged_again(risk: Risk, person: Person, catalog: Catalog) -> None:
    memo = await risk.decide(person.pays(120_000, memo="老王说 刷单 有返利"))
    small = await risk.decide(person.pays())

    for decision in (memo, small):
        again = await risk.replay(decision.id)
        assert again is not None
        assert again.same
        assert again.decision.action is decision.action
        assert again.decision.ruleset == catalog.release_id
    assert await risk.replay(UUID(int=memo.id.int ^ (1 << 40))) is None

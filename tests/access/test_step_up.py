"""`require`, and proving what it asks for."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode
from datetime import timedelta
from uuid import UUID

import pytest

from fengshou.access import (
    ChallengeEnded,
    CodeEnded,
    CodeWrong,
    DeviceHint,
    Entered,
    LevelUnavailable,
    LockedOut,
    NoFactor,
    PasskeyRefused,
    PasswordWrong,
    Proof,
    StepUp,
)
from fengshou.kernel import Invalid, Kind, Missing, Principal, new_id
from tests.access.town import ELSEWHERE, HOME, IPHONE, ORIGIN, PASSWORD, Scene, digest
from tests.support.soft_authenticator import SoftAuthenticator

PHONE = "13800000001"
ACT = digest("pay 300.00 to Chen at Jingning")


async def session_of_level_one(scene: Scene) -> Entered:
    """A customer with a passkey who logged in with the password."""
    entered, _ = await scene.with_passkey()
    scene.clock.shift(timedelta(seconds=61))
    hint = DeviceHint(entered.device_secret, IPHONE, "10.0.0.1")
    return await scene.access.log_in.by_password(PHONE, PASSWORD, hint)


async def asked(
    scene: Scene, who: Principal, order: UUID, level: int = 2, act: bytes = ACT
) -> dict[str, object]:
    """The facts of the step-up that `require` raises."""
    with pytest.raises(StepUp) as caught:
        await scene.access.require(who, level, bound_to=act, order_id=order)
    assert caught.value.kind is Kind.STEP_UP
    return dict(caught.value.facts)


async def test_a_fresh_factor_of_the_session_carries_level_one_without_asking_the_database(
    scene: Scene,
) -> None:
    who = (await session_of_level_one(scene)).principal
    order = new_id(HOME)
    await scene.db.close()  # whoever asks it now fails
    evidence = await scene.access.require(who, 1, bound_to=ACT, order_id=order)
    await scene.db.open()

    assert (evidence.stored, evidence.level, evidence.order, evidence.digest) == (False, 1, order, ACT)
    assert evidence.bank == HOME


async def test_after_fifteen_minutes_level_one_is_asked_for(scene: Scene) -> None:
    entered = await session_of_level_one(scene)
    order = new_id(HOME)
    scene.clock.shift(timedelta(minutes=14, seconds=59))
    who = await scene.access.resolve(entered.token)
    await scene.access.require(who, 1, bound_to=ACT, order_id=order)
    scene.clock.shift(timedelta(seconds=1))

    facts = await asked(scene, who, order, level=1)
    assert facts == {"order_id": str(order), "level": 1, "methods": ["passkey", "password"], "proved": []}
    proof = await scene.access.prove_password(who, order, PASSWORD, ACT)
    assert proof == Proof(complete=True, level=1, missing=(), token=None)
    evidence = await scene.access.require(who, 1, bound_to=ACT, order_id=order)
    assert evidence.stored
    refreshed = await scene.access.resolve(entered.token)  # and the session is fresh again
    assert not (await scene.access.require(refreshed, 1, bound_to=ACT, order_id=new_id(HOME))).stored


async def test_a_session_that_only_looked_needs_a_factor_to_pay(scene: Scene) -> None:
    await scene.customer(PHONE)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    hint = DeviceHint(user_agent=IPHONE, address="10.0.0.1")
    entered = await scene.access.log_in.by_code(PHONE, scene.carrier.code(PHONE), hint)
    order = new_id(HOME)

    assert (await scene.access.require(entered.principal, 0, bound_to=ACT, order_id=order)).level == 0
    assert (await asked(scene, entered.principal, order, level=1))["methods"] == ["password"]
    proof = await scene.access.prove_password(entered.principal, order, PASSWORD)
    assert proof.token is not None
    who = await scene.access.resolve(proof.token)
    assert who.level == 2  # the phone was proved a moment ago too


async def test_a_passkey_reaches_level_two_for_the_act_it_signed(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    who, order = entered.principal, new_id(ELSEWHERE)
    assert (await asked(scene, who, order))["methods"] == ["passkey", "password+sms"]
    options = await scene.access.passkey_challenge(who, order)
    proof = await scene.access.prove_passkey(who, order, phone.get(options))

    assert (proof.complete, proof.level) == (True, 2)
    evidence = await scene.access.require(who, 2, bound_to=ACT, order_id=order)
    assert (evidence.bank, evidence.level, evidence.factors) == (ELSEWHERE, 2, frozenset({"passkey"}))
    assert (await scene.access.require(who, 1, bound_to=ACT, order_id=order)).level >= 1


async def test_the_challenge_is_sixteen_random_bytes_and_the_act(scene: Scene) -> None:
    entered, _ = await scene.with_passkey()
    order = new_id(HOME)
    await asked(scene, entered.principal, order)
    challenges = [
        _raw((await scene.access.passkey_challenge(entered.principal, order))["challenge"]) for _ in range(2)
    ]

    assert [len(c) for c in challenges] == [48, 48]
    assert [c[16:] for c in challenges] == [ACT, ACT]
    assert challenges[0][:16] != challenges[1][:16]


def _raw(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


async def test_proof_for_one_act_is_no_proof_for_another(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    who, order = entered.principal, new_id(HOME)
    await asked(scene, who, order)
    await scene.access.prove_passkey(who, order, phone.get(await scene.access.passkey_challenge(who, order)))

    more = digest("pay 30000.00 to Chen at Jingning")
    await asked(scene, who, order, act=more)  # the same order with another amount
    await asked(scene, who, new_id(HOME))  # the same amount in another order
    with pytest.raises(Missing):
        await scene.access.prove_password(who, order, PASSWORD, ACT)  # the client shows the old act


async def test_a_challenge_for_the_first_amount_does_not_sign_the_second(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    who, order = entered.principal, new_id(HOME)
    await asked(scene, who, order)
    options = await scene.access.passkey_challenge(who, order)
    more = digest("pay 30000.00 to Chen at Jingning")
    await asked(scene, who, order, act=more)
    with pytest.raises(ChallengeEnded):
        await scene.access.prove_passkey(who, order, phone.get(options))

    await asked(scene, who, order, act=more)


async def test_a_challenge_of_one_order_does_not_confirm_its_twin(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    who, order, twin = entered.principal, new_id(HOME), new_id(HOME)
    for id_ in (order, twin):
        await asked(scene, who, id_)
    options = await scene.access.passkey_challenge(who, order)
    with pytest.raises(ChallengeEnded):
        await scene.access.prove_passkey(who, twin, phone.get(options))


async def test_asking_for_the_first_act_again_goes_back_to_it(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    who, order = entered.principal, new_id(HOME)
    await asked(scene, who, order)
    await asked(scene, who, order, act=digest("other"))
    await asked(scene, who, order)
    await scene.access.prove_passkey(
        who, order, phone.get(await scene.access.passkey_challenge(who, order, ACT))
    )

    await scene.access.require(who, 2, bound_to=ACT, order_id=order)


async def test_password_and_code_reach_level_two_together(scene: Scene) -> None:
    who = (await session_of_level_one(scene)).principal
    order = new_id(HOME)
    await asked(scene, who, order)
    first = await scene.access.prove_password(who, order, PASSWORD)
    assert (first.complete, first.level, first.missing) == (False, 1, ("sms",))
    assert (await asked(scene, who, order))["proved"] == ["password"]
    await scene.access.send_step_up_code(who, order, address="10.0.0.1", about="向陈*转账 300.00 元")
    assert "向陈*转账 300.00 元" in scene.carrier.sent[-1][1]
    second = await scene.access.prove_code(who, order, scene.carrier.code(PHONE))

    assert (second.complete, second.level, second.missing) == (True, 2, ())
    evidence = await scene.access.require(who, 2, bound_to=ACT, order_id=order)
    assert evidence.factors == frozenset({"password", "sms"})


async def test_a_code_alone_reaches_nothing(scene: Scene) -> None:
    who = (await session_of_level_one(scene)).principal
    order = new_id(HOME)
    await asked(scene, who, order)
    await scene.access.send_step_up_code(who, order, address="10.0.0.1")
    proof = await scene.access.prove_code(who, order, scene.carrier.code(PHONE))

    assert (proof.complete, proof.level, proof.missing) == (False, 0, ("password",))
    await asked(scene, who, order)


async def test_a_code_for_one_act_does_not_confirm_another(scene: Scene) -> None:
    who = (await session_of_level_one(scene)).principal
    order, other = new_id(HOME), new_id(HOME)
    await asked(scene, who, order)
    await scene.access.send_step_up_code(who, order, address="10.0.0.1")
    await asked(scene, who, other, act=digest("pay the thief"))
    with pytest.raises(CodeWrong):
        await scene.access.prove_code(who, other, scene.carrier.code(PHONE))


async def test_one_code_at_two_windows_counts_once(scene: Scene) -> None:
    who = (await session_of_level_one(scene)).principal
    order = new_id(HOME)
    await asked(scene, who, order)
    await scene.access.send_step_up_code(who, order, address="10.0.0.1")
    code = scene.carrier.code(PHONE)
    outcomes = await asyncio.gather(
        *(scene.access.prove_code(who, order, code) for _ in range(10)), return_exceptions=True
    )

    assert sum(isinstance(o, Proof) for o in outcomes) == 1
    assert sum(isinstance(o, CodeEnded) for o in outcomes) == 9


async def test_password_and_code_at_the_same_moment_are_both_counted(scene: Scene) -> None:
    who = (await session_of_level_one(scene)).principal
    order = new_id(HOME)
    await asked(scene, who, order)
    await scene.access.send_step_up_code(who, order, address="10.0.0.1")
    code = scene.carrier.code(PHONE)
    proofs = await asyncio.gather(
        scene.access.prove_password(who, order, PASSWORD), scene.access.prove_code(who, order, code)
    )

    assert sorted(p.complete for p in proofs) == [False, True]
    assert (await scene.access.require(who, 2, bound_to=ACT, order_id=order)).level == 2


async def test_twenty_demands_at_once_open_one_row(scene: Scene) -> None:
    who = (await session_of_level_one(scene)).principal
    order = new_id(HOME)
    await asyncio.gather(*(asked(scene, who, order) for _ in range(20)))
    async with scene.db.read(HOME) as work:
        assert await work.fetchval("SELECT count(*) FROM access.evidence WHERE order_id=$1", order) == 1


async def test_evidence_lasts_five_minutes_and_begins_anew(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    order = new_id(HOME)
    who = entered.principal
    await asked(scene, who, order)
    await scene.access.prove_passkey(who, order, phone.get(await scene.access.passkey_challenge(who, order)))
    scene.clock.shift(timedelta(minutes=5))

    assert (await asked(scene, who, order))["proved"] == []
    await scene.access.prove_passkey(who, order, phone.get(await scene.access.passkey_challenge(who, order)))
    await scene.access.require(who, 2, bound_to=ACT, order_id=order)


async def test_what_another_session_proved_does_not_count(scene: Scene) -> None:
    here, phone = await scene.with_passkey()
    hint = DeviceHint(here.device_secret, IPHONE, "10.0.0.1")
    there = (await scene.access.log_in.by_password(PHONE, PASSWORD, hint)).principal
    order = new_id(HOME)
    await asked(scene, here.principal, order)
    options = await scene.access.passkey_challenge(here.principal, order)
    with pytest.raises(Missing):
        await scene.access.prove_passkey(there, order, phone.get(options))
    await scene.access.prove_passkey(here.principal, order, phone.get(options))

    await asked(scene, there, order)
    await scene.access.require(here.principal, 2, bound_to=ACT, order_id=order)


async def test_an_order_nobody_asked_about_is_missing_and_so_is_a_strangers(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    await scene.customer("13800000002")
    stranger = (await scene.log_in("13800000002")).principal
    order = new_id(HOME)
    await asked(scene, entered.principal, order)
    options = await scene.access.passkey_challenge(entered.principal, order)
    for who, id_ in ((entered.principal, new_id(HOME)), (stranger, order)):
        with pytest.raises(Missing):
            await scene.access.prove_password(who, id_, PASSWORD)
        with pytest.raises(Missing):
            await scene.access.passkey_challenge(who, id_)
        with pytest.raises(Missing):
            await scene.access.prove_passkey(who, id_, phone.get(options))
        with pytest.raises(Missing):
            await scene.access.send_step_up_code(who, id_, address="10.0.0.1")
        with pytest.raises(Missing):
            await scene.access.prove_code(who, id_, "123456")


async def test_a_strangers_passkey_does_not_confirm(scene: Scene) -> None:
    entered, _ = await scene.with_passkey("13800000001")
    _, thief = await scene.with_passkey("13800000002")
    order = new_id(HOME)
    await asked(scene, entered.principal, order)
    options = await scene.access.passkey_challenge(entered.principal, order)
    answer = thief.get({**options, "allowCredentials": []})
    with pytest.raises(PasskeyRefused):
        await scene.access.prove_passkey(entered.principal, order, answer)
    await asked(scene, entered.principal, order)


async def test_a_log_in_answer_does_not_confirm_an_act(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    order = new_id(HOME)
    await asked(scene, entered.principal, order)
    with pytest.raises(ChallengeEnded):
        await scene.access.prove_passkey(
            entered.principal, order, phone.get(await scene.access.log_in.passkey_options())
        )


async def test_five_wrong_passwords_for_acts_lock_the_log_in_too(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    who, order = entered.principal, new_id(HOME)
    await asked(scene, who, order)
    for left in (4, 3, 2, 1, 0):
        with pytest.raises(PasswordWrong) as caught:
            await scene.access.prove_password(who, order, "wrong-word-1")
        assert caught.value.facts == {"tries_left": left}
    with pytest.raises(LockedOut):
        await scene.access.prove_password(who, order, PASSWORD)
    with pytest.raises(LockedOut):
        await scene.access.log_in.by_password(PHONE, PASSWORD, DeviceHint(address="10.0.0.1"))
    # A passkey cannot be guessed, so it still works.
    await scene.access.prove_passkey(who, order, phone.get(await scene.access.passkey_challenge(who, order)))


async def test_level_three_says_the_way_out(scene: Scene) -> None:
    entered, _ = await scene.with_passkey()
    with pytest.raises(LevelUnavailable) as caught:
        await scene.access.require(entered.principal, 3, bound_to=ACT, order_id=new_id(HOME))

    assert caught.value.kind is Kind.REFUSED
    assert "网点" in caught.value.messages["zh"]
    assert "branch" in caught.value.messages["en"]


async def test_somebody_without_factors_is_told_to_set_one(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    hint = DeviceHint(user_agent=IPHONE, address="10.0.0.1")
    entered = await scene.access.log_in.by_code(PHONE, scene.carrier.code(PHONE), hint)
    with pytest.raises(NoFactor):
        await scene.access.require(entered.principal, 1, bound_to=ACT, order_id=new_id(HOME))
    phone = SoftAuthenticator(ORIGIN)
    options = await scene.access.binding.passkey_options(entered.principal, "x")
    await scene.access.binding.add_passkey(entered.principal, phone.create(options))
    assert (await asked(scene, entered.principal, new_id(HOME)))["methods"] == ["passkey"]


async def test_an_order_that_names_no_bank_is_refused(scene: Scene) -> None:
    who = (await session_of_level_one(scene)).principal
    for bad in (UUID(int=0), UUID(int=(1 << 128) - 1)):
        with pytest.raises(Invalid):
            await scene.access.require(who, 2, bound_to=ACT, order_id=bad)
        with pytest.raises(Invalid):
            await scene.access.prove_password(who, bad, PASSWORD)

"""The ways in, the locks on them, and what a new device costs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fengshou.access import (
    CodeEnded,
    CodeWrong,
    DeviceHint,
    Entered,
    Frozen,
    LockedOut,
    LogInDenied,
    LogInVerdict,
    LogInWrong,
    NewDevice,
    RateLimited,
    tokens,
)
from fengshou.kernel import BankError, Clock, Database, Kind, Missing, new_id
from tests.access.town import ELSEWHERE, HOME, IPHONE, PASSWORD, Scene, make_scene

PHONE = "13800000001"
HINT = DeviceHint(user_agent=IPHONE, address="10.0.0.1")


async def outcome(scene: Scene, password: str, *, phone: str = PHONE, hint: DeviceHint = HINT) -> str:
    """How a log-in by password ends, by name."""
    try:
        await scene.access.log_in.by_password(phone, password, hint)
    except BankError as problem:
        return type(problem).__name__
    return "in"


async def known_device(scene: Scene) -> DeviceHint:
    """A customer and the device they logged in on."""
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE)
    return DeviceHint(entered.device_secret, IPHONE, "10.0.0.1")


async def test_a_password_alone_does_not_let_a_new_device_in(scene: Scene) -> None:
    await scene.customer(PHONE)
    with pytest.raises(NewDevice) as caught:
        await scene.access.log_in.by_password(PHONE, PASSWORD, HINT)

    assert caught.value.kind is Kind.STEP_UP
    assert caught.value.facts == {"methods": ["sms"]}
    with pytest.raises(CodeEnded):
        await scene.access.log_in.by_password(PHONE, PASSWORD, HINT, code="123456")


async def test_a_known_device_needs_the_password_alone(scene: Scene) -> None:
    hint = await known_device(scene)
    entered = await scene.access.log_in.by_password(PHONE, PASSWORD, hint)

    assert (entered.device_added, entered.device_secret) == (False, hint.secret)
    assert (entered.principal.level, entered.principal.factors) == (1, frozenset({"password"}))


async def test_a_device_is_known_for_the_person_it_belongs_to_only(scene: Scene) -> None:
    hint = await known_device(scene)
    await scene.customer("13800000002")

    assert await outcome(scene, PASSWORD, phone="13800000002", hint=hint) == "NewDevice"


@pytest.mark.parametrize("secret", ["", "x", "a" * 42, "a" * 44, "a" * 42 + "!", "' OR 1=1 --"])
async def test_a_device_secret_a_client_made_up_is_not_taken_over(scene: Scene, secret: str) -> None:
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE, DeviceHint(secret, IPHONE, "10.0.0.1"))

    assert entered.device_secret != secret
    assert tokens.is_secret(entered.device_secret)


async def test_the_first_device_is_trusted_and_later_ones_cool_for_a_day(scene: Scene) -> None:
    await scene.customer(PHONE)
    first = await scene.log_in(PHONE)
    scene.clock.shift(timedelta(seconds=61))
    second = await scene.log_in(PHONE)
    until = await scene.access.cooling_until(second.principal)

    assert await scene.access.cooling_until(first.principal) is None
    assert until is not None
    assert timedelta(hours=23, minutes=59) < until - scene.clock.now() <= timedelta(hours=24)
    scene.clock.shift(timedelta(hours=24))
    hint = DeviceHint(second.device_secret, IPHONE, "10.0.0.1")
    later = await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
    assert await scene.access.cooling_until(later.principal) is None


async def test_twenty_log_ins_from_one_device_at_once_make_one_device(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    secret = tokens.new_secret()
    hint = DeviceHint(secret, IPHONE, "10.0.0.1")
    await asyncio.gather(
        *(scene.access.log_in.demo("customer", scene.town.customers[PHONE], hint) for _ in range(20))
    )
    async with scene.db.read(HOME) as work:
        assert await work.fetchval("SELECT count(*) FROM access.device") == 1
        assert await work.fetchval("SELECT count(*) FROM access.session WHERE ended_at IS NULL") == 20


async def test_the_oldest_of_many_devices_is_forgotten_with_its_sessions(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, devices_most=3)
    person = await scene.customer(PHONE, password=None)
    entered: list[Entered] = []
    for _ in range(4):
        scene.clock.shift(timedelta(seconds=1))
        hint = DeviceHint(tokens.new_secret(), IPHONE, "10.0.0.1")
        entered.append(await scene.access.log_in.demo("customer", person, hint))

    assert len(await scene.access.binding.devices(entered[3].principal)) == 3
    alive = [await is_alive(scene, e.token) for e in entered]
    assert alive == [False, True, True, True]


async def is_alive(scene: Scene, token: str) -> bool:
    try:
        await scene.access.resolve(token)
    except BankError:
        return False
    return True


async def test_five_wrong_passwords_lock_the_right_one_out(scene: Scene) -> None:
    hint = await known_device(scene)
    tries = [await outcome(scene, f"wrong-word-{n}", hint=hint) for n in range(5)]

    assert tries == ["LogInWrong"] * 5
    with pytest.raises(LockedOut) as caught:
        await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
    assert 55 <= int(str(caught.value.facts["retry_after_s"])) <= 61


async def test_each_lock_lasts_longer(scene: Scene) -> None:
    hint = await known_device(scene)
    waits = []
    for _ in range(6):
        for _ in range(5):
            assert await outcome(scene, "wrong-word-1", hint=hint) == "LogInWrong"
        with pytest.raises(LockedOut) as caught:
            await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
        seconds = int(str(caught.value.facts["retry_after_s"]))
        waits.append(round(seconds / 60))
        scene.clock.shift(timedelta(seconds=seconds))

    assert waits == [1, 5, 30, 240, 1440, 1440]
    assert await outcome(scene, PASSWORD, hint=hint) == "in"
    assert await outcome(scene, "wrong-word-1", hint=hint) == "LogInWrong"  # and all is forgotten


async def test_a_right_password_forgets_the_wrong_ones(scene: Scene) -> None:
    hint = await known_device(scene)
    for _ in range(3):
        tries = [await outcome(scene, word, hint=hint) for word in ("wrong-word-1",) * 4 + (PASSWORD,)]
        assert tries == ["LogInWrong"] * 4 + ["in"]


async def test_fifty_guesses_at_once_get_five_looks(
    db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(db, clock)
    hint = await known_device(scene)
    looks = 0
    hasher = scene.access._room.hasher
    verify = hasher.verify

    async def counting(stored: str | None, password: str) -> bool:
        nonlocal looks
        looks += 1
        return await verify(stored, password)

    monkeypatch.setattr(hasher, "verify", counting)
    outcomes = await asyncio.gather(*(outcome(scene, f"wrong-word-{n}", hint=hint) for n in range(50)))

    assert (outcomes.count("LogInWrong"), outcomes.count("LockedOut"), looks) == (5, 45, 5)
    async with db.relay() as work:
        assert await work.fetchval("SELECT count(*) FROM kernel.outbox WHERE topic='access.locked'") == 1


async def test_a_phone_nobody_has_answers_and_locks_like_one_somebody_has(scene: Scene) -> None:
    await scene.customer(PHONE)
    for phone in (PHONE, "13800000009"):
        tries = [await outcome(scene, "wrong-word-1", phone=phone) for _ in range(6)]
        assert tries == ["LogInWrong"] * 5 + ["LockedOut"]


async def test_an_unknown_name_costs_the_same_hashing(
    db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = make_scene(db, clock)
    seen: list[str] = []
    hasher = scene.access._room.hasher
    original = hasher._verify

    def noting(stored: str, spiced: str) -> bool:
        seen.append(stored.split("$")[3])
        return original(stored, spiced)

    await scene.customer(PHONE)
    monkeypatch.setattr(hasher, "_verify", noting)
    await outcome(scene, "wrong-word-1", phone=PHONE)
    await outcome(scene, "wrong-word-1", phone="13800000009")

    assert seen == ["m=64,t=1,p=1"] * 2


async def test_a_wrong_code_does_not_use_the_password_up(scene: Scene) -> None:
    await scene.customer(PHONE)
    await scene.access.send_code(PHONE, "new_device", address="10.0.0.1")
    code = scene.carrier.code(PHONE)
    with pytest.raises(CodeWrong) as caught:
        await scene.access.log_in.by_password(PHONE, PASSWORD, HINT, code=f"{(int(code) + 1) % 10**6:06d}")
    assert caught.value.facts == {"tries_left": 4}

    entered = await scene.access.log_in.by_password(PHONE, PASSWORD, HINT, code=code)
    assert entered.device_added


async def test_a_code_alone_looks_and_pays_nothing(scene: Scene) -> None:
    await scene.customer(PHONE)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    entered = await scene.access.log_in.by_code(PHONE, scene.carrier.code(PHONE), HINT)

    assert (entered.principal.level, entered.principal.factors) == (0, frozenset({"sms"}))


async def test_a_new_phone_becomes_a_customer_once(scene: Scene) -> None:
    made: list[UUID] = []

    async def register(phone: str) -> UUID:
        made.append(await scene.customer(phone, password=None))
        return made[-1]

    for _ in range(2):
        await scene.access.send_code(PHONE, "register", address="10.0.0.1")
        entered = await scene.access.log_in.by_code(
            PHONE, scene.carrier.code(PHONE), HINT, purpose="register", register=register
        )
        assert [entered.principal.id] == made
        scene.clock.shift(timedelta(seconds=61))


async def test_risk_may_deny_or_ask_for_a_code(scene: Scene) -> None:
    hint = await known_device(scene)
    scene.town.attempts.clear()
    scene.town.verdict = LogInVerdict.CHALLENGE
    assert await outcome(scene, PASSWORD, hint=hint) == "NewDevice"
    scene.town.verdict = LogInVerdict.DENY
    with pytest.raises(LogInDenied):
        await scene.access.log_in.by_password(PHONE, PASSWORD, hint)

    assert [(a.device_known, a.device_name, a.factors) for a in scene.town.attempts] == [
        (True, "iPhone·Safari", frozenset({"password"}))
    ] * 2


async def test_risk_hears_of_right_factors_only(scene: Scene) -> None:
    hint = await known_device(scene)
    scene.town.attempts.clear()
    await outcome(scene, "wrong-word-1", hint=hint)

    assert scene.town.attempts == []


async def test_risk_hears_how_often_the_password_was_wrong(scene: Scene) -> None:
    hint = await known_device(scene)
    person = scene.town.customers[PHONE]
    for _ in range(3):
        await outcome(scene, "wrong-word-1", hint=hint)
    await outcome(scene, "wrong-word-1", phone="13899999999", hint=hint)  # nobody's
    for _ in range(2):  # the first right one gives the tries back, and hides nothing
        await outcome(scene, PASSWORD, hint=hint)

    assert [a.failed_24h for a in scene.town.attempts[-2:]] == [3, 3]
    assert await scene.access.failed_log_ins(person) == 3
    scene.clock.shift(timedelta(hours=24))
    assert await scene.access.failed_log_ins(person) == 0


async def test_one_address_cannot_try_everybody(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock)
    clock.shift(timedelta(seconds=600 - clock.now().timestamp() % 600))
    outcomes = [await outcome(scene, "wrong-word-1", phone=f"139{n:08d}") for n in range(121)]

    assert (outcomes.count("LogInWrong"), outcomes.count("RateLimited")) == (120, 1)
    with pytest.raises(RateLimited):
        await scene.access.log_in.staff(HOME, "nobody", "wrong-word-1", HINT)
    assert await outcome(scene, "wrong-word-1", hint=DeviceHint(address="10.0.0.2")) == "LogInWrong"


async def test_staff_log_in_at_their_own_bank_with_their_roles(scene: Scene) -> None:
    clerk = scene.town.staff[HOME, "0901"] = new_id(HOME)
    scene.town.roles[clerk] = frozenset({"teller", "checker"})
    await scene.access.passwords.issue(clerk, PASSWORD)
    entered = await scene.access.log_in.staff(HOME, "0901", PASSWORD, HINT)
    who = await scene.access.resolve(entered.token)

    assert (who.kind, who.bank, who.roles, who.level) == ("staff", HOME, frozenset({"teller", "checker"}), 1)
    with pytest.raises(LogInWrong):
        await scene.access.log_in.staff(ELSEWHERE, "0901", PASSWORD, HINT)
    for _ in range(5):
        with pytest.raises(LogInWrong):
            await scene.access.log_in.staff(HOME, "0901", "wrong-word-1", HINT)
    with pytest.raises(LockedOut):
        await scene.access.log_in.staff(HOME, "0901", PASSWORD, HINT)


async def test_a_log_in_while_the_password_changes_does_not_outlive_the_change(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    await scene.customer(PHONE)
    hint = await known_device(scene)
    here = await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
    sessions, made = scene.access.sessions, []
    really_open = sessions.open

    async def slow_open(*args: Any, **options: Any) -> Entered:
        """The password changes after it was checked and before its session is there to be ended."""
        await scene.access.passwords.change(here.principal, PASSWORD, "plum-Rain-2-jiangnan")
        made.append(await really_open(*args, **options))
        return made[-1]

    monkeypatch.setattr(sessions, "open", slow_open)
    with pytest.raises(LogInWrong):
        await scene.access.log_in.by_password(PHONE, PASSWORD, hint)

    assert [await is_alive(scene, entered.token) for entered in made] == [False]
    assert await is_alive(scene, here.token)


async def test_a_log_in_during_a_freeze_does_not_outlive_it(scene: Scene) -> None:
    person = await scene.customer(PHONE)
    hint = await known_device(scene)
    outcomes = await asyncio.gather(
        *(scene.access.log_in.demo("customer", person, hint) for _ in range(6)),
        scene.access.binding.freeze(person),
        *(scene.access.log_in.demo("customer", person, hint) for _ in range(6)),
        return_exceptions=True,
    )
    entered = [o for o in outcomes if isinstance(o, Entered)]

    assert not any([await is_alive(scene, e.token) for e in entered])
    assert sum(isinstance(o, Frozen) for o in outcomes) == 12 - len(entered)


async def test_a_real_bank_has_no_one_click_log_in(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, demo=False)
    person = await scene.customer(PHONE)
    with pytest.raises(Missing):
        await scene.access.log_in.demo("customer", person, HINT)


@pytest.mark.parametrize("name", ["", "\x00", "\ud800", "a" * 65, "0901\n"])
async def test_a_staff_name_that_cannot_be_one_is_wrong_and_no_bug(scene: Scene, name: str) -> None:
    with pytest.raises(LogInWrong):
        await scene.access.log_in.staff(HOME, name, PASSWORD, HINT)


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "a1" * 500_000])
async def test_a_password_that_cannot_be_one_is_wrong_and_no_bug(scene: Scene, password: str) -> None:
    await scene.customer(PHONE)
    with pytest.raises(LogInWrong):
        await scene.access.log_in.by_password(PHONE, password, HINT)

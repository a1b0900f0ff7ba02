"""Passwords: what they must be, how they are kept, changed and set anew."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from fengshou.access import (
    CodeEnded,
    DeviceHint,
    Entered,
    IdentityMismatch,
    LockedOut,
    LogInWrong,
    NoFactor,
    PasswordExists,
    PasswordWeak,
    PasswordWrong,
    SessionEnded,
)
from fengshou.access.hasher import Hasher
from fengshou.access.password_policy import check_password
from fengshou.access.policy import Policy
from fengshou.kernel import Busy, Clock, Database
from tests.access.town import HOME, IPHONE, PASSWORD, Scene, make_scene

PHONE = "13800000001"
HINT = DeviceHint(user_agent=IPHONE, address="10.0.0.1")
ID_NUMBER = "33010919900307001X"
NEW = "plum-Rain-2-jiangnan"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "length"),
        ("short7a", "length"),
        ("a1" * 33, "length"),
        ("tea house\n58", "length"),
        ("onlyletters", "mix"),
        ("12345678901", "mix"),
        ("茶馆茶馆茶馆茶馆1", "mix"),
        ("x13800000001", "phone"),
        ("tea-00000001", "phone"),
        ("password1", "common"),
        ("Passw0rd", "common"),
        ("P@ssw0rd", "common"),
        ("password123", "common"),
        ("abc12345", "common"),
        ("a1234567", "common"),
        ("1qaz2wsx", "common"),
        ("qwerty123", "common"),
        ("woaini1314", "common"),
        ("Woaini520!", "common"),
        ("zhang19900307", "common"),
        ("aaaa1111", "common"),
        ("1a1a1a1a1a", "common"),
        ("zxcvbnm1", "common"),
        ("admin888", "common"),
    ],
)
def test_what_guessers_try_first_is_no_password(password: str, reason: str) -> None:
    with pytest.raises(PasswordWeak) as caught:
        check_password(password, PHONE)
    assert caught.value.facts == {"reason": reason}


@pytest.mark.parametrize(
    "password", [PASSWORD, NEW, "kx7Qpm2v", "woaichibanmian83", "青瓦小院a7住着三只猫", "a1" + "茶馆" * 31]
)
def test_what_is_hard_to_guess_is_taken(password: str) -> None:
    check_password(password, PHONE)


async def registered(scene: Scene) -> Entered:
    """Somebody who proved their phone a moment ago and has nothing else."""
    await scene.customer(PHONE, password=None)
    await scene.access.send_code(PHONE, "register", address="10.0.0.1")
    return await scene.access.log_in.by_code(PHONE, scene.carrier.code(PHONE), HINT, purpose="register")


async def test_the_first_password_lifts_the_session_and_its_token(scene: Scene) -> None:
    entered = await registered(scene)
    token = await scene.access.passwords.set_first(entered.principal, PASSWORD)

    assert token is not None
    assert token != entered.token
    who = await scene.access.resolve(token)
    assert (who.level, who.factors, who.session) == (
        2,
        frozenset({"sms", "password"}),
        entered.principal.session,
    )


async def test_a_first_password_is_set_once(scene: Scene) -> None:
    entered = await registered(scene)
    outcomes = await asyncio.gather(
        *(scene.access.passwords.set_first(entered.principal, f"{PASSWORD}{n}") for n in range(5)),
        return_exceptions=True,
    )

    assert sum(isinstance(o, PasswordExists) for o in outcomes) == 4


async def test_a_first_password_needs_the_phone_proved_lately(scene: Scene) -> None:
    entered = await registered(scene)
    scene.clock.shift(timedelta(minutes=15))
    with pytest.raises(CodeEnded):
        await scene.access.passwords.set_first(entered.principal, PASSWORD)


async def test_a_weak_first_password_is_refused(scene: Scene) -> None:
    entered = await registered(scene)
    with pytest.raises(PasswordWeak):
        await scene.access.passwords.set_first(entered.principal, f"a{PHONE}")
    with pytest.raises(NoFactor):
        await scene.access.passwords.prove(entered.principal, PASSWORD)


async def test_changing_it_ends_every_other_session(scene: Scene) -> None:
    await scene.customer(PHONE)
    here = await scene.log_in(PHONE)
    scene.clock.shift(timedelta(seconds=61))
    there = await scene.log_in(PHONE)
    await scene.access.passwords.change(here.principal, PASSWORD, NEW)

    await scene.access.resolve(here.token)
    with pytest.raises(SessionEnded):
        await scene.access.resolve(there.token)
    hint = DeviceHint(here.device_secret, IPHONE, "10.0.0.1")
    with pytest.raises(LogInWrong):
        await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
    await scene.access.log_in.by_password(PHONE, NEW, hint)


async def test_changing_it_takes_the_old_one_and_counts_wrong_tries(scene: Scene) -> None:
    await scene.customer(PHONE)
    here = await scene.log_in(PHONE)
    left = []
    for _ in range(5):
        with pytest.raises(PasswordWrong) as caught:
            await scene.access.passwords.change(here.principal, "wrong-word-1", NEW)
        left.append(caught.value.facts["tries_left"])
    with pytest.raises(LockedOut):
        await scene.access.passwords.change(here.principal, PASSWORD, NEW)
    assert left == [4, 3, 2, 1, 0]


async def forgotten(scene: Scene, id_number: str, phone: str = PHONE, new: str = NEW) -> None:
    await scene.access.send_code(phone, "reset", address="10.0.0.1")
    await scene.access.passwords.reset(phone, scene.carrier.code(phone), id_number, new)


async def test_a_forgotten_password_is_set_anew_and_everything_cools(scene: Scene) -> None:
    person = await scene.customer(PHONE)
    scene.town.id_numbers[person] = ID_NUMBER
    before = await scene.log_in(PHONE)
    for _ in range(5):
        with pytest.raises(LogInWrong):
            await scene.access.log_in.by_password(PHONE, "wrong-word-1", HINT)
    await forgotten(scene, ID_NUMBER)

    with pytest.raises(SessionEnded):
        await scene.access.resolve(before.token)
    hint = DeviceHint(before.device_secret, IPHONE, "10.0.0.1")
    after = await scene.access.log_in.by_password(PHONE, NEW, hint)  # the lock is gone too
    assert await scene.access.cooling_until(after.principal) is not None


async def test_the_wrong_id_number_sets_nothing_and_locks_after_five(scene: Scene) -> None:
    person = await scene.customer(PHONE)
    scene.town.id_numbers[person] = ID_NUMBER
    for _ in range(5):
        with pytest.raises(IdentityMismatch):
            await forgotten(scene, "330109199003070028")
        scene.clock.shift(timedelta(seconds=61))
        if _ == 3:
            scene.clock.shift(timedelta(hours=1))  # past the phone's hour
    await scene.access.send_code(PHONE, "reset", address="10.0.0.1")
    scene.clock.shift(timedelta(seconds=-61))
    with pytest.raises(LockedOut):
        await scene.access.passwords.reset(PHONE, scene.carrier.code(PHONE), ID_NUMBER, NEW)
    with pytest.raises(LogInWrong):
        await scene.access.log_in.by_password(PHONE, NEW, HINT)


async def test_a_phone_nobody_has_looks_like_a_wrong_id_number(scene: Scene) -> None:
    with pytest.raises(IdentityMismatch):
        await forgotten(scene, ID_NUMBER, phone="13800000009")


async def test_a_weak_new_password_does_not_use_the_code_up(scene: Scene) -> None:
    await scene.customer(PHONE)
    await scene.access.send_code(PHONE, "reset", address="10.0.0.1")
    code = scene.carrier.code(PHONE)
    with pytest.raises(PasswordWeak):
        await scene.access.passwords.reset(PHONE, code, ID_NUMBER, "password1")
    await scene.access.passwords.reset(PHONE, code, ID_NUMBER, NEW)


async def test_the_database_holds_argon2id_under_a_pepper(scene: Scene, dsn: str) -> None:
    await scene.customer(PHONE)
    owner = await asyncpg.connect(dsn)
    stored = await owner.fetchval("SELECT hash FROM access.password")
    await owner.close()

    assert stored.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    other = Hasher(bytes(32), Policy(argon2_memory_kib=64, argon2_passes=1))
    assert await other.verify(stored, PASSWORD) is False
    other.close()


async def test_full_width_letters_are_the_same_password(scene: Scene) -> None:
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE)

    await scene.access.passwords.prove(entered.principal, PASSWORD.replace("58", "５８"))


async def test_stronger_parameters_reach_an_old_hash_at_its_next_use(
    scene: Scene, db: Database, clock: Clock
) -> None:
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE)
    stronger = make_scene(db, clock, argon2_memory_kib=128)
    await stronger.access.passwords.prove(entered.principal, PASSWORD)
    async with db.read(HOME) as work:
        assert "m=128," in await work.fetchval("SELECT hash FROM access.password")
    await stronger.access.passwords.prove(entered.principal, PASSWORD)


async def test_too_many_waiting_hashes_are_turned_away(db: Database, clock: Clock) -> None:
    hasher = Hasher(
        bytes(32), Policy(argon2_memory_kib=64, argon2_passes=1, argon2_threads=1, argon2_waiting_most=1)
    )
    outcomes = await asyncio.gather(*(hasher.hash(PASSWORD) for _ in range(5)), return_exceptions=True)

    assert sum(isinstance(o, Busy) for o in outcomes) == 3
    assert (await hasher.hash(PASSWORD)).startswith("$argon2id$")
    hasher.close()

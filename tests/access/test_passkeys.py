"""Passkeys: bound, used once per challenge, refused when anything is off."""

from __future__ import annotations

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from fengshou.access import (
    ChallengeEnded,
    DeviceHint,
    LastFactor,
    PasskeyRefused,
    PasskeysFull,
    StepUp,
)
from fengshou.kernel import BankError, Clock, Database, Missing, new_id
from tests.access.town import HOME, IPHONE, ORIGIN, PASSWORD, Scene, make_scene
from tests.support.soft_authenticator import SoftAuthenticator

PHONE = "13800000001"
HINT = DeviceHint(user_agent=IPHONE, address="10.0.0.1")


async def outcome(scene: Scene, answer: dict[str, Any]) -> str:
    """How a log-in with this answer ends."""
    try:
        entered = await scene.access.log_in.by_passkey(answer, HINT)
    except BankError as problem:
        return type(problem).__name__
    assert entered.principal.id == scene.town.customers[PHONE]
    return "in"


async def test_a_passkey_lets_its_owner_in_without_a_name(scene: Scene) -> None:
    _, phone = await scene.with_passkey()
    options = await scene.access.log_in.passkey_options()
    entered = await scene.access.log_in.by_passkey(phone.get(options), HINT)

    assert options["allowCredentials"] == []
    assert options["userVerification"] == "required"
    assert entered.principal.id == scene.town.customers[PHONE]
    assert (entered.principal.level, entered.principal.factors) == (2, frozenset({"passkey"}))


async def test_a_synced_passkey_whose_counter_stands_still_works(scene: Scene) -> None:
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE)
    cloud = SoftAuthenticator(ORIGIN, synced=True)
    made, _ = await scene.access.binding.add_passkey(
        entered.principal,
        cloud.create(await scene.access.binding.passkey_options(entered.principal, "x")),
        "云端",
    )

    assert (made.synced, made.name) == (True, "云端")
    for _ in range(2):
        assert await outcome(scene, cloud.get(await scene.access.log_in.passkey_options())) == "in"


async def test_registration_asks_for_a_discoverable_verified_passkey(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    options = await scene.access.binding.passkey_options(entered.principal, "138****0001")

    assert options["rp"] == {"id": "localhost", "name": "丰收"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert len(options["excludeCredentials"]) == 1
    with pytest.raises(ValueError, match="InvalidStateError"):
        phone.create(options)


async def test_an_answer_is_used_once_however_often_it_is_sent(scene: Scene) -> None:
    _, phone = await scene.with_passkey()
    answer = phone.get(await scene.access.log_in.passkey_options())
    outcomes = await asyncio.gather(*(outcome(scene, answer) for _ in range(20)))

    assert (outcomes.count("in"), outcomes.count("ChallengeEnded")) == (1, 19)


async def test_a_challenge_lives_two_minutes(scene: Scene) -> None:
    _, phone = await scene.with_passkey()
    answer = phone.get(await scene.access.log_in.passkey_options())
    scene.clock.shift(timedelta(seconds=120))

    assert await outcome(scene, answer) == "ChallengeEnded"


async def test_a_challenge_of_ones_own_making_is_not_ours(scene: Scene) -> None:
    _, phone = await scene.with_passkey()
    options = await scene.access.log_in.passkey_options()
    options["challenge"] = "A" * 43

    assert await outcome(scene, phone.get(options)) == "ChallengeEnded"


def _unverified(phone: SoftAuthenticator) -> None:
    phone.verifies = False


def _other_site(phone: SoftAuthenticator) -> None:
    phone.origin = "https://fengshou.example.net"


def _other_key(phone: SoftAuthenticator) -> None:
    phone.credentials[0].key = generate_private_key(SECP256R1())


def _fallen_counter(phone: SoftAuthenticator) -> None:
    phone.credentials[0].count = 0
    phone.counts = False


@pytest.mark.parametrize("spoil", [_unverified, _other_site, _other_key, _fallen_counter])
async def test_a_spoiled_assertion_is_refused(
    scene: Scene, spoil: Callable[[SoftAuthenticator], None]
) -> None:
    _, phone = await scene.with_passkey()
    assert await outcome(scene, phone.get(await scene.access.log_in.passkey_options())) == "in"
    spoil(phone)

    assert await outcome(scene, phone.get(await scene.access.log_in.passkey_options())) == "PasskeyRefused"


@pytest.mark.parametrize("spoil", [_unverified, _other_site])
async def test_a_spoiled_registration_is_refused(
    scene: Scene, spoil: Callable[[SoftAuthenticator], None]
) -> None:
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE)
    phone = SoftAuthenticator(ORIGIN)
    spoil(phone)
    options = await scene.access.binding.passkey_options(entered.principal, "x")
    with pytest.raises(PasskeyRefused):
        await scene.access.binding.add_passkey(entered.principal, phone.create(options))
    assert await scene.access.passkeys.all_of(entered.principal) == []


async def test_one_flipped_bit_anywhere_is_refused(scene: Scene) -> None:
    _, phone = await scene.with_passkey()
    for part in ("signature", "authenticatorData"):
        answer = phone.get(await scene.access.log_in.passkey_options())
        text = answer["response"][part]
        answer["response"][part] = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
        assert await outcome(scene, answer) == "PasskeyRefused"


RUBBISH: list[Any] = [
    None,
    0,
    True,
    "",
    "!",
    "A",
    "e30",
    "W10",
    "A" * 20_000,
    [],
    {},
    {"x": 1},
    "\ud800",
    "é",
]


@pytest.mark.parametrize("part", ["id", "rawId", "type", "response"])
async def test_a_rubbish_answer_is_refused_and_is_no_bug(scene: Scene, part: str) -> None:
    _, phone = await scene.with_passkey()
    for junk in RUBBISH:
        answer = phone.get(await scene.access.log_in.passkey_options())
        assert await outcome(scene, {**answer, part: junk}) in {"PasskeyRefused", "ChallengeEnded"}, junk


@pytest.mark.parametrize("part", ["clientDataJSON", "authenticatorData", "signature"])
async def test_a_rubbish_field_is_refused_and_is_no_bug(scene: Scene, part: str) -> None:
    _, phone = await scene.with_passkey()
    for junk in RUBBISH:
        answer = phone.get(await scene.access.log_in.passkey_options())
        answer["response"][part] = junk
        assert await outcome(scene, answer) in {"PasskeyRefused", "ChallengeEnded"}, junk


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
async def test_a_rubbish_registration_is_refused_and_is_no_bug(scene: Scene, part: str) -> None:
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE)
    for junk in RUBBISH:
        options = await scene.access.binding.passkey_options(entered.principal, "x")
        answer = SoftAuthenticator(ORIGIN).create(options)
        answer["response"][part] = junk
        with pytest.raises((PasskeyRefused, ChallengeEnded)):
            await scene.access.binding.add_passkey(entered.principal, answer)
    assert await scene.access.passkeys.all_of(entered.principal) == []


@pytest.mark.parametrize("told", [None, "", "usb", ["usb", "teleport", 7], {"usb": 1}, 0])
async def test_transports_nobody_knows_are_left_out(scene: Scene, told: Any) -> None:
    await scene.customer(PHONE)
    entered = await scene.log_in(PHONE)
    answer = SoftAuthenticator(ORIGIN).create(
        await scene.access.binding.passkey_options(entered.principal, "x")
    )
    answer["response"]["transports"] = told
    await scene.access.binding.add_passkey(entered.principal, answer)
    options = await scene.access.binding.passkey_options(entered.principal, "x")

    assert options["excludeCredentials"][0].get("transports", []) in ([], ["usb"])


async def test_a_registration_challenge_is_for_the_one_who_asked(scene: Scene) -> None:
    await scene.customer(PHONE)
    mine = await scene.log_in(PHONE)
    await scene.customer("13800000002")
    theirs = await scene.log_in("13800000002")
    options = await scene.access.binding.passkey_options(mine.principal, "x")
    with pytest.raises(ChallengeEnded):
        await scene.access.binding.add_passkey(theirs.principal, SoftAuthenticator(ORIGIN).create(options))


async def test_somebody_elses_credential_cannot_be_taken_over(scene: Scene) -> None:
    _, phone = await scene.with_passkey()
    await scene.customer("13800000002")
    thief = await scene.log_in("13800000002")
    options = await scene.access.binding.passkey_options(thief.principal, "x")
    copied = SoftAuthenticator(ORIGIN)
    answer = copied.create(options)
    mine = phone.credentials[0]
    raw = copied.credentials[0].id
    swapped = _swap(answer, raw, mine.id)
    with pytest.raises(PasskeyRefused):
        await scene.access.binding.add_passkey(thief.principal, swapped)

    assert await outcome(scene, phone.get(await scene.access.log_in.passkey_options())) == "in"


def _swap(answer: dict[str, Any], old: bytes, new: bytes) -> dict[str, Any]:
    def text(value: bytes) -> str:
        return urlsafe_b64encode(value).rstrip(b"=").decode()

    told = answer["response"]["attestationObject"]
    raw = urlsafe_b64decode(told + "=" * (-len(told) % 4)).replace(old, new)
    response = {**answer["response"], "attestationObject": text(raw)}
    return {**answer, "id": text(new), "rawId": text(new), "response": response}


async def test_binding_another_passkey_takes_level_two(scene: Scene) -> None:
    await scene.customer(PHONE)
    first = await scene.log_in(PHONE)
    hint = DeviceHint(first.device_secret, IPHONE, "10.0.0.1")
    entered = await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
    who = entered.principal
    with pytest.raises(StepUp) as caught:
        await scene.access.binding.passkey_options(who, "x")
    assert caught.value.facts == {
        "order_id": str(who.session), "level": 2, "methods": ["password+sms"], "proved": [],
    }  # fmt: skip
    assert who.session is not None
    scene.clock.shift(timedelta(seconds=61))
    await scene.access.prove_password(who, who.session, PASSWORD)
    await scene.access.send_step_up_code(who, who.session, address="10.0.0.1")
    proof = await scene.access.prove_code(who, who.session, scene.carrier.code(PHONE))
    assert proof.complete
    phone = SoftAuthenticator(ORIGIN)
    answer = phone.create(await scene.access.binding.passkey_options(who, "x"))
    await scene.access.binding.add_passkey(who, answer)

    # The proof was for one passkey: what the old principal shows is spent.
    with pytest.raises(StepUp):
        await scene.access.binding.passkey_options(who, "x")
    assert len(await scene.access.passkeys.all_of(who)) == 1


async def test_ten_passkeys_are_enough(db: Database, clock: Clock) -> None:
    scene = make_scene(db, clock, passkeys_most=2)
    entered, _ = await scene.with_passkey()
    who = entered.principal
    answers = [
        SoftAuthenticator(ORIGIN).create(await scene.access.binding.passkey_options(who, "x"))
        for _ in range(4)
    ]
    outcomes = await asyncio.gather(
        *(scene.access.binding.add_passkey(who, answer) for answer in answers), return_exceptions=True
    )

    assert sum(isinstance(o, PasskeysFull) for o in outcomes) == 3
    with pytest.raises(PasskeysFull) as caught:
        await scene.access.binding.passkey_options(who, "x")
    assert caught.value.facts == {"most": 2}
    assert len(await scene.access.passkeys.all_of(who)) == 2


async def test_a_removed_passkey_opens_nothing(scene: Scene) -> None:
    entered, phone = await scene.with_passkey()
    (kept,) = await scene.access.passkeys.all_of(entered.principal)
    await scene.access.passkeys.rename(entered.principal, kept.id, "  办公室的手机 ")
    (renamed,) = await scene.access.passkeys.all_of(entered.principal)
    assert renamed.name == "办公室的手机"
    await scene.access.binding.remove_passkey(entered.principal, kept.id)

    assert await outcome(scene, phone.get(await scene.access.log_in.passkey_options())) == "PasskeyRefused"
    assert await scene.access.passkeys.all_of(entered.principal) == []


@pytest.mark.parametrize(
    ("told", "kept"),
    [("", "通行密钥"), (" \x00\n ", "通行密钥"), ("书房\x00电脑\ud800", "书房电脑"), ("长" * 60, "长" * 40)],
)
async def test_a_name_is_fit_to_be_shown(scene: Scene, told: str, kept: str) -> None:
    entered, _ = await scene.with_passkey()
    (mine,) = await scene.access.passkeys.all_of(entered.principal)
    await scene.access.passkeys.rename(entered.principal, mine.id, told)

    assert [p.name for p in await scene.access.passkeys.all_of(entered.principal)] == [kept]


async def test_a_strangers_passkey_is_missing(scene: Scene) -> None:
    entered, _ = await scene.with_passkey()
    (kept,) = await scene.access.passkeys.all_of(entered.principal)
    await scene.customer("13800000002")
    stranger = (await scene.log_in("13800000002")).principal
    for id_ in (kept.id, new_id(HOME)):
        with pytest.raises(Missing):
            await scene.access.passkeys.rename(stranger, id_, "mine")
        with pytest.raises(Missing):
            await scene.access.binding.remove_passkey(stranger, id_)
    assert len(await scene.access.passkeys.all_of(entered.principal)) == 1


async def test_the_only_way_in_stays(scene: Scene) -> None:
    await scene.customer(PHONE, password=None)
    await scene.access.send_code(PHONE, "register", address="10.0.0.1")
    entered = await scene.access.log_in.by_code(PHONE, scene.carrier.code(PHONE), HINT, purpose="register")
    phones = [SoftAuthenticator(ORIGIN) for _ in range(2)]
    who = entered.principal
    made, token = await scene.access.binding.add_passkey(
        who, phones[0].create(await scene.access.binding.passkey_options(who, "x"))
    )
    assert token is not None
    who = await scene.access.resolve(token)
    other, _ = await scene.access.binding.add_passkey(
        who, phones[1].create(await scene.access.binding.passkey_options(who, "x"))
    )

    outcomes = await asyncio.gather(
        scene.access.binding.remove_passkey(who, made.id),
        scene.access.binding.remove_passkey(who, other.id),
        return_exceptions=True,
    )
    assert sum(isinstance(o, LastFactor) for o in outcomes) == 1
    assert len(await scene.access.passkeys.all_of(who)) == 1

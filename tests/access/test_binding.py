"""Devices, and shutting everything when a phone is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fengshou.access import DeviceHint, Entered, Frozen, NewDevice, SessionEnded
from fengshou.kernel import Missing, new_id
from tests.access.town import HOME, IPHONE, PASSWORD, Scene

PHONE = "13800000001"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36"
NEW = "plum-Rain-2-jiangnan"


async def two_devices(scene: Scene) -> tuple[Entered, Entered]:
    await scene.customer(PHONE)
    phone = await scene.log_in(PHONE)
    scene.clock.shift(timedelta(seconds=61))
    desk = await scene.log_in(PHONE, DeviceHint(user_agent=CHROME, address="10.0.0.2"))
    return phone, desk


async def ended(scene: Scene, entered: Entered) -> bool:
    try:
        await scene.access.resolve(entered.token)
    except SessionEnded:
        return True
    return False


async def test_devices_are_listed_latest_first_with_the_one_in_hand_marked(scene: Scene) -> None:
    phone, desk = await two_devices(scene)
    devices = await scene.access.binding.devices(phone.principal)

    assert [(d.name, d.current) for d in devices] == [("Windows·Chrome", False), ("iPhone·Safari", True)]
    assert [d.id for d in devices] == [desk.principal.device, phone.principal.device]


async def test_a_removed_device_is_out_and_new_again(scene: Scene) -> None:
    phone, desk = await two_devices(scene)
    assert desk.principal.device
    await scene.access.binding.remove_device(phone.principal, desk.principal.device)

    assert await ended(scene, desk)
    assert not await ended(scene, phone)
    hint = DeviceHint(desk.device_secret, CHROME, "10.0.0.2")
    with pytest.raises(NewDevice):
        await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
    with pytest.raises(Missing):
        await scene.access.binding.remove_device(phone.principal, desk.principal.device)


async def test_a_strangers_device_is_missing(scene: Scene) -> None:
    phone, _ = await two_devices(scene)
    await scene.customer("13800000002")
    stranger = await scene.log_in("13800000002")
    assert phone.principal.device
    for id_ in (phone.principal.device, new_id(HOME)):
        with pytest.raises(Missing):
            await scene.access.binding.remove_device(stranger.principal, id_)
    assert not await ended(scene, phone)


async def test_a_lost_phone_shuts_every_way_in(scene: Scene) -> None:
    entered, passkey = await scene.with_passkey(PHONE)
    scene.clock.shift(timedelta(seconds=61))
    await scene.access.send_code(PHONE, "freeze", address="10.0.0.7")
    assert await scene.access.binding.freeze_by_code(PHONE, scene.carrier.code(PHONE)) == entered.principal.id

    assert await ended(scene, entered)
    hint = DeviceHint(entered.device_secret, IPHONE, "10.0.0.1")
    with pytest.raises(Frozen):
        await scene.access.log_in.by_password(PHONE, PASSWORD, hint)
    with pytest.raises(Frozen):
        await scene.access.log_in.by_passkey(passkey.get(await scene.access.log_in.passkey_options()), hint)
    await scene.access.send_code(PHONE, "log_in", address="10.0.0.1")
    with pytest.raises(Frozen):
        await scene.access.log_in.by_code(PHONE, scene.carrier.code(PHONE), hint)
    with pytest.raises(Frozen):
        await scene.access.log_in.demo("customer", entered.principal.id, hint)


async def test_a_freeze_outlasts_every_lock_and_the_nightly_sweep(scene: Scene) -> None:
    entered, _ = await two_devices(scene)
    await scene.access.binding.freeze(entered.principal.id)
    scene.clock.shift(timedelta(days=400))
    await scene.access.sweep()

    with pytest.raises(Frozen):
        await scene.access.log_in.by_password(PHONE, PASSWORD, DeviceHint(address="10.0.0.1"))


async def test_a_reset_with_the_id_number_opens_it_again_on_a_cooling_device(scene: Scene) -> None:
    entered, _ = await two_devices(scene)
    scene.town.id_numbers[entered.principal.id] = "33010919900307001X"
    await scene.access.binding.freeze(entered.principal.id)
    await scene.access.send_code(PHONE, "reset", address="10.0.0.1")
    await scene.access.passwords.reset(PHONE, scene.carrier.code(PHONE), "33010919900307001X", NEW)

    hint = DeviceHint(entered.device_secret, IPHONE, "10.0.0.1")
    with pytest.raises(NewDevice):  # freezing forgot the device
        await scene.access.log_in.by_password(PHONE, NEW, hint)
    scene.clock.shift(timedelta(seconds=61))
    await scene.access.send_code(PHONE, "new_device", address="10.0.0.1")
    again = await scene.access.log_in.by_password(PHONE, NEW, hint, code=scene.carrier.code(PHONE))
    assert await scene.access.cooling_until(again.principal) is not None


async def test_freezing_a_number_nobody_has_says_the_same(scene: Scene) -> None:
    await scene.access.send_code("13800000009", "freeze", address="10.0.0.1")

    assert await scene.access.binding.freeze_by_code("13800000009", scene.carrier.code("13800000009")) is None


async def test_a_freeze_is_told_and_written_down(scene: Scene) -> None:
    entered, _ = await two_devices(scene)
    await scene.access.binding.freeze(entered.principal.id)
    async with scene.db.relay() as work:
        body = await work.fetchval("SELECT body FROM kernel.outbox WHERE topic='access.frozen'")
        acts = await work.fetchval("SELECT count(*) FROM kernel.audit WHERE act='access.frozen'")

    assert body == {"principal": str(entered.principal.id)}
    assert acts == 1

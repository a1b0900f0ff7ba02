"""Paying by code: what a code says, that a changed one says nothing, and that one code is charged once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fengshou.kernel import BankError, Principal, new_id
from fengshou.ledger import InsufficientFunds
from fengshou.services import Sent
from fengshou.services.archetypes.paycode import CodeUnreadable, checksum, read_code, write_code
from fengshou.services.archetypes.transfer import Fixed
from tests.services.world import BANK, World, somebody

SHOP = Fixed(number="6233000077001234", name="丰穗农贸市场", bank_code="899000000033")
SCAN, SHOW = "merchant.market.scan", "merchant.canteen.code"
TILL = somebody(kind="staff", roles="teller")


async def scanned(world: World, who: Principal, code: str, amount: str | None = None) -> UUID:
    """A code that was read."""
    form = {"code": code} | ({"amount": amount} if amount else {})
    return (await world.services.begin(who, SCAN, uuid4(), {"form": form})).run


def test_the_checksum_is_the_specifications() -> None:
    assert checksum("123456789") == "29B1"  # the check value of CRC-16/IBM-3740


@given(
    st.text("0123456789", min_size=8, max_size=32), st.text(min_size=1, max_size=25).filter(str.strip),
    st.none() | st.integers(1, 10**8), st.text("ABCdef0123456789", max_size=20),
)  # fmt: skip
def test_what_is_written_is_read(number: str, name: str, fen: int | None, bill: str) -> None:
    payee = Fixed.model_construct(number=number, name=name.strip(), bank_code=None)
    said = read_code(write_code(payee, fen, bill))

    assert (said.number, said.name, said.fen, said.bill) == (number, name.strip(), fen, bill)


@given(st.integers(0, 200), st.characters(max_codepoint=126), st.booleans())
def test_a_code_with_one_sign_changed_is_no_code(at: int, sign: str, dynamic: bool) -> None:
    payee = Fixed.model_construct(number=SHOP.number, name="Fengsui Market", bank_code=None)
    code = write_code(payee, 1_250 if dynamic else None)
    at %= len(code)
    changed = code[:at] + sign + code[at + 1 :]
    if changed.strip() != code:
        with pytest.raises(CodeUnreadable):
            read_code(changed)


@given(st.text(max_size=600))
def test_whatever_a_camera_reads_never_raises_anything_else(text: str) -> None:
    for said in (text, text + "6304" + checksum(text + "6304")):
        try:
            read_code(said)
        except CodeUnreadable:
            continue


async def test_a_shop_is_paid_once(world: World) -> None:
    who = somebody()
    run = await scanned(world, who, write_code(SHOP, 1_250, "T7"))
    view = await world.services.view(who, run)
    assert (view.state, view.facts["fen"], view.facts["bill"]) == ("scanned", 1_250, "T7")
    key = uuid4()
    for _ in range(2):
        assert (await world.services.act(who, run, "pay", key, {})).state == "captured"

    (send,) = world.purse.sends
    assert (send.fen, send.to_number, send.to_bank, send.memo) == (1_250, SHOP.number, SHOP.bank_code, "T7")
    world.clock.shift(timedelta(days=4))
    await world.services.tick()
    assert await world.state(who, run) == "closed"


@pytest.mark.parametrize(
    ("code", "amount", "error"),
    [
        (write_code(SHOP), None, "AMOUNT_OFF"), (write_code(SHOP, 1_250), "12.51", "AMOUNT_OFF"),
        (write_code(SHOP, 500_001), None, "AMOUNT_OFF"), (write_code(SHOP)[:-1] + "0", "1", "CODE_UNREADABLE"),
        ("https://pay.example/629?x=1&y=2", "1", "CODE_UNREADABLE"), (write_code(SHOP), "-1", "FORM_WRONG"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_moves_nothing(
    world: World, code: str, amount: str | None, error: str
) -> None:
    who = somebody()
    with pytest.raises(BankError, match=error):
        await scanned(world, who, code, amount)
    assert await world.services.mine(who, BANK) == []


async def test_a_code_that_is_shown_is_charged_once_while_it_lives(world: World) -> None:
    who = somebody()
    runs = [
        (await world.services.begin(who, SHOW, uuid4(), {"form": {"canteen": "elder"}})).run for _ in range(2)
    ]
    codes = [(await world.services.view(who, run)).form["code"] for run in runs]
    assert len(set(codes)) == 2
    assert all(len(code) == 18 and code.startswith("62") for code in codes)

    for body, error in (
        ({"code": codes[1], "fen": 800}, "CODE_UNREADABLE"), ({"code": codes[0], "fen": 5_001}, "AMOUNT_OFF"),
        ({"code": codes[0], "fen": True}, "AMOUNT_OFF"), ({"code": codes[0], "fen": "800"}, "AMOUNT_OFF"),
        ({"fen": 800}, "SAY_MISSING"),
    ):  # fmt: skip
        with pytest.raises(BankError, match=error):
            await world.services.act(TILL, runs[0], "charge", uuid4(), body)
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(who, runs[0], "charge", uuid4(), {"code": codes[0], "fen": 800})
    await world.services.act(TILL, runs[0], "charge", uuid4(), {"code": codes[0], "fen": 800})
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(TILL, runs[0], "charge", uuid4(), {"code": codes[0], "fen": 800})
    assert (await world.services.act(who, runs[0], "pay", uuid4(), {})).state == "captured"
    assert world.purse.sends[0].fen == 800

    world.clock.shift(timedelta(seconds=121))
    with pytest.raises(BankError, match="CODE_UNREADABLE"):
        await world.services.act(TILL, runs[1], "charge", uuid4(), {"code": codes[1], "fen": 800})
    await world.services.tick()
    assert await world.state(who, runs[1]) == "expired"


async def test_refused_is_said_and_what_comes_back_too(world: World) -> None:
    who = somebody()
    run = await scanned(world, who, write_code(SHOP, 1_250))
    world.purse.refusals.append(InsufficientFunds())
    with pytest.raises(InsufficientFunds):
        await world.services.act(who, run, "pay", uuid4(), {})
    assert await world.state(who, run) == "rejected"

    back = await scanned(world, who, write_code(SHOP, 1_250))
    order = new_id(BANK)
    world.purse.becomes = Sent("done", order, outside=True)
    assert (await world.services.act(who, back, "pay", uuid4(), {})).state == "captured"
    world.purse.paid[world.purse.sends[-1].key] = Sent("returned", order, outside=True, reason="AC04")
    world.clock.shift(timedelta(days=1, hours=1))
    await world.services.tick()
    await world.settle()
    assert await world.state(who, back) == "came_back"

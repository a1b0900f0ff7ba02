"""Money from the phone: quotes, payments, step-up, retries, refusals, receipts, statements."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pydantic import TypeAdapter, ValidationError

from fengshou.channels.app.lines import read_cursor, write_cursor
from fengshou.channels.app.shapes import MemoText
from fengshou.kernel import Invalid, day_of, new_id
from fengshou.ledger import AccountRef, Entry, Posting, own_account
from tests.channels.street import ANJI, PASSWORD, XIAOSHAN, Citizen, Street, key
from tests.support.soft_authenticator import SoftAuthenticator


async def held(street: Street, citizen: Citizen) -> int:
    """What the book says the account holds."""
    return (await street.doors.ledger.balance(AccountRef(*citizen.account.ref))).posted_fen


def wish(payer: Citizen, payee: Citizen, amount: str, **more: Any) -> dict[str, Any]:
    """The body of a transfer."""
    return {
        "key": key(), "from": payer.account.number, "payee": {"number": payee.account.number, "name": payee.name},
        "amount": amount, **more,
    }  # fmt: skip


async def test_a_small_payment_to_another_county_arrives_with_receipt_and_both_statements(
    street: Street,
) -> None:
    payer = await street.citizen("周明", XIAOSHAN, fen=100_000)
    payee = await street.citizen("林小禾", ANJI, fen=0)

    quote = await payer.app.ask(
        "transfer.quote",
        **{"from": payer.account.number},
        payee={"number": payee.account.number},
        amount="120.50",
    )
    result = await payer.app.ask("transfer.submit", **wish(payer, payee, "120.50", memo="家用"))
    await street.settle()

    assert (quote["reach"], quote["fee_fen"], quote["level"], quote["problem"]) == ("federation", 0, 1, None)
    assert quote["capitals"] == "壹佰贰拾元零伍角整"
    assert result["state"] == "done"
    assert result["order"]["amount_fen"] == 12_050
    assert [m["state"] for m in result["order"]["moments"]] == ["on", "on", "on"]
    assert await held(street, payer) == 87_950
    assert await held(street, payee) == 12_050

    receipt = await payer.app.ask("receipts.get", id=result["order"]["id"])
    assert receipt["payer"]["bank_name"] != receipt["payee"]["bank_name"]
    assert [p["bank"] for p in receipt["entry"]["positions"]] == [XIAOSHAN, 1, ANJI]
    assert receipt["capitals"] == "壹佰贰拾元零伍角整"
    assert receipt["payee"]["name"] == "林小禾"

    mine = (await payer.app.ask("statement.page", account=payer.account.number))["items"][0]
    theirs = (await payee.app.ask("statement.page", account=payee.account.number))["items"][0]
    assert (mine["delta_fen"], mine["balance_fen"], mine["memo"]) == (-12_050, 87_950, "家用")
    assert (theirs["delta_fen"], theirs["balance_fen"], theirs["memo"]) == (12_050, 12_050, "家用")
    assert mine["order_id"] == result["order"]["id"]
    assert theirs["order_id"] is None
    assert "周明" not in theirs["other"]  # the payee sees a masked name
    letters = (await payee.app.ask("messages.list", group="money"))["items"]
    assert letters[0]["kind"] == "money_in"
    assert letters[0]["fen"] == 12_050


async def test_the_same_key_moves_money_once_however_often_and_from_wherever(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    body = wish(payer, payee, "50.00")

    taps = await asyncio.gather(*(payer.app.post("transfer.submit", **body) for _ in range(8)))
    again = await payer.app.ask("transfer.submit", **body)

    assert {tap.status_code for tap in taps} == {200}
    assert {tap.json()["order"]["id"] for tap in taps} == {again["order"]["id"]}
    assert await held(street, payer) == 95_000
    assert await held(street, payee) == 5_000
    found = await payer.app.ask("transfer.order", key=body["key"])
    assert found["order"]["id"] == again["order"]["id"]
    assert found["state"] == "done"


async def test_a_key_with_another_body_is_a_conflict(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    body = wish(payer, payee, "50.00")
    await payer.app.ask("transfer.submit", **body)

    problem = await payer.app.refused("transfer.submit", 409, **(body | {"amount": "51.00"}))

    assert problem["code"] == "PAYMENTS.ORDER_CONFLICT"
    assert problem["kind"] == "CONFLICT"
    assert await held(street, payer) == 95_000


async def test_above_the_first_level_two_factors_are_asked_for_and_bound_to_the_payment(
    street: Street,
) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, fen=0)
    body = wish(payer, payee, "1200.00")

    problem = await payer.app.refused("transfer.submit", 401, **body)

    assert problem["code"] == "ACCESS.STEP_UP"
    assert problem["facts"]["methods"] == ["password+sms"]
    assert await held(street, payer) == 500_000
    order = problem["facts"]["order_id"]
    first = await payer.app.ask("stepup.password", order_id=order, password=PASSWORD)
    assert first == {"complete": False, "level": 1, "missing": ["sms"]}
    await payer.app.ask("stepup.sms", order_id=order)
    assert "向林*禾转账 1200.00 元" in street.carrier.sent[-1][1]
    code = street.carrier.code(payer.phone)
    assert (await payer.app.ask("stepup.code", order_id=order, code=code))["complete"]
    # Proof for one payment is no proof for another of the same size.
    other = await payer.app.refused("transfer.submit", 401, **(body | {"key": key()}))
    assert other["facts"]["order_id"] != order

    result = await payer.app.ask("transfer.submit", **body)

    assert result["state"] == "done"
    assert result["order"]["id"] == order
    assert await held(street, payee) == 120_000


@pytest.mark.parametrize("mark", "\x85\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069")
def test_a_memo_reads_as_it_is_written(mark: str) -> None:
    memo: TypeAdapter[str] = TypeAdapter(MemoText)

    assert memo.validate_python("六月房租 👨‍👩‍👧") == "六月房租 👨‍👩‍👧"
    with pytest.raises(ValidationError):
        memo.validate_python(f"房租{mark}")


async def test_a_passkey_confirms_a_payment(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, fen=0)
    phone = SoftAuthenticator(street.settings.origin)
    ask = await payer.app.refused("security.passkey_options", 401)
    await payer.app.ask("stepup.password", order_id=ask["facts"]["order_id"], password=PASSWORD)
    await payer.app.ask("stepup.sms", order_id=ask["facts"]["order_id"])
    await payer.app.ask(
        "stepup.code", order_id=ask["facts"]["order_id"], code=street.carrier.code(payer.phone)
    )
    made = phone.create((await payer.app.ask("security.passkey_options"))["options"])
    assert (await payer.app.ask("security.add_passkey", credential=made, name="我的手机"))["me"][
        "passkeys"
    ] == 1
    body = wish(payer, payee, "1200.00")

    problem = await payer.app.refused("transfer.submit", 401, **body)
    order = problem["facts"]["order_id"]
    options = (await payer.app.ask("stepup.passkey_options", order_id=order))["options"]
    assert (await payer.app.ask("stepup.passkey", order_id=order, credential=phone.get(options)))["complete"]

    assert (await payer.app.ask("transfer.submit", **body))["state"] == "done"
    assert await held(street, payee) == 120_000


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        ("-5", 422, "MONEY.BAD_AMOUNT"),
        ("0", 422, "MONEY.BAD_AMOUNT"),
        ("1e3", 422, "MONEY.BAD_AMOUNT"),
        ("12.345", 422, "MONEY.BAD_AMOUNT"),
        ("99999999999999999999", 422, "MONEY.BAD_AMOUNT"),
        ("一百", 422, "MONEY.BAD_AMOUNT"),
        ("1000.01", 403, "LEDGER.INSUFFICIENT_FUNDS"),
        ("20000.01", 403, "PAYMENTS.SINGLE_LIMIT"),
    ],
)
async def test_amounts_that_cannot_be_are_refused_in_both_languages(
    street: Street, amount: str, status: int, code: str
) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    body = wish(payer, payee, amount)

    answer = await payer.app.post("transfer.submit", **body)
    if answer.json()["code"] == "ACCESS.STEP_UP":
        order = answer.json()["facts"]["order_id"]
        await payer.app.ask("stepup.password", order_id=order, password=PASSWORD)
        await payer.app.ask("stepup.sms", order_id=order)
        await payer.app.ask("stepup.code", order_id=order, code=street.carrier.code(payer.phone))
        answer = await payer.app.post("transfer.submit", **body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert problem["messages"]["zh"]
    assert problem["messages"]["en"] != problem["messages"]["zh"]
    assert "{" not in problem["messages"]["zh"] + problem["messages"]["en"]
    assert await held(street, payer) == 100_000
    assert await held(street, payee) == 0
    if code.startswith("LEDGER"):
        # What the book refused stays refused, also when money has come in since.
        await street.pay_in(payer.account, 100_000)
        assert (await payer.app.post("transfer.submit", **body)).json()["code"] == code


async def test_a_wrong_name_a_wrong_number_and_a_stranger_s_account_move_nothing(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    body = wish(payer, payee, "10.00")

    mismatch = await payer.app.refused(
        "transfer.submit", 403, **(body | {"payee": {"number": payee.account.number, "name": "林大禾"}})
    )
    number = f"{payee.account.number[:-1]}{(int(payee.account.number[-1]) + 1) % 10}"
    wrong = await payer.app.post(
        "transfer.submit", **(body | {"key": key(), "payee": {"number": number, "name": "林小禾"}})
    )
    stranger = await payer.app.refused(
        "transfer.submit", 404, **(body | {"key": key(), "from": payee.account.number})
    )

    assert mismatch["code"] == "PAYMENTS.PAYEE_MISMATCH"
    assert wrong.status_code in (404, 422)
    assert stranger["kind"] == "MISSING"
    assert await held(street, payer) == 100_000


async def prove(street: Street, payer: Citizen, order: str) -> None:
    """Level 2 for what `order` names, by password and SMS code."""
    await payer.app.ask("stepup.password", order_id=order, password=PASSWORD)
    await payer.app.ask("stepup.sms", order_id=order)
    await payer.app.ask("stepup.code", order_id=order, code=street.carrier.code(payer.phone))


async def test_what_was_proved_unfreezes_one_account_once(street: Street) -> None:
    payer = await street.citizen(fen=0)
    account = {"account": payer.account.number}
    await payer.app.ask("me.freeze_account", **account)
    await prove(
        street, payer, (await payer.app.refused("me.unfreeze_account", 401, **account))["facts"]["order_id"]
    )

    both = await asyncio.gather(*(payer.app.ask("me.unfreeze_account", **account) for _ in range(2)))
    await payer.app.ask("me.freeze_account", **account)
    again = await payer.app.refused("me.unfreeze_account", 401, **account)

    assert [one["account"]["status"] for one in both] == ["active", "active"]
    assert again["facts"]["proved"] == []
    owner = await asyncpg.connect(street.doors.db.dsn)
    spent = await owner.fetch(
        "SELECT a.evidence, e.spent_at FROM access.evidence e LEFT JOIN ledger.act a ON a.evidence = e.id"
        " WHERE e.principal_id = $1 AND e.spent_at IS NOT NULL", payer.id,
    )  # fmt: skip
    await owner.close()
    assert len(spent) == 1
    assert spent[0]["evidence"] is not None  # the book's own row names what was proved for it


async def test_what_was_proved_for_closing_is_used_up_by_it(street: Street) -> None:
    payer = await street.citizen(bank=ANJI, fen=0)
    account = {"account": payer.account.number}
    await prove(
        street, payer, (await payer.app.refused("me.close_account", 401, **account))["facts"]["order_id"]
    )

    closed = await payer.app.ask("me.close_account", **account)
    again = await payer.app.refused("me.close_account", 401, **account)

    assert closed["account"]["status"] == "closed"
    assert again["facts"]["proved"] == []


@pytest.mark.parametrize(("amount", "said"), [("10.00", "密码"), ("3000.00", "密码 + 短信验证码")])
async def test_a_receipt_says_how_the_payment_was_confirmed(street: Street, amount: str, said: str) -> None:
    payer, payee = await street.citizen(fen=1_000_000), await street.citizen("林小禾", ANJI, fen=0)
    body = wish(payer, payee, amount)
    first = await payer.app.post("transfer.submit", **body)
    if first.status_code == 401:
        await prove(street, payer, first.json()["facts"]["order_id"])
    done = await payer.app.ask("transfer.submit", **body)

    receipt = await payer.app.ask("receipts.get", id=done["order"]["id"])

    assert receipt["confirmed_by"]["zh"] == said


async def test_a_frozen_account_does_not_pay_and_a_closed_one_takes_nothing(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    await payer.app.ask("me.freeze_account", account=payer.account.number)

    frozen = await payer.app.refused("transfer.submit", 403, **wish(payer, payee, "10.00"))

    assert frozen["code"] == "PAYMENTS.ACCOUNT_STOPPED"
    problem = await payer.app.refused("me.unfreeze_account", 401, account=payer.account.number)
    order = problem["facts"]["order_id"]
    await payer.app.ask("stepup.password", order_id=order, password=PASSWORD)
    await payer.app.ask("stepup.sms", order_id=order)
    await payer.app.ask("stepup.code", order_id=order, code=street.carrier.code(payer.phone))
    assert (await payer.app.ask("me.unfreeze_account", account=payer.account.number))["account"]["can_pay"]
    await street.doors.party.close_account(payee.who, payee.account.ref)
    closed = await payer.app.post("transfer.submit", **wish(payer, payee, "10.00"))
    assert closed.status_code in (403, 404)
    assert await held(street, payer) == 100_000


async def test_a_stranger_s_order_receipt_and_account_are_missing(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    order = (await payer.app.ask("transfer.submit", **wish(payer, payee, "10.00")))["order"]["id"]

    for op, body in (
        ("transfer.order", {"id": order}), ("transfer.order", {"id": str(uuid4())}), ("receipts.get", {"id": order}),
        ("receipts.pdf", {"id": order}), ("accounts.detail", {"account": payer.account.number}),
        ("statement.page", {"account": payer.account.number}), ("accounts.qr", {"account": payer.account.number}),
        ("me.freeze_account", {"account": payer.account.number}), ("banks.switch", {"bank": XIAOSHAN}),
        ("security.remove_device", {"id": order}), ("payees.remove", {"id": order}),
    ):  # fmt: skip
        answer = await payee.app.post(op, **body)
        assert answer.status_code == 404, (op, answer.text)


async def test_money_to_an_outside_bank_is_sent_then_done(street: Street) -> None:
    payer = await street.citizen(fen=100_000)
    body = {
        "key": key(), "from": payer.account.number, "amount": "88.00",
        "payee": {"number": "6230000000000018", "name": "远行", "bank_code": "899000000009"},
    }  # fmt: skip

    check = await payer.app.ask("transfer.name_check", number="6230000000000018", name="远行")
    sent = await payer.app.ask("transfer.submit", **body)
    await street.settle()
    done = await payer.app.ask("transfer.order", id=sent["order"]["id"])

    assert check["result"] == "outside"
    assert check["bank_name"]["zh"] == "远行商贸银行"
    assert sent["state"] in ("sent", "done")
    assert done["state"] == "done"
    assert await held(street, payer) == 91_200


async def test_receipt_and_statement_are_files_that_open(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    order = (await payer.app.ask("transfer.submit", **wish(payer, payee, "10.00", memo="=1+1")))["order"][
        "id"
    ]
    today = street.doors.clock.today().isoformat()

    paper = await payer.app.ask("receipts.pdf", id=order)
    span = {"account": payer.account.number, "since": today, "until": today}
    pdf = await payer.app.ask("statement.download", **span, format="pdf")
    csv = await payer.app.ask("statement.download", **span, format="csv")

    assert base64.b64decode(paper["base64"]).startswith(b"%PDF-")
    assert paper["media_type"] == "application/pdf"
    assert base64.b64decode(pdf["base64"]).startswith(b"%PDF-")
    text = base64.b64decode(csv["base64"]).decode("utf-8-sig")
    assert text.count("\r\n") == 3
    assert ",10.00,990.00," in text
    assert "'=1+1" in text
    assert ",=1+1" not in text
    too_long = span | {"since": "2020-01-01"}
    assert (
        await payer.app.http.post("/api/app/statement.download", json=too_long | {"format": "csv"})
    ).status_code == 422


async def test_a_receipt_s_code_proves_it_and_a_changed_amount_does_not(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    order = (await payer.app.ask("transfer.submit", **wish(payer, payee, "10.00")))["order"]["id"]
    receipt = await payer.app.ask("receipts.get", id=order)
    anybody = street.app()

    good = await anybody.ask(
        "receipts.verify", number=receipt["number"], amount="10.00", verify=receipt["verify"]
    )
    forged = await anybody.ask(
        "receipts.verify", number=receipt["number"], amount="10000.00", verify=receipt["verify"]
    )

    odd = await anybody.ask("receipts.verify", number=receipt["number"], amount="10.00", verify="校验码")

    assert good == {"genuine": True}
    assert odd == {"genuine": False}
    assert forged == {"genuine": False}


async def test_a_statement_pages_through_every_line_once_and_finds_words(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    for number in range(7):
        await payer.app.ask("transfer.submit", **wish(payer, payee, f"{number + 1}.00", memo=f"第{number}笔"))

    seen: list[str] = []
    cursor, pages = None, 0
    while True:
        page = await payer.app.ask("statement.page", limit=3, before=cursor)
        seen += [line["id"] for line in page["items"]]
        assert (page["in_fen"] is None) == (cursor is not None)
        cursor, pages = page["next"], pages + 1
        if cursor is None:
            break
    found = (await payer.app.ask("statement.page", text="第3笔"))["items"]
    out = (await payer.app.ask("statement.page", direction="out"))["items"]
    came = (await payer.app.ask("statement.page", direction="in"))["items"]

    assert len(seen) == len(set(seen)) == 8
    assert pages == 3
    assert [line["delta_fen"] for line in found] == [-400]
    assert len(out) == 7
    assert [line["delta_fen"] for line in came] == [100_000]


async def test_what_was_booked_late_ends_no_statement(street: Street) -> None:
    payer = await street.citizen(fen=100_000)
    cash, ref = own_account(XIAOSHAN, "1001"), AccountRef(*payer.account.ref)
    long_ago = street.doors.clock.now() - timedelta(days=60)
    late = Entry(new_id(XIAOSHAN), (Posting(cash, ref, 7_00),), event_at=long_ago, mandate="tests.late")
    await street.doors.ledger.post(late)
    await street.pay_in(payer.account, 1_00)
    today = street.doors.clock.today().isoformat()

    page = await payer.app.ask("statement.page", since=today)
    past = await payer.app.ask("statement.page", until=day_of(long_ago).isoformat())

    assert [line["delta_fen"] for line in page["items"]] == [1_00, 100_000]
    assert (page["in_fen"], page["out_fen"]) == (100_100, 0)
    assert [line["delta_fen"] for line in past["items"]] == [7_00]


def test_a_cursor_comes_back_as_it_went_and_nothing_else_is_one() -> None:
    marks = {"6290109": 12, "6290523": None}

    assert read_cursor(write_cursor(marks)) == marks
    for text in ("x", "e30x", "W10", "eyJhIjotMX0"):
        with pytest.raises(Invalid):
            read_cursor(text)

"""What becomes of payments that do not simply arrive: held, refused, returned, unknown, over a limit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fengshou.kernel import Principal
from fengshou.ledger import AccountRef
from fengshou.payments import REFUSE
from tests.channels.street import ANJI, PASSWORD, XIAOSHAN, Citizen, Street, key
from tests.support.four_eyes import agreed

SCAM = "刷单返利"


async def funds(street: Street, citizen: Citizen) -> tuple[int, int]:
    """(posted, available) as the book has them."""
    found = await street.doors.ledger.balance(AccountRef(*citizen.account.ref))
    return found.posted_fen, found.available_fen


async def prove(street: Street, citizen: Citizen, order: str) -> None:
    """Two factors for one act."""
    await citizen.app.ask("stepup.password", order_id=order, password=PASSWORD)
    await citizen.app.ask("stepup.sms", order_id=order)
    proof = await citizen.app.ask("stepup.code", order_id=order, code=street.carrier.code(citizen.phone))
    assert proof["complete"]


async def pay(street: Street, payer: Citizen, body: dict[str, Any]) -> Any:
    """The result of a transfer, proving what is asked for on the way."""
    answer = await payer.app.post("transfer.submit", **body)
    if answer.status_code == 401:
        await prove(street, payer, answer.json()["facts"]["order_id"])
        answer = await payer.app.post("transfer.submit", **body)
    return answer.json()


def wish(payer: Citizen, number: str, name: str, amount: str, **more: Any) -> dict[str, Any]:
    """The body of a transfer."""
    payee = {"number": number, "name": name, **({"bank_code": more.pop("code")} if "code" in more else {})}
    return {"key": key(), "from": payer.account.number, "payee": payee, "amount": amount, **more}


async def test_a_held_payment_keeps_the_money_is_told_and_released_arrives(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, fen=0)
    body = wish(payer, payee.account.number, payee.name, "1200.00", memo=SCAM)

    held = await pay(street, payer, body)
    again = await payer.app.ask("transfer.submit", **body)

    assert held["state"] == again["state"] == "held"
    assert held["order"]["id"] == again["order"]["id"]
    assert await funds(street, payer) == (500_000, 380_000)
    assert [m["state"] for m in held["order"]["moments"]] == ["on", "on", "wait", "next"]
    assert held["order"]["expires_at"]
    await street.settle()
    home = await payer.app.ask("home.view")
    assert home["tasks"][0]["kind"] == "waiting"
    assert home["tasks"][0]["params"] == {"id": held["order"]["id"]}
    detail = await payer.app.ask("accounts.detail", account=payer.account.number)
    assert [(h["fen"], h["order_id"]) for h in detail["holds"]] == [(120_000, held["order"]["id"])]
    letters = (await payer.app.ask("messages.list"))["items"]
    assert letters[0]["kind"] == "payment_held"
    assert letters[0]["params"] == {"id": held["order"]["id"]}
    early = await payer.app.refused("receipts.get", 409, id=held["order"]["id"])
    assert early["code"] == "PAYMENTS.NO_RECEIPT_YET"

    officer = await street.clerk("risk_officer")
    await release(street, officer.id, held["order"]["id"])
    await street.settle()

    done = await payer.app.ask("transfer.order", id=held["order"]["id"])
    assert done["state"] == "done"
    assert await funds(street, payer) == (380_000, 380_000)
    assert await funds(street, payee) == (120_000, 120_000)
    receipt = await payer.app.ask("receipts.get", id=held["order"]["id"])
    assert {p["bank"] for p in receipt["entry"]["positions"]} == {XIAOSHAN, 1, ANJI}


async def release(street: Street, officer: Any, order: str) -> None:
    """The desk's last act; that four eyes come before it is the console's own test."""
    who = Principal("staff", officer, XIAOSHAN, roles=frozenset({"risk_officer"}))
    doors = street.doors
    await doors.payments.release(
        who, UUID(order), await agreed(doors.db, doors.party, UUID(order)), "客户来电确认"
    )


async def test_a_refused_hold_gives_the_money_and_the_day_s_limit_back(street: Street) -> None:
    payer, payee = await street.citizen(fen=500_000), await street.citizen("林小禾", ANJI, fen=0)
    before = (await payer.app.ask("transfer.context"))["limits"]["used_today_fen"]
    held = await pay(street, payer, wish(payer, payee.account.number, payee.name, "1200.00", memo=SCAM))
    officer = await street.clerk("risk_officer")
    who = Principal("staff", officer.id, XIAOSHAN, roles=frozenset({"risk_officer"}))

    order, doors = UUID(held["order"]["id"]), street.doors
    await doors.payments.refuse(who, order, await agreed(doors.db, doors.party, order, REFUSE), "诈骗")
    await street.settle()

    result = await payer.app.ask("transfer.order", id=held["order"]["id"])
    assert result["state"] == "refused"
    assert await funds(street, payer) == (500_000, 500_000)
    assert (await payer.app.ask("transfer.context"))["limits"]["used_today_fen"] == before
    assert (await payer.app.ask("messages.list"))["items"][0]["kind"] == "payment_refused"


async def test_an_outside_bank_that_rejects_gives_the_money_back(street: Street) -> None:
    payer = await street.citizen(fen=100_000)
    street.rail.says = "rejected"
    try:
        sent = await pay(street, payer, wish(payer, "6230000000009001", "远行", "88.00", code="899000000009"))
        await street.settle()
    finally:
        street.rail.says = "accepted"

    result = await payer.app.ask("transfer.order", id=sent["order"]["id"])
    assert result["state"] == "rejected"
    assert result["order"]["moments"][-1]["state"] == "bad"
    assert await funds(street, payer) == (100_000, 100_000)
    assert (await payer.app.ask("home.view"))["tasks"][0]["kind"] == "came_back"


async def test_an_unknown_outcome_stays_unknown_until_the_rail_says_and_is_never_sent_twice(
    street: Street,
) -> None:
    payer = await street.citizen(fen=100_000)
    street.rail.says, before = "unknown", len(street.rail.sent)
    body = wish(payer, "6230000000009301", "远行", "88.00", code="899000000009")
    try:
        await pay(street, payer, body)
        order = (await payer.app.ask("orders.list"))["items"][0]["id"]
        await wait_for(street, payer, order, "unknown")
        again = await payer.app.ask("transfer.submit", **body)
    finally:
        street.rail.says = "accepted"
    assert again["order"]["id"] == order
    assert await funds(street, payer) == (100_000, 91_200)

    await street.settle()
    result = await payer.app.ask("transfer.order", id=order)
    assert result["state"] == "done"
    assert await funds(street, payer) == (91_200, 91_200)
    assert len(street.rail.sent) == before + 1


async def wait_for(street: Street, payer: Citizen, order: str, state: str) -> None:
    """Until the relay has carried the payment so far; the test's own time-out ends it otherwise."""
    while (await payer.app.ask("transfer.order", id=order))["state"] != state:
        pass


async def test_a_limit_says_what_is_still_possible_today(street: Street) -> None:
    payer = await street.citizen(fen=3_000_000, class_=2)
    payee = await street.citizen("林小禾", ANJI, fen=0)
    await pay(street, payer, wish(payer, payee.account.number, payee.name, "6000.00"))

    over = await pay(street, payer, wish(payer, payee.account.number, payee.name, "4000.01"))
    quote = await payer.app.ask(
        "transfer.quote",
        **{"from": payer.account.number},
        payee={"number": payee.account.number},
        amount="4000.01",
    )

    assert over["code"] == "PAYMENTS.DAY_LIMIT"
    assert "4,000.00" in over["messages"]["zh"]
    assert "4,000.00" in over["messages"]["en"]
    assert quote["remaining_fen"] == 400_000
    assert quote["problem"]["code"] == "PAYMENTS.DAY_TOTAL"
    assert "4,000.00" in quote["problem"]["messages"]["zh"]
    assert await funds(street, payer) == (2_400_000, 2_400_000)


async def test_between_my_own_accounts_at_one_bank_one_factor_is_enough(street: Street) -> None:
    payer = await street.citizen(fen=1_000_000)
    await payer.app.ask("me.open_account", key=key(), bank=XIAOSHAN, **{"class": 2}, agree=True)
    mine = {a["class"]: a["number"] for a in (await payer.app.ask("accounts.list"))["items"]}

    result = await payer.app.ask("transfer.submit", **wish(payer, mine[2], payer.name, "5000.00"))
    answer = await payer.app.ask("statement.page")
    page = answer["items"]
    one = await payer.app.ask("statement.page", account=payer.account.number)

    assert (answer["in_fen"], answer["out_fen"]) == (1_000_000, 0)  # nothing left my pockets
    assert (one["in_fen"], one["out_fen"]) == (1_000_000, 500_000)
    assert result["state"] == "done"
    assert result["order"]["reach"] == "own"
    assert sorted(line["delta_fen"] for line in page[:2]) == [-500_000, 500_000]


async def test_orders_of_every_bank_come_newest_first_and_by_pages(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    for number in range(5):
        await pay(street, payer, wish(payer, payee.account.number, payee.name, f"{number + 1}.00"))

    first = await payer.app.ask("orders.list", limit=3)
    second = await payer.app.ask("orders.list", limit=3, before=first["next"])

    assert [o["amount_fen"] for o in first["items"] + second["items"]] == [500, 400, 300, 200, 100]
    assert second["next"] is None


async def test_a_page_of_one_kind_of_order_is_full_as_long_as_there_are_any(street: Street) -> None:
    payer, payee = await street.citizen(fen=100_000), await street.citizen("林小禾", ANJI, fen=0)
    for number in range(3):
        await pay(street, payer, wish(payer, payee.account.number, payee.name, f"{number + 1}.00"))
    await pay(street, payer, wish(payer, payee.account.number, "林大禾", "9.00"))

    first = await payer.app.ask("orders.list", limit=2, state="done", reach="federation")
    second = await payer.app.ask(
        "orders.list", limit=2, state="done", reach="federation", before=first["next"]
    )

    assert [o["amount_fen"] for o in first["items"] + second["items"]] == [300, 200, 100]
    assert second["next"] is None
    assert (await payer.app.ask("orders.list", reach="outside"))["items"] == []


async def test_a_name_of_mine_reads_as_it_is_written(street: Street) -> None:
    mine = await street.citizen()

    refused = await mine.app.post("me.rename_account", account=mine.account.number, alias="\u202e工资")

    assert refused.status_code == 422


async def test_what_a_payee_may_still_take_is_not_told_to_the_payer(street: Street) -> None:
    payer = await street.citizen(fen=3_000_000)
    payee = await street.citizen("林小禾", ANJI, fen=0, class_=3)
    await pay(street, payer, wish(payer, payee.account.number, payee.name, "1500.00"))

    over = await pay(street, payer, wish(payer, payee.account.number, payee.name, "600.00"))

    assert over["code"] == "PAYMENTS.PAYEE_LIMIT"
    assert over["facts"] == {}
    assert await funds(street, payee) == (150_000, 150_000)

"""The federation, customers and the book, as far as each may see them."""

from __future__ import annotations

from fengshou.kernel import CENTRE
from tests.channels.street import ANJI, XIAOSHAN, Street


async def test_the_centre_sees_every_bank_and_a_bank_itself(street: Street) -> None:
    await street.citizen(fen=100_000)
    centre, local = await street.clerk("centre_ops", bank=CENTRE), await street.clerk("teller", bank=ANJI)

    all_, own = await centre.desk.ask("banks.list"), await local.desk.ask("banks.list")

    assert len(all_["items"]) == len(street.doors.party.banks()) + 1
    assert [row["bank"]["bank"] for row in own["items"]] == [ANJI]
    assert all_["balanced"] is True
    xiaoshan = next(row for row in all_["items"] if row["bank"]["bank"] == XIAOSHAN)
    assert xiaoshan["deposits_fen"] >= 100_000
    assert xiaoshan["accounts"] >= 1


async def test_a_colleague_elsewhere_sees_no_other_bank(street: Street) -> None:
    local = await street.clerk("supervisor", bank=ANJI)

    for op in ("banks.view", "book.journal", "book.trial_balance", "held.list"):
        await local.desk.refused(op, 404, bank=XIAOSHAN)
    view = await local.desk.ask("banks.view")
    assert view["row"]["bank"]["bank"] == ANJI
    assert local.login in [one["login"] for one in view["staff"]]
    assert view["branches"]


async def test_the_book_adds_up_and_the_journal_reads_back(street: Street) -> None:
    citizen = await street.citizen(fen=0)
    for fen in (100, 200, 300, 77_700):
        await street.pay_in(citizen.account, fen)
    auditor = await street.clerk("auditor")

    trial = await auditor.desk.ask("book.trial_balance")
    first = await auditor.desk.ask("book.journal", limit=2)
    second = await auditor.desk.ask("book.journal", limit=2, before=first["next"])

    assert trial["sum_fen"] == 0
    assert trial["debit_fen"] == trial["credit_fen"] > 0
    assert {"zh", "en"} == set(trial["items"][0]["name"])
    row = first["items"][0]
    assert (row["fen"], row["debit"], row["kind"]) == (77_700, "1001", "post")
    assert row["credit"] == f"*{str(citizen.account.account_id)[-4:]}"
    positions = [row["position"] for row in first["items"] + second["items"]]
    assert positions == list(range(positions[0], positions[0] - 4, -1))


async def test_a_customer_is_found_by_phone_or_number_and_the_look_is_noted(street: Street) -> None:
    citizen, teller = await street.citizen("周明", fen=50_000), await street.clerk("teller")

    by_phone = await teller.desk.ask("customers.find", query=citizen.phone)
    by_number = await teller.desk.ask("customers.find", query=citizen.account.number)

    found = by_phone["customer"]
    assert found == by_number["customer"]
    assert (found["name"], found["phone_masked"][3:7]) == ("周明", "****")
    assert [(a["number"], a["posted_fen"]) for a in found["accounts"]] == [(citizen.account.number, 50_000)]
    async with street.doors.db.relay(XIAOSHAN) as work:
        seen = await work.fetchval(
            "SELECT count(*) FROM kernel.audit WHERE act='console.customer_seen' AND actor=$1 AND subject=$2",
            teller.id, str(citizen.id),
        )  # fmt: skip
    assert seen == 2


async def test_another_banks_customer_looks_like_nobody(street: Street) -> None:
    citizen, teller = await street.citizen(), await street.clerk("teller", bank=ANJI)
    centre = await street.clerk("centre_ops", bank=CENTRE)

    for query in (citizen.phone, citizen.account.number, "13700000000", "6291090000000000000"):
        response = await teller.desk.post("customers.find", query=query)
        assert response.json().get("customer") is None
    assert (await centre.desk.ask("customers.find", query=citizen.phone))["customer"]["id"] == str(citizen.id)

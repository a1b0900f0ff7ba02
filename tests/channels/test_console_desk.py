"""The federation, customers and the book, as far as each may see them."""

from __future__ import annotations

from uuid import uuid4

from fengshou.kernel import CENTRE, Money, new_id
from fengshou.ledger import AccountRef
from fengshou.payments import Payee, Wish
from tests.channels.street import ANJI, XIAOSHAN, Clerk, Street


async def test_the_centre_sees_every_bank_and_a_bank_itself(street: Street) -> None:
    await street.citizen(fen=100_000)
    centre, local = await street.clerk("centre_ops", bank=CENTRE), await street.clerk("teller", bank=ANJI)

    all_, own = await centre.desk.ask("banks.list"), await local.desk.ask("banks.list")

    assert len(all_["items"]) == len(street.doors.party.banks()) + 1
    assert [row["bank"]["bank"] for row in own["items"]] == [ANJI]
    assert all_["balanced"] is True
    xiaoshan = next(row for row in all_["items"] if row["bank"]["bank"] == XIAOSHAN)
    assert xiaoshan["deposits_fen"] >= 100_000
    assert min(xiaoshan["accounts"], xiaoshan["customers"]) >= 1
    assert all_["customers"] == sum(row["customers"] for row in all_["items"])


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

    yuan = trial["blocks"][0]
    assert (trial["balanced"], yuan["currency"], yuan["sum_fen"]) == (True, "CNY", 0)
    assert yuan["debit_fen"] == yuan["credit_fen"] > 0
    assert {"zh", "en"} == set(yuan["items"][0]["name"])
    row = first["items"][0]
    assert (row["fen"], row["debit"]["account"], row["kind"]) == (77_700, "1001", "post")
    assert row["credit"]["account"] == f"**** {citizen.account.number[-4:]}"
    assert (row["credit"]["subject"], row["credit"]["holder"]["zh"]) == ("2111", "周*")
    positions = [row["position"] for row in first["items"] + second["items"]]
    assert positions == list(range(positions[0], positions[0] - 4, -1))


async def noted(street: Street, act: str, clerk: Clerk, subject: str) -> int:
    async with street.doors.db.relay(XIAOSHAN) as work:
        count: int = await work.fetchval(
            "SELECT count(*) FROM kernel.audit WHERE act=$1 AND actor=$2 AND subject=$3",
            act,
            clerk.id,
            subject,
        )
    return count


async def test_a_customer_is_found_by_what_they_bring_and_each_look_is_noted(street: Street) -> None:
    citizen, teller = await street.citizen("褚清禾", fen=50_000), await street.clerk("teller")

    hits = [
        (await teller.desk.ask("customers.find", query=query))["items"]
        for query in (citizen.phone, citizen.account.number, "褚清禾")
    ]
    record = await teller.desk.ask("customers.view", id=str(citizen.id))
    lines = await teller.desk.ask("customers.statement", number=citizen.account.number)

    assert hits[0] == hits[1] == hits[2]
    assert (hits[0][0]["name_masked"], hits[0][0]["phone_masked"][3:7]) == ("褚*禾", "****")
    assert (record["name"], record["phone_masked"][3:7]) == ("褚清禾", "****")
    assert [(a["number"], a["posted_fen"]) for a in record["accounts"]] == [(citizen.account.number, 50_000)]
    assert [(x["delta_fen"], x["balance_fen"]) for x in lines["items"]] == [(50_000, 50_000)]
    assert await noted(street, "console.customer_found", teller, str(citizen.id)) == 3
    assert await noted(street, "console.customer_seen", teller, str(citizen.id)) == 1
    assert await noted(street, "console.statement_seen", teller, str(citizen.id)) == 1


async def test_another_banks_customer_looks_like_nobody(street: Street) -> None:
    # A name of their own: others of the street's people hold accounts at both banks.
    citizen, teller = await street.citizen("祝清和"), await street.clerk("teller", bank=ANJI)
    centre = await street.clerk("centre_ops", bank=CENTRE)

    for query in (citizen.phone, citizen.account.number, "13700000000", citizen.name):
        assert (await teller.desk.ask("customers.find", query=query))["items"] == []
    await teller.desk.refused("customers.view", 404, id=str(citizen.id))
    await teller.desk.refused("customers.statement", 404, number=citizen.account.number)
    found = await centre.desk.ask("customers.find", query=citizen.phone)
    assert [hit["id"] for hit in found["items"]] == [str(citizen.id)]
    assert (await teller.desk.refused("customers.find", 422, query="?!"))["facts"]["fields"] == ["query"]


async def test_a_customer_of_two_banks_shows_each_bank_its_own_accounts(street: Street) -> None:
    citizen = await street.citizen()
    there = await street.doors.party.open_for(citizen.id, ANJI, 2, new_id(ANJI))
    local, centre = await street.clerk("teller", bank=ANJI), await street.clerk("centre_ops", bank=CENTRE)

    seen = await local.desk.ask("customers.view", id=str(citizen.id))
    all_ = await centre.desk.ask("customers.view", id=str(citizen.id))

    assert [a["number"] for a in seen["accounts"]] == [there.number]
    assert {a["number"] for a in all_["accounts"]} == {there.number, citizen.account.number}


async def test_an_entry_shows_each_bank_its_own_rows(street: Street) -> None:
    payer, payee = await street.citizen(fen=90_000), await street.citizen("林小禾", ANJI, 0)
    who = await street.doors.access.resolve(payer.app.http.cookies["fs_session"])
    wish = Wish(
        uuid4(), AccountRef(*payer.account.ref), Payee(payee.account.number, payee.name), Money(1_234)
    )
    order = await street.doors.payments.transfer(who, wish)
    here, there = await street.clerk("auditor"), await street.clerk("auditor", bank=ANJI)
    centre = await street.clerk("centre_ops", bank=CENTRE)

    mine = await here.desk.ask("book.entry", id=str(order.id))
    theirs = await there.desk.ask("book.entry", id=str(order.id))
    whole = await centre.desk.ask("book.entry", id=str(order.id))

    assert [(row["debit"]["tail"], row["credit"]["subject"], row["fen"]) for row in mine["items"]] == [
        (payer.account.number[-4:], "3001", 1_234)
    ]
    assert (mine["others"], [row["credit"]["holder"]["zh"] for row in theirs["items"]]) == (2, ["林*禾"])
    assert {row["bank"] for row in whole["items"]} == {CENTRE, XIAOSHAN, ANJI}
    assert whole["others"] == 0


async def test_the_journal_is_filtered_and_goes_on(street: Street) -> None:
    citizen, auditor = await street.citizen(fen=0), await street.clerk("auditor")
    for fen in (7_000_001, 5, 7_000_002, 6, 7_000_003):
        await street.pay_in(citizen.account, fen)

    first = await auditor.desk.ask("book.journal", fen_least=7_000_000, subject="2111", kind="post", limit=2)
    second = await auditor.desk.ask(
        "book.journal", fen_least=7_000_000, subject="2111", kind="post", limit=1, before=first["next"]
    )

    assert [row["fen"] for row in first["items"] + second["items"]] == [7_000_003, 7_000_002, 7_000_001]
    none = await auditor.desk.ask("book.journal", subject="1303")
    assert (none["items"], none["next"]) == ([], None)


async def test_the_day_is_counted_by_the_hour(street: Street) -> None:
    citizen, supervisor = await street.citizen(fen=0), await street.clerk("supervisor")
    before = await supervisor.desk.ask("book.hours")
    await street.pay_in(citizen.account, 1_00)

    after = await supervisor.desk.ask("book.hours")

    assert (len(after["hours"]), after["complete"]) == (24, True)
    assert after["rows"] - before["rows"] == sum(after["hours"]) - sum(before["hours"]) == 1
    long_ago = await supervisor.desk.ask("book.hours", day="2020-02-02")
    assert (long_ago["rows"], long_ago["complete"]) == (0, True)


async def test_the_log_is_read_at_ones_bank_and_the_centres_reading_is_in_it(street: Street) -> None:
    citizen, teller = await street.citizen(), await street.clerk("teller")
    auditor, other = await street.clerk("auditor"), await street.clerk("auditor", bank=ANJI)
    centre = await street.clerk("centre_ops", bank=CENTRE)
    await teller.desk.ask("customers.view", id=str(citizen.id))

    seen = await auditor.desk.ask("audit.page", act="console.customer_seen", actor=str(teller.id))
    own = await other.desk.ask("audit.page", actor=str(teller.id))
    await other.desk.refused("audit.page", 404, bank=XIAOSHAN)
    by_centre = await centre.desk.ask("audit.page", bank=XIAOSHAN, actor=str(teller.id))
    entered = await centre.desk.ask("audit.page", act="centre.enter", actor=str(centre.id))

    assert [(row["subject"], row["actor_name"]) for row in seen["items"]] == [(str(citizen.id), "陈玉")]
    assert own["items"] == []
    logged_in = (await auditor.desk.ask("audit.page", act="access.logged_in", limit=100))["items"]
    assert (str(teller.id), "陈玉") in [(row["subject"], row["subject_name"]) for row in logged_in]
    assert str(citizen.id) in [row["subject"] for row in by_centre["items"]]
    assert "read an audit log" in [row["subject"] for row in entered["items"]]


async def test_pages_of_the_log_follow_each_other(street: Street) -> None:
    auditor = await street.clerk("auditor")
    first = await auditor.desk.ask("audit.page", limit=2)
    second = await auditor.desk.ask("audit.page", limit=2, before=first["next"])

    ids = [row["id"] for row in first["items"] + second["items"]]
    assert ids == sorted(ids, reverse=True)
    assert first["chain"]["open_rows"] + first["chain"]["sealed_rows"] >= 4

"""Becoming a customer, getting in and out, and what a person sees of themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from fengshou.channels.app import OPS, PARTS
from fengshou.channels.app.greeting import greeting, solar_term
from fengshou.kernel import SHANGHAI, account_number
from tests.channels.street import ANJI, PASSWORD, XIAOSHAN, App, Street, key
from tests.party.desk_of_tests import id_number

PHONE = "13700000{:03d}"


async def registered(street: Street, app: App, phone: str, bank: int = XIAOSHAN) -> dict[str, object]:
    """A new customer by phone; the answer of `enter.register`."""
    await app.ask("enter.sms", phone=phone, purpose="register")
    entered: dict[str, object] = await app.ask(
        "enter.register", phone=phone, code=street.carrier.code(phone), agree=True, bank=bank
    )
    return entered


async def test_from_a_phone_number_to_an_account_at_the_chosen_county_bank(street: Street) -> None:
    app, phone = street.app(), PHONE.format(1)
    entered = await registered(street, app, phone, ANJI)
    me = entered["me"]
    assert isinstance(me, dict)
    assert (me["signed_in"], me["next_step"], me["bank"]["bank"]) == (True, "password", ANJI)
    assert me["customer"]["phone_masked"] == "137****0001"
    assert me["customer"]["name"] == ""

    weak = await app.refused("me.set_password", 422, password="12345678")
    me = (await app.ask("me.set_password", password=PASSWORD))["me"]
    assert weak["code"] == "ACCESS.PASSWORD_WEAK"
    assert me["next_step"] == "real_name"

    early = await app.refused("me.open_account", 403, key=key(), bank=ANJI, **{"class": 2}, agree=True)
    assert early["code"] == "PARTY.REAL_NAME_NEEDED"
    me = (await app.ask("me.real_name", name="林小禾", id_number=id_number(1, born="19850307"), agree=True))[
        "me"
    ]
    assert (me["customer"]["real_name"], me["next_step"]) == ("verified", "open_account")

    body = {"key": key(), "bank": ANJI, "class": 2, "agree": True}
    opened = await app.ask("me.open_account", **body)
    again = await app.ask("me.open_account", **body)
    assert opened["account"]["number"] == again["account"]["number"]
    assert opened["account"]["class"] == 2
    assert opened["account"]["can_pay"]
    assert opened["me"]["next_step"] is None
    counter = await app.refused("me.open_account", 422, **(body | {"key": key(), "class": 1}))
    assert counter["facts"]["fields"][0].startswith("class")

    home = await app.ask("home.view")
    assert home["total_fen"] == 0
    assert home["main"]["number"] == opened["account"]["number"]
    assert "林小禾" in home["greeting"]["zh"]
    assert home["term"]["zh"]
    assert [task["kind"] for task in home["tasks"]] == ["passkey"]
    given = {c["purpose"] for c in (await app.ask("me.consents"))["items"]}
    assert given == {"terms_of_service", "privacy_policy", "account_agreement"}


async def test_registering_a_phone_that_is_known_signs_in_and_makes_nobody_new(street: Street) -> None:
    citizen = await street.citizen("周明")

    entered = await registered(street, street.app(), citizen.phone)

    me = entered["me"]
    assert isinstance(me, dict)
    assert me["customer"]["id"] == str(citizen.id)


async def test_a_password_on_a_new_device_asks_for_a_code_as_well(street: Street) -> None:
    citizen, app = await street.citizen("周明"), street.app()

    new = await app.refused("enter.login", 401, phone=citizen.phone, password=PASSWORD)
    await app.ask("enter.sms", phone=citizen.phone, purpose="new_device")
    code = street.carrier.code(citizen.phone)
    entered = await app.ask("enter.login", phone=citizen.phone, password=PASSWORD, code=code)

    assert new["code"] == "ACCESS.NEW_DEVICE"
    assert entered["new_device"]
    assert entered["me"]["new_device_until"] is not None
    assert (await app.ask("session.me"))["signed_in"]


async def test_five_wrong_codes_end_the_code_and_a_stranger_s_phone_answers_alike(street: Street) -> None:
    citizen, app = await street.citizen("周明"), street.app()
    sent = await app.ask("enter.sms", phone=citizen.phone, purpose="log_in")
    nobody = await app.ask("enter.sms", phone=PHONE.format(999), purpose="log_in")
    right = street.carrier.code(citizen.phone)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"

    told = [(await app.post("enter.login_sms", phone=citizen.phone, code=wrong)).json() for _ in range(5)]
    after = await app.refused("enter.login_sms", 403, phone=citizen.phone, code=right)

    assert sent == nobody
    assert [problem["code"] for problem in told[:4]] == ["ACCESS.CODE_WRONG"] * 4
    assert after["code"] == "ACCESS.CODE_ENDED"
    assert after["messages"]["en"]


async def test_who_leaves_is_out_and_an_old_token_opens_nothing(street: Street) -> None:
    citizen = await street.citizen("周明")
    token = citizen.app.http.cookies["fs_session"]

    await citizen.app.ask("enter.logout")
    other = street.app()
    answer = await other.http.post(
        "/api/app/accounts.list", json={}, headers={"authorization": f"Bearer {token}"}
    )

    assert not (await citizen.app.ask("session.me"))["signed_in"]
    assert answer.status_code == 401
    assert answer.json()["code"] == "ACCESS.SESSION_ENDED"


async def test_a_forgotten_password_is_reset_with_code_and_id_number(street: Street) -> None:
    citizen, app = await street.citizen("周明"), street.app()
    await app.ask("enter.sms", phone=citizen.phone, purpose="reset")
    wrong = await app.refused(
        "enter.reset_password", 403, phone=citizen.phone, code=street.carrier.code(citizen.phone),
        id_number=id_number(2, born="19850307"), password="other-House-77",
    )  # fmt: skip

    assert wrong["code"] == "ACCESS.IDENTITY_MISMATCH"
    assert (await citizen.app.ask("session.me"))["signed_in"]


async def test_a_lost_phone_shuts_log_in_and_accounts_from_another_device(street: Street) -> None:
    citizen, app = await street.citizen("周明"), street.app()
    await app.ask("enter.sms", phone=citizen.phone, purpose="freeze")

    await app.ask("enter.freeze", phone=citizen.phone, code=street.carrier.code(citizen.phone))

    await citizen.app.refused("accounts.list", 401)
    account = await street.doors.party.account_of(citizen.who, citizen.account.ref)
    assert account.status == "frozen_by_customer"
    shut = await app.refused("enter.login", 403, phone=citizen.phone, password=PASSWORD)
    assert shut["code"] == "ACCESS.FROZEN"


async def test_security_shows_devices_and_ends_other_sessions(street: Street) -> None:
    citizen, other = await street.citizen("周明"), street.app()
    await other.ask("enter.sms", phone=citizen.phone, purpose="log_in")
    await other.ask("enter.login_sms", phone=citizen.phone, code=street.carrier.code(citizen.phone))

    view = await citizen.app.ask("security.view")
    ended = await citizen.app.ask("security.log_out_others")

    assert len(view["devices"]) == 2
    assert [d["current"] for d in view["devices"]].count(True) == 1
    assert view["has_password"]
    assert view["passkeys"] == []
    assert view["limits"]["single_max_fen"] > 0
    assert ended == {"ended": 1}
    await other.refused("accounts.list", 401)


async def test_a_person_with_accounts_at_two_banks_switches_between_them(street: Street) -> None:
    citizen = await street.citizen("周明", XIAOSHAN, fen=1_000)
    await citizen.app.ask("me.open_account", key=key(), bank=ANJI, **{"class": 2}, agree=True)

    mine = (await citizen.app.ask("banks.mine"))["items"]
    me = (await citizen.app.ask("banks.switch", bank=ANJI))["me"]
    accounts = (await citizen.app.ask("accounts.list"))["items"]

    assert {bank["bank"] for bank in mine} == {XIAOSHAN, ANJI}
    assert me["bank"]["bank"] == ANJI
    assert [a["bank"] for a in accounts] == [ANJI, XIAOSHAN]
    await citizen.app.refused("banks.switch", 404, bank=105)


async def test_banks_are_found_by_county_brand_and_letters(street: Street) -> None:
    app = street.app()

    everything = await app.ask("banks.list")
    by_county = await app.ask("banks.list", query="安吉")
    by_slug = await app.ask("banks.list", query="anji")

    assert everything["total"] == 90 == len(everything["items"])
    assert sum(c["count"] for c in everything["cities"]) == 90
    assert [b["bank"] for b in by_county["items"]] == [ANJI] == [b["bank"] for b in by_slug["items"]]
    assert (await app.ask("banks.branches", bank=ANJI))["items"][0]["number"] == "000"


async def test_how_the_app_looks_is_kept_with_the_person(street: Street) -> None:
    citizen = await street.citizen("周明")

    me = (await citizen.app.ask("session.set", elder=True, theme="dark", locale="en"))["me"]

    assert me["settings"] == {"elder": True, "theme": "dark", "locale": "en"}
    assert (await citizen.app.ask("me.settings"))["elder"] is True
    await citizen.app.refused("session.set", 422, theme="pink")


async def test_a_code_to_scan_leads_to_the_account_and_a_forged_one_nowhere(street: Street) -> None:
    payee, payer = await street.citizen("林小禾", ANJI), await street.citizen("周明")

    made = await payee.app.ask("accounts.qr", amount="12.5", memo="菜钱")
    read = await payer.app.ask("accounts.read_qr", data=made["data"])

    assert read["payee"]["number"] == payee.account.number
    assert read["payee"]["name"] == "林小禾"
    assert (read["amount_fen"], read["memo"], read["payee"]["reach"]) == (1_250, "菜钱", "federation")
    for data in (
        "hello",
        "http://localhost:8000/app/transfer?number=1&name=x",
        "http://localhost:8000/app/transfer?number=&name=",
    ):
        assert (await payer.app.post("accounts.read_qr", data=data)).status_code == 422


async def test_texts_are_there_in_both_languages_with_the_bank_filled_in(street: Street) -> None:
    app = street.app()

    terms = await app.ask("texts.get", key="terms")
    listed = (await app.ask("texts.list"))["items"]

    assert terms["key"] == "terms_of_service"
    assert "{bank}" not in terms["body"]["zh"] + terms["body"]["en"]
    assert terms["title"]["en"]
    assert {"privacy_policy"} <= {t["key"] for t in listed}
    await app.refused("texts.get", 404, key="nothing_of_the_kind")


async def test_letters_are_read_once_and_counted(street: Street) -> None:
    citizen = await street.citizen("周明")
    await street.settle()
    listed = await citizen.app.ask("messages.list", limit=1)
    every = (await citizen.app.ask("messages.list"))["items"]

    assert listed["unread"] == len(every) > 1
    assert listed["next"] == every[0]["id"]
    assert (await citizen.app.ask("messages.read", ids=[every[0]["id"]]))["unread"] == len(every) - 1
    assert (await citizen.app.ask("messages.read"))["unread"] == 0


async def test_names_are_not_guessed_without_end(street: Street) -> None:
    payer, payee = await street.citizen("周明"), await street.citizen("林小禾", ANJI)
    number = payee.account.number

    found = [await payer.app.post("transfer.name_check", number=number, name=f"林小{n}") for n in range(20)]
    stopped = await payer.app.refused("transfer.name_check", 429, number=number, name="林小禾")

    assert {answer.json()["result"] for answer in found} == {"mismatch"}
    assert stopped["facts"]["retry_after_s"] > 0


async def test_neither_payments_nor_quotes_tell_who_banks_here(street: Street) -> None:
    payer, payee = await street.citizen("周明", fen=1_000), await street.citizen("林小禾", ANJI)
    nobody = account_number(ANJI, 99_999_999_999)

    def wish(number: str, name: str) -> dict[str, Any]:
        return {
            "key": key(), "from": payer.account.number, "payee": {"number": number, "name": name}, "amount": "0.01",
        }  # fmt: skip

    quotes = [
        await payer.app.ask(
            "transfer.quote", **{"from": payer.account.number}, payee={"number": n}, amount="0.01"
        )
        for n in (payee.account.number, nobody)
    ]
    wrong = [
        (await payer.app.post("transfer.submit", **wish(payee.account.number, f"林{n}"))).json()
        for n in range(20)
    ]
    stopped = await payer.app.refused("transfer.submit", 429, **wish(payee.account.number, "林小禾"))

    assert quotes[0] == quotes[1]
    assert {problem["code"] for problem in wrong} == {"PAYMENTS.PAYEE_MISMATCH"}
    assert stopped["code"] == "ACCESS.RATE_LIMITED"


async def test_a_payee_is_kept_found_and_forgotten(street: Street) -> None:
    payer, payee = await street.citizen("周明"), await street.citizen("林小禾", ANJI)

    wrong = await payer.app.refused("payees.save", 403, number=payee.account.number, name="林大禾")
    saved = await payer.app.ask("payees.save", number=payee.account.number, name="林小禾")
    listed = (await payer.app.ask("payees.list", query="小禾"))["items"]
    context = await payer.app.ask("transfer.context", payee_id=saved["id"])
    await payer.app.ask("payees.remove", id=saved["id"])

    assert wrong["code"] == "PAYMENTS.PAYEE_MISMATCH"
    assert [p["id"] for p in listed] == [saved["id"]]
    assert context["payee"]["number"] == payee.account.number
    assert context["main"]["number"] == payer.account.number
    assert context["limits"]["remaining_fen"] > 0
    assert (await payer.app.ask("payees.list"))["items"] == []


def test_every_operation_changes_only_what_its_name_says_and_is_described() -> None:
    looks = ("view", "list", "get", "page", "detail", "context", "quote", "order", "me", "mine", "settings",
             "classes", "consents", "branches", "outside", "qr", "read_qr", "download", "pdf", "verify",
             "demo_logins", "cohort", "find", "key", "open", "run", "runs", "link", "file")  # fmt: skip
    for name, op in OPS.all.items():
        assert op.about, name
        if name.partition(".")[2] in looks:
            assert not op.changes, f"{name} only looks"
        elif name != "enter.passkey_options":
            assert op.changes, f"{name} changes something: it needs changes=True"
    assert len(PARTS) == 19


@pytest.mark.parametrize(
    ("day", "term"),
    [  # dates as the Purple Mountain Observatory's calendars print them
        (date(2025, 6, 21), "夏至"), (date(2025, 6, 20), "芒种"), (date(2026, 2, 4), "立春"),
        (date(2026, 2, 3), "大寒"), (date(2026, 4, 5), "清明"), (date(2026, 4, 4), "春分"),
        (date(2026, 10, 23), "霜降"), (date(2026, 12, 22), "冬至"), (date(2027, 3, 21), "春分"),
        (date(2027, 3, 20), "惊蛰"),
    ],
)  # fmt: skip
def test_solar_terms_begin_on_the_days_of_the_calendar(day: date, term: str) -> None:
    assert solar_term(day)["zh"] == term


def test_the_greeting_follows_shanghai_s_clock() -> None:
    def at(hour: int) -> str:
        return greeting("周明", datetime(2026, 11, 23, hour, 30, tzinfo=SHANGHAI))["zh"]

    assert [at(hour) for hour in (5, 12, 15, 20, 23, 3)] == [
        "周明，早上好", "周明，中午好", "周明，下午好", "周明，晚上好", "周明，晚上好", "周明，夜深了",
    ]  # fmt: skip
    assert greeting("", datetime(2026, 11, 23, 8, tzinfo=SHANGHAI)) == {"zh": "早上好", "en": "Good morning"}


async def test_consents_of_before_the_texts_had_names_read_as_today_s(street: Street) -> None:
    citizen = await street.citizen("周明")
    async with street.doors.db.work(citizen.account.bank) as work:
        await street.doors.party.consent(work, citizen.id, "privacy", "1", "app")

    (given,) = (await citizen.app.ask("me.consents"))["items"]

    assert (given["title"]["zh"], given["needed"]) == ("个人信息保护政策", True)


async def test_one_click_log_ins_do_not_pile_devices_up(street: Street) -> None:
    citizen, again = await street.citizen("周明"), street.app()
    tile = next(tile for tile in street.demo.tiles if tile.id == citizen.id)
    await again.ask("session.demo", id=tile.key)
    await again.ask("session.demo", id=tile.key)
    phone = street.app()
    phone.http.headers["user-agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 26) Safari/604.1"
    await phone.ask("session.demo", id=tile.key)

    devices = (await again.ask("security.view"))["devices"]

    assert [device["name"] for device in devices] == ["iPhone·Safari", "python-httpx"]
    assert all(device["trusted"] for device in devices)


async def test_a_new_phone_number_takes_two_factors_and_a_code_to_the_new_phone(street: Street) -> None:
    citizen, phone = await street.citizen("周明"), PHONE.format(77)
    await citizen.app.ask("enter.sms", phone=phone, purpose="register")
    code = street.carrier.code(phone)

    problem = await citizen.app.refused("me.change_phone", 401, phone=phone, code=code)
    order = problem["facts"]["order_id"]
    await citizen.app.ask("stepup.password", order_id=order, password=PASSWORD)
    await citizen.app.ask("stepup.sms", order_id=order)
    await citizen.app.ask("stepup.code", order_id=order, code=street.carrier.code(citizen.phone))
    wrong = await citizen.app.refused(
        "me.change_phone", 403, phone=phone, code=f"{(int(code) + 1) % 10**6:06d}"
    )
    me = (await citizen.app.ask("me.change_phone", phone=phone, code=code))["me"]
    async with street.doors.db.work(citizen.account.bank) as work:
        await street.doors.party.change_phone(work, citizen.id, citizen.phone)
    again = await citizen.app.refused("me.change_phone", 401, phone=phone, code=code)

    assert wrong["code"] == "ACCESS.CODE_WRONG"
    assert me["customer"]["phone_masked"] == "137****0077"
    assert (again["code"], again["facts"]["proved"]) == ("ACCESS.STEP_UP", [])  # what was proved is used up

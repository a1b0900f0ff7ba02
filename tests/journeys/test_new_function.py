"""Journey 10: a function the app never had is added to the running bank while a phone lies open on the table.

Pages, texts, a form and its rules, an operation the bank has already: all of it comes through the console, from one
colleague and past another. The phone is never loaded anew; nothing is built, nothing is started again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import expect

from tests.journeys.bank import Bank, Front, Refused
from tests.journeys.conftest import NewPhone
from tests.journeys.paying import Payee
from tests.journeys.people import log_in_as

pytestmark = [pytest.mark.journey, pytest.mark.browser]

Json = dict[str, Any]
ALLOWANCE, DONE = "allowance", "allowance-done"


def both(zh: str, en: str) -> Json:
    return {"zh": zh, "en": en}


FORM: Json = {
    "id": ALLOWANCE,
    "title": both("给娃零花钱", "Pocket money"),
    "data": {"t": {"op": "transfer.context"}, "p": {"op": "payees.list"}},
    "state": {"form": {"child": "", "amount": "", "word": ""}, "view": {"child": None}},
    "blocks": [
        {"t": "notice", "tone": "brand", "icon": "gift", "text": both("每周一次，多少由您定", "Once a week")},
        {
            "t": "form",
            "kids": [
                {
                    "t": "select", "style": "cards", "bind": "form.child", "label": both("给谁", "For whom"),
                    "required": True,
                    "repeat": "p.items", "value": "{{item.number}}", "text": "{{item.name}}",
                    "note": "{{lang(item.bank_name)}}", "into": "state.view.child",
                },
                {
                    "t": "select", "style": "pills", "bind": "form.amount", "label": both("多少", "How much"),
                    "required": True,
                    "options": [{"value": sum_, "text": both(f"{sum_} 元", f"¥{sum_}")} for sum_ in ("20.00", "50.00")],
                },
                {
                    "t": "field", "bind": "form.word", "label": both("说句话", "A word"), "max": 20, "required": True,
                    "rules": [{"test": "len(trim(value)) >= 2", "text": both("至少两个字", "Two letters at least")}],
                },
            ],
        },
    ],
    "foot": [
        {
            "t": "buttons",
            "items": [{
                "text": both("给 {{form.amount}} 元", "Give ¥{{form.amount}}"), "enabled": "form.amount != ''",
                "tap": [{
                    "do": "submit", "op": "transfer.submit",
                    "args": {
                        "from": "{{t.main.number}}", "amount": "{{form.amount}}", "memo": "{{trim(form.word)}}",
                        "payee": {"number": "{{state.view.child.number}}", "name": "{{state.view.child.name}}"},
                    },
                    "then": [{"do": "go", "page": DONE, "params": {"id": "{{result.order.id}}"}, "root": True}],
                }],
            }],
        }
    ],
}  # fmt: skip
AFTER: Json = {
    "id": DONE,
    "title": both("零花钱已到", "It has arrived"),
    "params": {"id": ""},
    "data": {"o": {"op": "transfer.order", "args": {"id": "{{params.id}}"}}},
    "blocks": [
        {
            "t": "result",
            "state": "{{o.state}}",
            "title": both(
                "{{o.order.payee.name}}收到零花钱了", "{{o.order.payee.name}} has the pocket money"
            ),
            "note": "{{o.order.memo}}",
            "fen": "{{o.order.amount_fen}}",
        }
    ],
}
TILE: Json = {
    "t": "grid", "style": "wide", "columns": 2, "label": both("家里的事", "Family"),
    "items": [
        {"icon": "gift", "tone": "gift", "text": FORM["title"], "tap": [{"do": "go", "page": ALLOWANCE}]}
    ],
}  # fmt: skip


async def publish(author: Front, checker: Front, item: str, source: Json) -> None:
    """From a draft to all phones, by two people."""
    begun = await author.ask("pages.draft.new", item=item, source=source)
    assert begun["problems"] == []
    version = begun["version"]["id"]
    await author.ask("pages.submit_for_review", id=version)
    with pytest.raises(Refused):
        await author.ask("pages.review", id=version, approve=True)
    await checker.ask("pages.review", id=version, approve=True)
    await checker.ask("pages.live", id=version)


@asynccontextmanager
async def the_centre(bank: Bank) -> AsyncIterator[tuple[Front, Front]]:
    """Who writes and who checks; what they published is taken back at the end."""
    async with (
        bank.logged_in("shen_lan", "console") as author,
        bank.logged_in("qian_wei", "console") as checker,
    ):
        try:
            yield author, checker
        finally:
            for item in ("life", ALLOWANCE, DONE):
                shown = await author.ask("pages.versions", item=item)
                if any(one["state"] == "live" for one in shown["items"]):
                    await checker.ask("pages.roll_back", item=item)


async def test_a_whole_new_function_reaches_an_open_phone_and_works(unpack: NewPhone, bank: Bank) -> None:
    phone = await unpack()
    async with the_centre(bank) as (author, checker), bank.logged_in("lin_xiaohe") as child:
        async with bank.logged_in("zhou_ming") as parent:
            payee = await Payee.of(child, "林小禾")
            saved = (await parent.ask("payees.list"))["items"]
            if payee.number not in {one["number"] for one in saved}:
                await parent.ask("payees.save", number=payee.number, name=payee.name)
        before = (await child.ask("accounts.list"))["total_fen"]
        await log_in_as(phone, "周明")
        await phone.turn_to("life")
        await phone.arrive("life")
        await phone.page.evaluate("window.loadedOnce = true")
        tile = phone.page.get_by_role("button", name="给娃零花钱")
        await expect(tile).to_have_count(0)

        await publish(author, checker, DONE, AFTER)
        await publish(author, checker, ALLOWANCE, FORM)
        life = (await author.ask("pages.source", item="life"))["source"]
        await publish(
            author, checker, "life", {**life, "blocks": [life["blocks"][0], TILE, *life["blocks"][1:]]}
        )

        await expect(tile).to_be_visible()
        await tile.click()
        await phone.arrive(ALLOWANCE)
        await phone.page.get_by_role("radio").filter(has_text="林小禾").click()
        await phone.page.get_by_role("radio", name="20.00 元").click()
        await phone.fill("说句话", "乖")
        await phone.press("给 20.00 元")
        await phone.reads("至少两个字")
        await phone.fill("说句话", "好好吃饭")
        await phone.picture("new-function")
        await phone.press("给 20.00 元")
        await phone.arrive(DONE)
        await phone.reads("收到零花钱了", "好好吃饭", "20.00")
        await phone.picture("new-function-done")

        assert await phone.page.evaluate("window.loadedOnce") is True
        assert (await child.ask("accounts.list"))["total_fen"] == before + 20_00

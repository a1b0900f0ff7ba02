"""Who makes the journeys: invented people with right check digits, and how they become customers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

from fengshou.party.identity import check_character
from tests.journeys.bank import Bank, Front, Refused
from tests.journeys.phone import Phone

PASSWORD = "Rice-and-tea-26"
DEMO_PASSWORD = "Harvest2026"  # as `run` prints it
_serial = count(1)


@dataclass
class Person:
    """Somebody who wants an account."""

    name: str
    phone: str
    id_number: str
    account: str = ""


def someone(name: str) -> Person:
    """A person the bank has never seen."""
    number = next(_serial)
    body = f"33010919880412{number:03d}"
    return Person(name, f"1380571{number:04d}", body + check_character(body))


async def become_customer(phone: Phone, person: Person, county: str = "临安") -> None:
    """From the first page to the home page: number, password, passkey, identity, bank, account."""
    await register(phone, person)
    await verify(phone, person)
    await choose_bank(phone, person, county)


@asynccontextmanager
async def customer(bank: Bank, person: Person, at: int) -> AsyncIterator[Front]:
    """The same without a screen, for journeys about something else."""
    async with bank.front() as door:
        await door.ask("enter.sms", phone=person.phone, purpose="register")
        code = await bank.code(person.phone)
        entered = await door.ask("enter.register", phone=person.phone, code=code, agree=True)
    async with bank.front(token=entered["token"]) as front:
        await front.ask("me.set_password", password=PASSWORD)
        await front.ask("me.real_name", name=person.name, id_number=person.id_number, agree=True)
        wish = {"key": str(uuid4()), "bank": at, "class": 2, "agree": True}
        person.account = (await front.ask("me.open_account", **wish))["account"]["number"]
        yield front


async def prove_and(bank: Bank, front: Front, person: Person, op: str, **wish: Any) -> None:
    """Do what needs two proofs: the password and a code."""
    with pytest.raises(Refused) as asked:
        await front.ask(op, **wish)
    order = asked.value.facts["order_id"]
    before = len(await bank.letters(person.phone))
    await front.ask("stepup.password", order_id=order, password=PASSWORD)
    await front.ask("stepup.sms", order_id=order)
    await front.ask("stepup.code", order_id=order, code=await bank.code(person.phone, after=before))
    await front.ask(op, **wish)


async def log_in_as(phone: Phone, name: str) -> None:
    """One touch on a tile of the demo."""
    await phone.open()
    await phone.arrive("welcome")
    await phone.row(name)
    await phone.arrive("home")


async def register(phone: Phone, person: Person) -> None:
    """Number, password, passkey."""
    await phone.open()
    await phone.arrive("welcome")
    if phone.mode == "elder":
        await phone.press("长辈版")
        await expect(phone.page.locator("html[data-elder]")).to_have_count(1)
    await phone.press("新客户注册")
    await phone.arrive("register")
    await phone.fill("手机号", person.phone)
    await phone.press("获取验证码")
    await phone.fill("短信验证码", await phone.bank.code(person.phone))
    await phone.page.get_by_role("checkbox").check()
    await phone.press("注册并登录")
    await phone.arrive("set-password")
    await phone.fill("登录密码", PASSWORD)
    await phone.fill("再输一次", PASSWORD)
    await phone.press("设好密码")
    await phone.arrive("add-passkey")
    await phone.press("添加通行密钥")
    await phone.arrive("real-name")


async def verify(phone: Phone, person: Person) -> None:
    """The real-name check."""
    await phone.fill("姓名", person.name)
    await phone.fill("身份证号", person.id_number)
    await phone.page.get_by_role("checkbox").check()
    await phone.press("核验我的身份")
    await phone.arrive("choose-bank")


async def choose_bank(phone: Phone, person: Person, county: str) -> None:
    """A class II account at the bank of a county."""
    await phone.page.get_by_role("search").get_by_role("textbox").fill(county)
    await phone.row(county)
    await phone.arrive("open-account")
    await phone.page.get_by_role("checkbox").check()
    await phone.press("开这个账户")
    await phone.arrive("opened")
    person.account = phone.page.url.split("number=")[1]
    await phone.press("去首页")
    await phone.arrive("home")

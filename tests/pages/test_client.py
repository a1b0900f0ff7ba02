"""The client as a person meets it: a transfer with proof, mistakes, a release of new pages, no network."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from fengshou import pages
from tests.pages.conftest import Site
from tests.pages.fixtures.bank import CODE, PASSWORD, ROOT, SAMPLES, problem

pytestmark = pytest.mark.browser
INSIDE = "sheet => sheet.contains(document.activeElement) || document.activeElement === document.body"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


async def type_amount(screen: Page, amount: str) -> None:
    for key in amount:
        await screen.locator(".keypad").get_by_role("button", name=key, exact=True).click()


async def confirm_transfer(screen: Page, site: Site, amount: str = "1200") -> None:
    await screen.goto(f"{site.url}/app/transfer")
    await type_amount(screen, amount)
    await screen.get_by_role("button", name="下一步").click()
    await screen.get_by_role("button", name="转 1,200.00 元").click()


def submits(site: Site) -> list[dict[str, Any]]:
    return [args for op, args, _ in site.bank.asked if op == "transfer.submit"]


async def test_a_transfer_asks_for_proof_and_is_sent_again_under_the_same_key(
    site: Site, screen: Page
) -> None:
    await confirm_transfer(screen, site)
    await screen.get_by_role("button", name="改用密码").click()
    await screen.get_by_label("登录密码").fill("wrong")
    await screen.get_by_role("button", name="确认", exact=True).click()
    await expect(screen.get_by_role("alert")).to_have_text("密码不对，还可以试 4 次")
    await screen.get_by_label("登录密码").fill(PASSWORD)
    await screen.get_by_role("button", name="确认", exact=True).click()

    await expect(screen.get_by_text("已到账")).to_be_visible()
    first, second = submits(site)
    assert first == second
    assert first["amount"] == "1200.00"
    assert first["payee"]["name"] == "林小禾"
    sent_from = {page for op, _, page in site.bank.asked if op == "transfer.submit"}
    site.bank.pages.check_current(sent_from.pop())
    assert sent_from == set()


async def test_proof_may_be_a_password_and_then_a_code(site: Site, screen: Page) -> None:
    site.bank.methods = ["password+sms"]
    await confirm_transfer(screen, site)
    await screen.get_by_label("登录密码").fill(PASSWORD)
    await screen.get_by_role("button", name="确认", exact=True).click()
    await expect(screen.get_by_role("button", name=re.compile("秒后重发"))).to_be_disabled()
    await screen.get_by_label("短信验证码").fill("000000")
    await screen.get_by_role("button", name="确认", exact=True).click()
    await expect(screen.get_by_role("alert")).to_have_text("验证码不对")
    await screen.get_by_label("短信验证码").fill(CODE)
    await screen.get_by_role("button", name="确认", exact=True).click()

    await expect(screen.get_by_text("已到账")).to_be_visible()
    proofs = [op for op, _, _ in site.bank.asked if op.startswith("stepup")]
    assert proofs == ["stepup.password", "stepup.sms", "stepup.code", "stepup.code"]


async def test_a_passkey_is_made_and_proves_a_transfer(
    site: Site, screen: Page, phone: BrowserContext
) -> None:
    origin = site.url.replace("127.0.0.1", "localhost")
    site.bank.passkeys.origin = origin
    tools = await phone.new_cdp_session(screen)
    await tools.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
    await tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await screen.goto(f"{origin}/app/parts")
    await screen.get_by_role("button", name="新增通行密钥").click()
    await expect(screen.locator(".toast")).to_have_text("通行密钥已添加")
    here = Site(site.bank, origin)
    await confirm_transfer(screen, here)
    await screen.get_by_role("button", name="用通行密钥确认").click()

    await expect(screen.get_by_text("已到账")).to_be_visible()
    assert len(submits(site)) == 2


async def test_a_receipt_is_saved_as_a_picture(site: Site, screen: Page, tmp_path: Path) -> None:
    await screen.goto(f"{site.url}/app/receipt?id=1")
    async with screen.expect_download() as saved:
        await screen.get_by_role("button", name="存为图片").click()
    picture = tmp_path / "receipt.png"
    await (await saved.value).save_as(picture)

    assert (await saved.value).suggested_filename == "已到账.png"
    head = picture.read_bytes()
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(head[16:20], "big") == 390 * 3


async def test_the_amount_stands_in_capitals_and_over_the_limit_says_so(site: Site, screen: Page) -> None:
    await screen.goto(f"{site.url}/app/transfer")
    await type_amount(screen, "1200.5")
    await expect(screen.get_by_text("壹仟贰佰元零伍角整")).to_be_visible()
    await screen.get_by_role("button", name="删除").click()
    await screen.get_by_role("button", name="删除").click()
    await type_amount(screen, "00")
    await expect(screen.get_by_role("alert")).to_contain_text("超过今天还能转的 48,800.00 元")
    await screen.get_by_role("button", name="下一步").click()

    await expect(screen.get_by_role("dialog")).to_have_count(0)
    assert submits(site) == []


async def test_two_quick_touches_are_one_transfer(site: Site, screen: Page) -> None:
    await screen.goto(f"{site.url}/app/transfer")
    await type_amount(screen, "1200")
    await screen.get_by_role("button", name="下一步").click()
    await screen.get_by_role("button", name="转 1,200.00 元").evaluate(
        "button => { button.click(); button.click() }"
    )
    await expect(screen.get_by_text("请确认是您本人")).to_be_visible()

    assert len(submits(site)) == 1


async def test_a_refusal_is_a_clear_sentence_and_keeps_what_was_typed(site: Site, screen: Page) -> None:
    site.bank.fail["transfer.submit"] = {
        "status": 403, "kind": "REFUSED",
        "code": "LEDGER.INSUFFICIENT_FUNDS", "zh": "账户里的钱不够", "en": "Not enough money",
    }  # fmt: skip
    await confirm_transfer(screen, site)
    await expect(screen.get_by_role("alertdialog")).to_contain_text("账户里的钱不够")
    await screen.get_by_role("button", name="知道了").click()
    await screen.keyboard.press("Escape")

    await expect(screen.get_by_label("转账金额")).to_have_value("1,200.00")


async def test_a_sheet_holds_the_focus_and_gives_it_back(site: Site, screen: Page) -> None:
    await screen.goto(f"{site.url}/app/transfer")
    opener = screen.get_by_role("button", name=re.compile("付款账户"))
    await opener.focus()
    await screen.keyboard.press("Enter")
    sheet = screen.get_by_role("dialog", name="付款账户")
    await expect(sheet).to_be_visible()
    for _ in range(8):
        await screen.keyboard.press("Tab")
        inside = await sheet.evaluate(INSIDE)
        assert inside
    await screen.keyboard.press("Escape")

    await expect(opener).to_be_focused()


async def test_the_phones_own_back_closes_the_sheet_first(site: Site, screen: Page) -> None:
    await screen.goto(f"{site.url}/app/home")
    await screen.get_by_role("button", name="转账").click()
    await screen.get_by_role("button", name=re.compile("付款账户")).click()
    await screen.go_back()
    await expect(screen.get_by_role("dialog")).to_have_count(0)
    await expect(screen.get_by_role("heading", name="转账")).to_be_visible()
    await screen.go_back()

    await expect(screen.get_by_text("总资产（元）")).to_be_visible()


def release(folder: Path, page: str, before: str, after: str) -> pages.Compiled:
    """The sample pages with one text of one page changed."""
    for source in SAMPLES.glob("*.yaml"):
        text = source.read_text("utf-8")
        (folder / source.name).write_text(
            text.replace(before, after) if source.stem == page else text, "utf-8"
        )
    return pages.load(folder)


async def test_a_release_reaches_an_open_phone(site: Site, screen: Page, tmp_path: Path) -> None:
    await screen.goto(f"{site.url}/app/home")
    await expect(screen.get_by_text("总资产（元）")).to_be_visible()
    await site.bank.pages.preview(release(tmp_path, "home", "总资产（元）", "全部家当（元）"))

    await expect(screen.get_by_text("全部家当（元）")).to_be_visible()


async def test_a_release_never_changes_a_form_being_filled(site: Site, screen: Page, tmp_path: Path) -> None:
    await screen.goto(f"{site.url}/app/transfer")
    await type_amount(screen, "12")
    async with screen.expect_response(re.compile("/ui/manifest")):
        await site.bank.pages.preview(release(tmp_path, "transfer", "下一步", "继续"))
    await type_amount(screen, "00")

    await expect(screen.get_by_role("button", name="下一步")).to_be_visible()
    await expect(screen.get_by_label("转账金额")).to_have_value("1,200")


async def test_without_network_the_last_page_opens_and_an_act_says_why_not(
    site: Site, screen: Page, phone: BrowserContext
) -> None:
    await screen.goto(f"{site.url}/app/transfer")
    await screen.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    await screen.reload()
    await expect(screen.get_by_label("转账金额")).to_be_visible()
    await screen.evaluate("caches.open('fs-pages-1').then(cache => cache.keys()).then(keys => keys.length)")
    await phone.set_offline(True)
    await screen.reload()

    await expect(screen.get_by_text("没有网络，余额和明细连上后才能看")).to_be_visible()
    await expect(screen.get_by_text("现在没有网络，连上后再试")).to_be_visible()


async def test_a_session_that_ended_leads_to_the_door(site: Site, screen: Page) -> None:
    await screen.goto(f"{site.url}/app/home")
    await expect(screen.get_by_text("总资产（元）")).to_be_visible()
    site.bank.fail["transfer.submit"] = {
        "status": 401, "kind": "STEP_UP",
        "code": "ACCESS.SESSION_ENDED", "zh": "请重新登录", "en": "Please sign in again",
    }  # fmt: skip
    await screen.get_by_role("button", name="转账").click()
    await type_amount(screen, "1200")
    await screen.get_by_role("button", name="下一步").click()
    await screen.get_by_role("button", name="转 1,200.00 元").click()

    await expect(screen.get_by_role("tab", name="验证码")).to_be_visible()


async def test_data_that_asks_for_a_session_leads_to_the_door_as_well(site: Site, screen: Page) -> None:
    site.bank.fail["home.summary"] = site.bank.fail["tasks.today"] = {
        "status": 401, "kind": "STEP_UP",
        "code": "ACCESS.SESSION_ENDED", "zh": "请重新登录", "en": "Please sign in again",
    }  # fmt: skip
    await screen.goto(f"{site.url}/app/home")

    await expect(screen.get_by_role("tab", name="验证码")).to_be_visible()


async def test_signing_in_checks_the_form_before_a_code_is_sent(site: Site, screen: Page) -> None:
    site.bank.signed_in = False
    await screen.goto(f"{site.url}/app/home")
    await screen.get_by_label("手机号").fill("12345")
    await screen.get_by_role("button", name="获取验证码").click()
    await expect(screen.get_by_role("alert").first).to_have_text("手机号是 11 位数字")
    assert "auth.code" not in [op for op, _, _ in site.bank.asked]
    await screen.get_by_label("手机号").fill("13800138000")
    await screen.get_by_role("button", name="获取验证码").click()
    await expect(screen.get_by_role("button", name=re.compile("秒后重发"))).to_be_disabled()
    await screen.get_by_label("短信验证码").fill("123456")
    await screen.get_by_role("button", name="登录", exact=True).click()
    await expect(screen.get_by_text("请先阅读并勾选")).to_be_visible()
    await screen.get_by_role("checkbox").check()
    await screen.get_by_role("button", name="登录", exact=True).click()

    await expect(screen.get_by_text("总资产（元）")).to_be_visible()
    sent = [args for op, args, _ in site.bank.asked if op == "auth.sign_in"]
    assert sent[0]["phone"] == "13800138000"
    assert sent[0]["code"] == "123456"


async def test_a_statement_goes_on_by_its_cursor_to_the_end(site: Site, screen: Page) -> None:
    await screen.goto(f"{site.url}/app/statement")
    await expect(screen.get_by_text("10月30日", exact=True)).to_be_visible()
    for _ in range(12):
        await screen.mouse.wheel(0, 4000)
        if await screen.get_by_text("没有更多了").count():
            break
        await screen.locator(".cell").last.scroll_into_view_if_needed()
    await expect(screen.get_by_text("没有更多了")).to_be_visible()

    cursors = [args.get("before") for op, args, _ in site.bank.asked if op == "statement.lines"]
    assert cursors == [None, 41, 21]
    assert await screen.locator(".cell").count() == 60


async def test_a_killed_kind_is_not_drawn(site: Site, screen: Page) -> None:
    await site.bank.pages.preview(pages.load(SAMPLES), kill=("product",))
    await screen.goto(f"{site.url}/app/home")

    await expect(screen.get_by_text("总资产（元）")).to_be_visible()
    await expect(screen.get_by_text("孝心存·两年")).to_have_count(0)


async def test_a_page_whose_data_fails_says_so_and_can_try_again(site: Site, screen: Page) -> None:
    status, body = problem(503, "BUSY", "KERNEL.BUSY", "现在人多，请稍候", "Busy")
    site.bank.fail["home.summary"] = {
        "status": status, "kind": "BUSY", "code": body["code"], "zh": body["messages"]["zh"], "en": "Busy"
    }  # fmt: skip
    await screen.goto(f"{site.url}/app/home")
    await expect(screen.get_by_role("alert")).to_contain_text("现在人多，请稍候")
    site.bank.fail.clear()
    await screen.get_by_role("button", name="再试一次").click()

    await expect(screen.get_by_text("总资产（元）")).to_be_visible()


MODES: dict[str, dict[str, Any]] = {
    "light": {"theme": "light"},
    "dark": {"theme": "dark"},
    "contrast": {"theme": "hc"},
    "elder": {"theme": "light", "elder": True},
    "elder-dark-en": {"theme": "dark", "elder": True, "locale": "en"},
}
NAMES = sorted(path.stem for path in SAMPLES.glob("*.yaml") if path.stem != "shell")


@pytest.mark.parametrize("mode", MODES)
async def test_axe_finds_nothing_serious_and_nothing_is_too_wide(
    site: Site, phone: BrowserContext, mode: str
) -> None:
    await phone.add_init_script(f"localStorage.setItem('fs.env', JSON.stringify({json.dumps(MODES[mode])}))")
    found: list[str] = []
    for name in NAMES:
        page = await phone.new_page()
        await page.goto(f"{site.url}/app/{name}")
        await page.locator("h1").first.wait_for(state="attached")
        await expect(page.locator("[aria-busy=true]")).to_have_count(0)
        await page.add_script_tag(path=AXE)
        report = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            f"{name}: {one['id']} {one['nodes'][0]['target']}"
            for one in report["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name}: wider than the screen")
        await page.close()

    assert found == []

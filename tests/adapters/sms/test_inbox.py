"""The inbox page: in both languages, safe against what a message says, wherever it is mounted."""

import re

import httpx
import pytest

from fengshou.adapters.sms import SmsClient
from fengshou.adapters.sms.server import PATH, build_app
from fengshou.kernel import new_id
from tests.adapters.lines import OWN, line_to

EVIL = '<script>alert("x")</script> 482913'


async def page_with(text: str, query: str = "", language: str = "zh-CN") -> httpx.Response:
    async with line_to(build_app(OWN), PATH) as (line, running), httpx.AsyncClient(trust_env=False) as http:
        await SmsClient(line).send("13900001234", text, message_id=new_id(1))
        return await http.get(f"{running.base_url}{PATH}/{query}", headers={"accept-language": language})


async def test_a_message_cannot_speak_to_the_page() -> None:
    answer = await page_with(EVIL)

    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


async def test_the_search_field_cannot_either() -> None:
    answer = await page_with("x", '?phone="><script>alert(1)</script>')

    assert "<script>alert" not in answer.text


async def test_only_the_page_s_own_script_runs() -> None:
    answer = await page_with("x")
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', answer.text))

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert f"script-src 'nonce-{nonce}'" in policy


async def test_the_code_stands_out_and_can_be_copied() -> None:
    answer = await page_with("【丰收】您的验证码是 482913，5 分钟内有效。")

    assert "<output>482913</output>" in answer.text
    assert 'data-code="482913"' in answer.text


@pytest.mark.parametrize(
    ("query", "language", "title", "lang"),
    [
        ("", "zh-CN,zh;q=0.9", "短信收件箱", "zh-CN"),
        ("", "en-GB", "Text messages", "en"),
        ("?lang=en", "zh-CN", "Text messages", "en"),
        ("?lang=zh", "en", "短信收件箱", "zh-CN"),
    ],
)
async def test_it_speaks_the_reader_s_language(query: str, language: str, title: str, lang: str) -> None:
    answer = await page_with("x", query, language)

    assert f"<h1>{title}</h1>" in answer.text
    assert f'<html lang="{lang}">' in answer.text


async def test_what_the_page_fetches_anew_is_the_list_alone() -> None:
    answer = await page_with(EVIL, "?part=list&lang=zh")

    assert answer.text.startswith('<ol id="list"')
    assert "<script" not in answer.text
    assert "<style" not in answer.text


async def test_its_links_work_where_it_is_mounted() -> None:
    answer = await page_with("x")

    assert f'action="{PATH}/"' in answer.text
    assert f'href="{PATH}/?lang=zh"' in answer.text


async def test_another_phone_shows_nothing() -> None:
    answer = await page_with("x", "?phone=13900009999")

    assert "还没有短信" in answer.text
    assert "<li " not in answer.text

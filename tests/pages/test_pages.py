"""Pages: what is refused, what is compiled, and what a client is told."""

import asyncio
import base64
import json
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fengshou import pages
from fengshou.kernel import Database, system
from fengshou.pages.parts import ICONS
from fengshou.pages.resolve import canonical

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "content" / "pages" / "_protocol-samples"

PAGE = """
id: hello
title: {zh: 你好, en: Hello}
auth: none
state: {form: {name: ""}}
data: {who: {op: people.get, args: {name: "{{form.name}}"}}}
blocks:
  - {t: text, text: {zh: "您好，{{who.name}}", en: "Hello {{who.name}}"}}
  - {t: field, bind: form.name, label: {zh: 姓名, en: Name}}
"""


def problems(source: str, ops: set[str] | None = None) -> list[str]:
    page = pages.Page.model_validate(yaml.safe_load(source))
    return [problem.text for problem in pages.lint(page, pages={"hello"}, ops=ops)]


def test_a_sound_page_has_no_problem() -> None:
    assert problems(PAGE, {"people.get"}) == []


def test_words_in_an_expression_need_pick() -> None:
    both = PAGE.replace("{zh: 姓名, en: Name}", "\"{{pick('姓名', 'Name')}}\"")
    one = PAGE.replace("{zh: 姓名, en: Name}", "\"{{form.name == '' ? '姓名' : ''}}\"")

    assert problems(both) == []
    assert [said[:25] for said in problems(one)] == ["words need both languages"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("people.get", "people.gte", "no operation 'people.gte'"),
        ("form.name, label", "form.nmae, label", "'form.nmae' is not declared in the page's state"),
        ("您好，{{who.name}}", "您好，{{whom.name}}", "'whom.name' reads 'whom', which is nothing here"),
        ("en: Name}", "en: 姓名}", "the English text holds Chinese"),
        ("{zh: 姓名, en: Name}", "姓名", "words need both languages: '姓名'"),
        ("{zh: 姓名, en: Name}", '{zh: "", en: Name}', "one of the two languages is empty"),
        (
            '"{{form.name}}"}',
            '"{{form.no}}"}',
            "'form.no' reads 'form.no', which is not declared in the page's state or params",
        ),
    ],
)  # fmt: skip
def test_what_lint_finds(before: str, after: str, said: str) -> None:
    assert before in PAGE
    assert problems(PAGE.replace(before, after), {"people.get"}) == [said]


@pytest.mark.parametrize(
    ("action", "said"),
    [
        ("{do: go, page: nowhere}", "no page 'nowhere'"),
        ("{do: sheet, open: missing}", "no sheet 'missing'"),
        ("{do: reload, data: [missing]}", "no data 'missing'"),
        ("{do: set, to: {form.other: 1}}", "'form.other' is not declared in the page's state"),
        ("{do: call, op: people.gone}", "no operation 'people.gone'"),
    ],
)
def test_what_lint_finds_in_actions(action: str, said: str) -> None:
    block = f"  - {{t: buttons, items: [{{text: {{zh: 去, en: Go}}, tap: [{action}]}}]}}\n"

    assert problems(PAGE + block, {"people.get"}) == [said]


@pytest.mark.parametrize(
    "block",
    [
        "{t: nothing}",
        "{t: text, text: {zh: 好, en: Good}, colour: red}",
        "{t: notice, icon: nosuchicon, text: {zh: 好, en: Good}}",
        "{t: text, show: 'a b', text: {zh: 好, en: Good}}",
        "{t: text, text: {zh: '{{1 +}}', en: Good}}",
        "{t: text, text: {zh: 只有中文}}",
        "{t: buttons, items: [{text: {zh: 去, en: Go}, tap: [{do: fetch, url: 'https://bad.example'}]}]}",
        "{t: buttons, items: [{text: {zh: 去, en: Go}, tap: [{do: call, op: 'https://bad.example'}]}]}",
        "{t: field, bind: form.__proto__, label: {zh: 去, en: Go}}",
    ],
)
def test_the_protocol_refuses_what_it_does_not_know(block: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        pages.Page.model_validate(yaml.safe_load(PAGE + f"  - {block}\n"))


def test_the_samples_compile_and_use_every_kind_of_block() -> None:
    compiled = pages.load(SAMPLES)
    text = b"".join(compiled.bodies.values()).decode()
    kinds = set(
        json.loads((ROOT / "docs/reference/page.schema.json").read_text("utf-8"))["$defs"]["AnyBlock"][
            "discriminator"
        ]["mapping"]
    )
    used = {kind for kind in kinds if f'"t":"{kind}"' in text}

    assert kinds - used == {"spacer"}


def test_both_languages_and_the_elder_variant_are_pages_of_their_own() -> None:
    compiled = pages.load(SAMPLES)
    zh, en = compiled.editions["zh-CN"], compiled.editions["en"]

    assert set(zh.elder) == {"home", "transfer"}
    assert len({zh.pages["home"], en.pages["home"], zh.elder["home"], en.elder["home"]}) == 4
    assert "转账" in compiled.bodies[zh.pages["transfer"]].decode()
    assert "转账" not in compiled.bodies[en.pages["transfer"]].decode()
    assert json.loads(compiled.bodies[zh.elder["transfer"]])["title"] == "转账"


def test_the_same_content_is_the_same_release_to_the_byte() -> None:
    first, second = pages.load(SAMPLES), pages.load(SAMPLES)

    assert first.bodies == second.bodies
    assert first.id == second.id


def test_a_folder_is_refused_whole_with_every_problem(tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text(PAGE.replace("en: Hello", "en: 你好"), "utf-8")
    (tmp_path / "other.yaml").write_text(PAGE, "utf-8")
    with pytest.raises(pages.PagesRefused) as refused:
        pages.load(tmp_path)

    assert sorted(map(str, refused.value.problems)) == [
        "hello: title: the English text holds Chinese",
        "other: id: the file is 'other', the id 'hello'",
        "shell: : shell.yaml is missing",
    ]


def test_the_sprite_of_the_client_holds_every_icon() -> None:
    sprite = (ROOT / "web/src/theme/icons.svg").read_text("utf-8")

    assert [name for name in sorted(ICONS) if f'id="i-{name}"' not in sprite] == []


def registry(db: Database | None = None) -> pages.Pages:
    return pages.Pages(db, Ed25519PrivateKey.generate(), build="7")


async def first_change(room: pages.Pages) -> int:
    async for turn in room.changes():
        return turn
    raise AssertionError


async def test_a_manifest_is_signed_and_named() -> None:
    room = registry()
    with pytest.raises(pages.NothingPublished):
        room.manifest("zh-CN")
    await room.preview(pages.load(SAMPLES))
    manifest = room.manifest("zh-CN")
    facts = json.loads(manifest.body)
    signature = base64.b64decode(facts.pop("sig"))

    Ed25519PublicKey.from_public_bytes(base64.b64decode(room.public_key)).verify(signature, canonical(facts))
    assert facts["app"] == "7"
    assert facts["kill"] == []
    assert room.manifest("en").etag != manifest.etag
    assert room.manifest("zh-CN").etag == manifest.etag


async def test_publishing_is_kept_and_told_and_rolled_back(db: Database) -> None:
    who = system()
    room, other = registry(db), registry(db)
    compiled = pages.load(SAMPLES)
    heard = asyncio.create_task(first_change(room))
    await asyncio.sleep(0)
    first = await room.publish(who, compiled)

    assert first == compiled.id
    assert await heard == 1
    assert await room.refresh() is False
    assert await other.refresh() is True
    home = compiled.editions["zh-CN"].pages["home"]
    assert await other.page(home) == compiled.bodies[home]
    other.check_current(home)
    with pytest.raises(pages.PageMissing):
        await other.page("0" * 64)
    with pytest.raises(pages.PageStale):
        other.check_current("0" * 64)


async def test_a_cohort_sees_its_own_release_and_everyone_else_does_not(db: Database, tmp_path: Path) -> None:
    room = registry(db)
    for source in SAMPLES.glob("*.yaml"):
        text = source.read_text("utf-8").replace("总资产（元）", "全部家当（元）")
        (tmp_path / source.name).write_text(text, "utf-8")
    await room.publish(system(), pages.load(SAMPLES))
    before = room.manifest("zh-CN").etag
    await room.publish(system(), pages.load(tmp_path), cohort="pilot", kill=("qr",))

    assert room.manifest("zh-CN").etag == before
    assert room.manifest("zh-CN", "elsewhere").etag == before
    pilot = json.loads(room.manifest("zh-CN", "pilot").body)
    assert pilot["kill"] == ["qr"]
    assert "全部家当" in (await room.page(pilot["pages"]["home"])).decode()


def test_the_example_of_the_guide_is_a_page() -> None:
    guide = (ROOT / "docs/guides/write-a-page.md").read_text("utf-8")
    source = guide.split("```yaml\n")[1].split("```")[0]
    page = pages.Page.model_validate(yaml.safe_load(source))

    assert [str(problem) for problem in pages.lint(page, pages={"transfer", "orders", "receipt"})] == []


def test_the_guide_names_every_kind_of_block_and_action() -> None:
    guide = (ROOT / "docs/guides/write-a-page.md").read_text("utf-8")
    defs = json.loads((ROOT / "docs/reference/page.schema.json").read_text("utf-8"))["$defs"]
    names = [
        part["properties"][tag]["const"]
        for part in defs.values()
        for tag in ("t", "do")
        if tag in part.get("properties", {})
    ]

    assert [name for name in names if f"`{name}`" not in guide and f"`{name}{{" not in guide] == []

"""The pages of the phone app against the protocol, the contract of operations, and the voice of the house."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fengshou import pages
from fengshou.channels.app import OPS as OPERATIONS
from fengshou.pages import actions as a
from fengshou.pages import blocks as b
from fengshou.pages import parts
from fengshou.pages.walk import members
from tests.content import shapes

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "content" / "pages" / "app"
CONTRACT = ROOT / "docs" / "internals" / "ops.md"
_OP = re.compile(r"`([a-z_]+\.[a-z_]+)`")
_MEMBER = re.compile(r"([a-z_]+)(\??)")
# What the voice of the house never says, in either language.
_NEVER = (
    "亲，",
    "恭喜",
    "仅剩",
    "错过",
    "系统繁忙",
    "操作失败",
    "！",
    "Oops",
    "Congratulations",
    "successfully",
    "!",
)


def _contract() -> dict[str, dict[str, bool] | None]:
    """Each operation of ops.md with the members of its request (True: required); None when it is not spelt out."""
    found: dict[str, dict[str, bool] | None] = {}
    for line in CONTRACT.read_text("utf-8").splitlines():
        cells = line.replace("\\|", "/").split("|")
        if len(cells) < 5 or not (ops := _OP.findall(cells[1])):
            continue
        asked = re.match(r"\s*`(\{.*?\})`", cells[3])
        shape = None if asked is None or "` or `" in cells[3] else _members(asked[1])
        found.update(dict.fromkeys(ops, shape))
    return found


def _members(shape: str) -> dict[str, bool]:
    """The outermost members of `{phone, payee?: {…}}`."""
    shape = re.sub(r"/\*.*?\*/", "", shape)[1:-1]
    for _ in range(3):
        shape = re.sub(r"\{[^{}]*\}", "", shape)
    split = (_MEMBER.match(part.strip()) for part in shape.split(","))
    return {match[1]: match[2] == "" for match in split if match}


OPS = _contract()


@pytest.fixture(scope="module")
def app() -> pages.Compiled:
    """The compiled pages; lint has passed then."""
    return pages.load(FOLDER, ops=frozenset(OPS))


def _parts(app: pages.Compiled) -> Iterator[tuple[str, str, parts.Part, str, object]]:
    for page in app.sources.values():
        for at, part, name, _, value in members(page):
            yield page.id, at, part, name, value


def test_the_contract_is_read_whole() -> None:
    assert len(OPS) > 60
    asked = OPS["transfer.submit"]
    assert asked == {
        "key": True, "from": True, "payee": True, "amount": True, "memo": False, "save_payee": False,
    }  # fmt: skip


def test_every_page_is_there_in_both_languages_and_for_elders(app: pages.Compiled) -> None:
    for locale in pages.LOCALES:
        edition = app.editions[locale]
        assert set(edition.pages) == set(app.sources)
        assert set(edition.elder) >= {"home", "transfer", "accounts", "help"}
        assert all(
            app.bodies[name] for name in (*edition.pages.values(), *edition.elder.values(), edition.shell)
        )


@pytest.mark.parametrize("locale", pages.LOCALES)
def test_each_language_is_its_own(app: pages.Compiled, locale: str) -> None:
    for page in app.sources.values():
        zh, en = (pages.resolve(page, one).body.decode() for one in pages.LOCALES)
        assert zh != en, page.id


def test_tabs_lead_to_their_own_pages(app: pages.Compiled) -> None:
    from fengshou.pages.compile import read

    _, shell, _ = read(FOLDER)
    assert shell is not None
    for tab in shell.tabs:
        assert app.sources[tab.page].nav.tab == tab.key
    for tab in shell.elder_tabs:
        page = app.sources[tab.page]
        nav = page.variants.elder.nav if page.variants.elder and page.variants.elder.nav else page.nav
        assert nav.tab == tab.key


def test_every_request_is_one_the_contract_knows(app: pages.Compiled) -> None:
    wrong = []
    for page in app.sources.values():
        for at, part, _, _, _ in members(page):
            for op, sent in _asked(part, page):
                shape = OPS[op]
                if shape is None or sent is None:
                    continue
                missing = {name for name, required in shape.items() if required} - sent
                if missing or sent - set(shape):
                    wrong.append(f"{page.id} {at} {op}: lacks {missing}, has {sent - set(shape)}")
    assert sorted(set(wrong)) == []


def _asked(part: parts.Part, page: pages.Page) -> Iterator[tuple[str, set[str] | None]]:
    """What one part asks of the bank, with the members it sends; None when a whole form goes."""
    for data in (d for d in page.data.values() if d is not None) if part is page else ():
        yield data.op, set(data.args)
    if isinstance(part, a.Submit):
        yield part.op, None if part.args is None else set(part.args) | ({"key"} if part.keyed else set())
    elif isinstance(part, (a.Call, a.Download)):
        yield part.op, set(part.args)
    elif isinstance(part, b.Statement):
        yield part.op, set(part.args) | {"before", "limit"}


def test_money_is_only_moved_under_a_key(app: pages.Compiled) -> None:
    keyed = {op for op, shape in OPS.items() if shape and "key" in shape and op != "texts.get"}
    assert keyed == {"transfer.submit", "me.open_account", "service.begin", "service.act"}
    for page, at, part, name, _ in _parts(app):
        if isinstance(part, (a.Call, a.Submit)) and name == "op" and part.op in keyed:
            assert isinstance(part, a.Submit), f"{page} {at}"
            assert part.keyed, f"{page} {at}"
        elif isinstance(part, a.Submit) and name == "op":
            assert not part.keyed, f"{page} {at}: {part.op} takes no key"


def test_a_link_carries_only_what_its_page_takes(app: pages.Compiled) -> None:
    for page, at, part, name, value in _parts(app):
        if isinstance(part, a.Go) and name == "page" and "{{" not in part.page:
            unknown = set(part.params) - set(app.sources[str(value)].params)
            assert not unknown, f"{page} {at}: {value} takes no {unknown}"


def test_no_tile_is_dead(app: pages.Compiled) -> None:
    tiles = [
        (page, at, part)
        for page, at, part, name, _ in _parts(app)
        if isinstance(part, b.Tile) and name == "tap"
    ]
    assert len(tiles) > 30
    for page, at, tile in tiles:
        assert tile.tap, f"{page} {at}: says nothing when touched"


def test_what_is_not_open_is_marked(app: pages.Compiled) -> None:
    later = {page for page, _, part, _, _ in _parts(app) if isinstance(part, b.Tile) and part.later}
    assert later == {"home", "life"}


def test_the_voice_of_the_house(app: pages.Compiled) -> None:
    for page, at, _, _, value in _parts(app):
        if isinstance(value, parts.Bilingual):
            for said in (value.zh, value.en):
                spoken = re.sub(r"\{\{.*?\}\}", "", said)
                for word in _NEVER:
                    assert word not in spoken, f"{page} {at}: {said!r}"
            assert not re.search(r"[你]", value.zh), f"{page} {at}: say 您"
            bare = re.sub(r"\{\{.*?\}\}|[0-9],[0-9]", "", value.zh)
            assert not re.search(r"[,;?]", bare), f"{page} {at}: half-width signs in {value.zh!r}"


def test_pages_for_whom_nobody_is_signed_in_read_nothing_of_theirs(app: pages.Compiled) -> None:
    doors = {"welcome", "login", "register", "forgot", "lost-phone"}
    doors |= {"terms", "privacy", "help", "about", "check-receipt"}
    open_pages = {page.id for page in app.sources.values() if page.auth == "none"}
    assert open_pages == doors
    for page in (app.sources[door] for door in doors):
        for data in page.data.values():
            assert data.op.split(".")[0] in ("session", "texts", "banks"), f"{page.id}: {data.op}"


def test_every_path_is_in_the_answer_it_is_read_from(app: pages.Compiled) -> None:
    assert {page.id: wrong for page in app.sources.values() if (wrong := shapes.misread(page))} == {}


def test_a_path_that_is_not_there_is_found() -> None:
    row = {"title": "{{lang(item.bank_name)}} {{item.colour}}", "tap": [{"do": "go", "page": "x"}]}
    page = pages.Page.model_validate(
        {
            "id": "x",
            "title": "{{me.customer.nmae}}",
            "data": {"list": {"op": "accounts.list"}},
            "blocks": [{"t": "list", "repeat": "where(list.items, 'bank', 109)", "item": row}],
        }
    )
    assert shapes.misread(page) == [
        "item.colour: AccountShow has no 'colour'",
        "me.customer.nmae: CustomerShow has no 'nmae'",
    ]


def test_requests_fit_the_operations_they_go_to(app: pages.Compiled) -> None:
    wrong = []
    for page in app.sources.values():
        for at, part, _, _, _ in members(page):
            for op, sent in _asked(part, page):
                asks = OPERATIONS.all[op].asks
                names = {field.alias or name for name, field in asks.model_fields.items()}
                if sent is not None and not sent <= names:
                    wrong.append(f"{page.id} {at} {op}: {sorted(sent - names)}")
    assert sorted(set(wrong)) == []

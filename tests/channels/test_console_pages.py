"""Designing and publishing over the wire: a whole way of a page, and of what a bank changes of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fengshou.kernel import CENTRE, Clock, Database, system
from tests.channels.street import CONTENT, XIAOSHAN, App, Street, open_street

Json = dict[str, Any]


@pytest.fixture
async def street(db: Database, clock: Clock, tmp_path: Path) -> AsyncIterator[Street]:
    """The bank with the app's pages live."""
    street = await open_street(db, clock, tmp_path)
    pages = street.doors.pages
    pages.load_pictures(CONTENT / "pages" / "pictures")
    await pages.publish(system(), pages.load(CONTENT / "pages" / "app"))
    yield street
    await street.close()


async def manifest(street: Street, cohort: str = "", kit: int = 2) -> Json:
    answer = await street.app().http.get(
        f"/ui/manifest?locale=zh-CN&kit={kit}&cohort={cohort.replace('+', '%2B')}"
    )
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


async def body(street: Street, page_hash: str) -> str:
    answer = await street.app().http.get(f"/ui/p/{page_hash}.json")
    assert answer.status_code == 200
    return answer.text


async def approved(maker: App, checker: App, item: str, source: Json, **where: Any) -> Json:
    """A version that two people have agreed on."""
    begun = await maker.ask("pages.draft.new", item=item, source=source, **where)
    assert begun["problems"] == []
    await maker.ask("pages.submit_for_review", id=begun["version"]["id"])
    found: Json = (await checker.ask("pages.review", id=begun["version"]["id"], approve=True))["version"]
    assert found["state"] == "approved"
    return found


def notice(zh: str, en: str) -> Json:
    return {"t": "notice", "text": {"zh": zh, "en": en}}


HELLO: Json = {
    "id": "harvest-fair",
    "title": {"zh": "丰收集市", "en": "Harvest fair"},
    "auth": "none",
    "blocks": [notice("周六开市", "Opens on Saturday")],
}


async def test_a_new_page_goes_from_draft_to_open_phones(street: Street) -> None:
    maker, checker = (
        await street.clerk("centre_ops", bank=CENTRE),
        await street.clerk("supervisor", bank=CENTRE),
    )
    assert "harvest-fair" not in (await manifest(street))["pages"]
    version = await approved(maker.desk, checker.desk, "harvest-fair", HELLO)
    lived = await checker.desk.ask("pages.live", id=version["id"])

    assert (lived["version"]["state"], lived["replaced"]) == ("live", None)
    assert "周六开市" in await body(street, (await manifest(street))["pages"]["harvest-fair"])
    steps = await maker.desk.ask("pages.history", id=version["id"])
    assert [row["act"] for row in steps["items"]] == ["draft", "submit", "approve", "live"]

    back = await checker.desk.ask("pages.roll_back", item="harvest-fair")
    assert back == {"version": None}
    assert "harvest-fair" not in (await manifest(street))["pages"]


async def test_who_made_a_page_does_not_check_it(street: Street) -> None:
    both = await street.clerk("supervisor", bank=CENTRE)
    begun = await both.desk.ask("pages.draft.new", item="harvest-fair", source=HELLO)
    await both.desk.ask("pages.submit_for_review", id=begun["version"]["id"])
    said = await both.desk.refused("pages.review", 403, id=begun["version"]["id"], approve=True)
    assert said["code"] == "PAGES.SAME_HANDS"
    await both.desk.refused("pages.live", 409, id=begun["version"]["id"])

    other = await street.clerk("supervisor", bank=XIAOSHAN)
    assert (await other.desk.refused("pages.review", 404, id=begun["version"]["id"], approve=True))[
        "code"
    ] == ("PAGES.VERSION_MISSING")


async def test_a_draft_with_problems_says_what_to_do_and_goes_nowhere(street: Street) -> None:
    maker = await street.clerk("centre_ops", bank=CENTRE)
    wrong = {
        **HELLO,
        "blocks": [
            {
                "t": "buttons",
                "items": [{"text": {"zh": "去", "en": "Go"}, "tap": [{"do": "go", "page": "nowhere"}]}],
            }
        ],
    }
    begun = await maker.desk.ask("pages.draft.new", item="harvest-fair", source=wrong)
    (problem,) = begun["problems"]

    assert (problem["at"], problem["code"]) == ("blocks[0].items[0].tap[0].page", "page_missing")
    assert all(problem["todo"].values())
    said = await maker.desk.refused("pages.submit_for_review", 422, id=begun["version"]["id"])
    assert said["code"] == "PAGES.LINT_FAILED"

    saved = await maker.desk.ask("pages.draft.save", id=begun["version"]["id"], revision=1, source=HELLO)
    assert (saved["version"]["revision"], saved["problems"]) == (2, [])
    stale = await maker.desk.refused(
        "pages.draft.save", 409, id=begun["version"]["id"], revision=1, source=HELLO
    )
    assert stale["code"] == "PAGES.DRAFT_CHANGED"


@pytest.mark.parametrize(
    "source",
    [
        {**HELLO, "title": {"zh": "<script>1</script>", "en": "x"}},
        {**HELLO, "blocks": [notice("java\tscript:alert(1)", "x")]},
        {**HELLO, "state": {"form": {"__proto__": 1}}},
        {**HELLO, "state": {"constructor": 1}},
    ],
)
async def test_hostile_sources_are_not_even_kept(street: Street, source: Json) -> None:
    maker = await street.clerk("centre_ops", bank=CENTRE)

    assert (await maker.desk.refused("pages.draft.new", 422, item="harvest-fair", source=source))["code"] == (
        "PAGES.SOURCE_REFUSED"
    )


async def test_a_bank_changes_nothing_of_how_a_customer_proves_who_they_are(street: Street) -> None:
    own = await street.clerk("teller")
    hidden = {"page": "prove", "blocks": [{"at": "blocks[0]", "do": "hide"}], "texts": []}
    said = await own.desk.refused("pages.draft.new", 422, item="prove", source=hidden)
    assert said["facts"]["field"] == "item"

    centre = await street.clerk("centre_ops", bank=CENTRE)
    source = (await centre.desk.ask("pages.source", item="prove"))["source"]
    lacking = {**source, "foot": [{"t": "spacer"}]}
    begun = await centre.desk.ask("pages.draft.new", item="prove", source=lacking)
    assert {one["code"] for one in begun["problems"]} == {"proof_lacking"}
    proved = [{"t": "buttons", "items": [{"text": {"zh": "行", "en": "Go"}, "tap": [{"do": "proved"}]}]}]
    begun = await centre.desk.ask("pages.draft.new", item="harvest-fair", source={**HELLO, "blocks": proved})
    assert {one["code"] for one in begun["problems"]} == {"proved_elsewhere"}


async def test_a_bank_changes_one_block_without_forking_the_page(street: Street) -> None:
    maker, checker = await street.clerk("teller"), await street.clerk("supervisor")
    source = (await maker.desk.ask("pages.source", item="credit"))["source"]
    assert source == {"page": "credit", "blocks": [], "texts": []}
    override = {
        "page": "credit",
        "blocks": [
            {"at": "blocks[1]", "do": "after", "block": notice("本行周三放款咨询", "Ask us on Wednesdays")}
        ],
        "texts": [{"at": "title", "text": {"zh": "萧山信贷", "en": "Xiaoshan credit"}}],
    }
    version = await approved(maker.desk, checker.desk, "credit", override)
    await checker.desk.ask("pages.live", id=version["id"])

    own, all_ = await manifest(street, "109"), await manifest(street)
    assert own["pages"]["credit"] != all_["pages"]["credit"]
    assert {k: v for k, v in own["pages"].items() if k != "credit"} == {
        k: v for k, v in all_["pages"].items() if k != "credit"
    }
    shown = json.loads(await body(street, own["pages"]["credit"]))
    assert (shown["title"], shown["blocks"][2]["text"]) == ("萧山信贷", "本行周三放款咨询")
    assert (await manifest(street, "523"))["pages"] == all_["pages"]

    theme = await approved(maker.desk, checker.desk, "theme", {"theme": "haitang"})
    await checker.desk.ask("pages.live", id=theme["id"])
    assert ((await manifest(street, "109"))["theme"], (await manifest(street))["theme"]) == ("haitang", None)


async def test_a_branch_lies_over_its_bank_and_the_bank_over_the_province(street: Street) -> None:
    """Each layer changes its own words; those of the layers below show through."""
    centre = await street.clerk("centre_ops", bank=CENTRE), await street.clerk("supervisor", bank=CENTRE)
    bank = await street.clerk("teller"), await street.clerk("supervisor")
    three = {**HELLO, "blocks": [notice("省", "Province"), notice("市", "Bank"), notice("支行", "Branch")]}
    page = await approved(centre[0].desk, centre[1].desk, "harvest-fair", three)
    await centre[1].desk.ask("pages.live", id=page["id"])

    async def over(at: int, zh: str, en: str, **where: Any) -> Json:
        source = {"page": "harvest-fair", "blocks": [], "texts": []}
        text = {"at": f"blocks[{at}].text", "text": {"zh": zh, "en": en}}
        version = await approved(
            bank[0].desk, bank[1].desk, "harvest-fair", {**source, "texts": [text]}, **where
        )
        await bank[1].desk.ask("pages.live", id=version["id"])
        return version

    async def read(cohort: str) -> list[str]:
        shown = await body(street, (await manifest(street, cohort))["pages"]["harvest-fair"])
        return [block["text"] for block in json.loads(shown)["blocks"]]

    await over(1, "萧山农商银行", "Xiaoshan bank")
    branch = await over(2, "临浦支行", "Linpu branch", branch="002")

    assert await read("") == ["省", "市", "支行"]
    assert await read("109") == ["省", "萧山农商银行", "支行"]
    assert await read("109.002") == ["省", "萧山农商银行", "临浦支行"]
    assert await read("109.003") == await read("109")
    assert await read("523.002") == await read("")

    newer = {**three, "blocks": [notice("新省", "New province"), *three["blocks"][1:]]}
    page = await approved(centre[0].desk, centre[1].desk, "harvest-fair", newer)
    await centre[1].desk.ask("pages.live", id=page["id"])
    assert await read("109.002") == ["新省", "萧山农商银行", "临浦支行"]

    await bank[1].desk.ask("pages.retire", id=branch["id"])
    assert await read("109.002") == ["新省", "萧山农商银行", "支行"]


async def test_search_finds_for_each_reader_just_what_their_phone_opens(street: Street) -> None:
    centre = await street.clerk("centre_ops", bank=CENTRE), await street.clerk("supervisor", bank=CENTRE)
    inside, outside = await street.citizen(), await street.citizen(bank=523)
    version = await approved(centre[0].desk, centre[1].desk, "harvest-fair", HELLO)
    await centre[1].desk.ask("pages.gray", id=version["id"], gray={"banks": [XIAOSHAN]})

    async def found(app: App, **how: Any) -> bool:
        items = (await app.ask("search.find", query="丰收集市", **how))["items"]
        return "harvest-fair" in [one["page"] for one in items]

    cohort = (await inside.app.ask("pages.cohort"))["cohort"]
    assert await found(inside.app)
    assert not await found(outside.app)
    assert not await found(outside.app, cohort=cohort)
    assert not await found(street.app())

    await centre[1].desk.ask("pages.roll_back", item="harvest-fair")
    assert not await found(inside.app)


async def test_a_gray_run_reaches_some_and_ends_by_itself_when_it_fails(street: Street) -> None:
    maker, checker = (
        await street.clerk("centre_ops", bank=CENTRE),
        await street.clerk("supervisor", bank=CENTRE),
    )
    citizen, stranger = await street.citizen(), await street.citizen(bank=523)
    version = await approved(maker.desk, checker.desk, "harvest-fair", HELLO)
    empty = await checker.desk.refused("pages.gray", 422, id=version["id"], gray={})
    assert empty["code"] == "PAGES.GRAY_EMPTY"
    gray = {"banks": [XIAOSHAN], "opens_least": 5, "error_rate_max": "0.2"}
    await checker.desk.ask("pages.gray", id=version["id"], gray=gray)

    mine = (await citizen.app.ask("pages.cohort"))["cohort"]
    shown = await manifest(street, mine)
    assert "harvest-fair" in shown["pages"]
    assert (
        "harvest-fair"
        not in (await manifest(street, (await stranger.app.ask("pages.cohort"))["cohort"]))["pages"]
    )

    page = shown["pages"]["harvest-fair"]
    await citizen.app.ask("pages.report", items=[{"page": page, "opens": 5, "errors": 1}])
    assert await street.doors.pages.health.watch() == []
    (version,) = (await checker.desk.ask("pages.versions", item="harvest-fair"))["items"]
    assert version["health"] == {"opens": 5, "errors": 1, "rate": "0.2000"}

    await citizen.app.ask("pages.report", items=[{"page": page, "opens": 50, "errors": 50}])
    (stopped,) = await street.doors.pages.health.watch()
    assert stopped.item == "harvest-fair"
    (version,) = (await checker.desk.ask("pages.versions", item="harvest-fair"))["items"]
    assert (version["state"], version["stopped"]) == ("approved", "6 of 10 openings failed, over 0.2")
    assert "harvest-fair" not in (await manifest(street, mine))["pages"]


async def test_a_switch_reaches_phones_at_once(street: Street) -> None:
    checker = await street.clerk("supervisor", bank=CENTRE)
    await checker.desk.ask("pages.kill", name="qr", reason="codes are misread")

    assert (await manifest(street))["kill"] == ["qr"]
    await checker.desk.ask("pages.unkill", name="qr")
    assert (await manifest(street))["kill"] == []


async def test_the_designer_has_its_palette_and_its_pickers(street: Street) -> None:
    desk = (await street.clerk("teller")).desk
    known = await desk.ask("blocks.registry")
    assert len(known["blocks"]) == 45
    assert [c["value"] for c in (await desk.ask("pages.pick", what="picture", query="茶"))["items"]] == [
        "tea"
    ]
    assert (await desk.ask("pages.try", expr="fen(a.b)", scope={"a": {"b": 120000}})) == {
        "value": "1,200.00", "text": "1,200.00", "error": None, "names": ["a"],
    }  # fmt: skip
    assert (await desk.ask("pages.try", expr="1 +", scope={}))["error"]["en"] == "ended too early"
    assert "items" in (await desk.ask("pages.samples", ops=["orders.list"]))["items"].get(
        "orders.list", {"items": 1}
    )


async def test_a_draft_is_looked_at_before_anybody_else_sees_it(street: Street) -> None:
    maker = await street.clerk("centre_ops", bank=CENTRE)
    shown = await maker.desk.ask("pages.preview", item="harvest-fair", source=HELLO)

    assert shown["pages"]["zh-CN"]["blocks"][0]["text"] == "周六开市"
    answer = await maker.desk.http.get(f"/ui/manifest?preview={shown['token']}&locale=en&kit=2")
    assert "Opens on Saturday" in await body(street, answer.json()["pages"]["harvest-fair"])
    assert "harvest-fair" not in (await manifest(street))["pages"]
    assert (await maker.desk.http.get("/ui/manifest?preview=none")).status_code == 404


async def test_differences_are_told_in_words(street: Street) -> None:
    maker = await street.clerk("centre_ops", bank=CENTRE)
    source = (await maker.desk.ask("pages.source", item="credit"))["source"]
    source["title"] = {"zh": "贷款", "en": "Loans"}
    begun = await maker.desk.ask("pages.draft.new", item="credit", source=source)
    found = await maker.desk.ask("pages.diff", left={"item": "credit"}, right=begun["version"]["id"])

    (row,) = found["items"]
    assert (row["at"], row["change"], row["words"]["zh"]) == (
        "title",
        "changed",
        "标题：从「信贷 / Credit」改成「贷款 / Loans」",
    )

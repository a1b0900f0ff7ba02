"""A bank's desk of cases over HTTP: from the phone to the hand, four eyes, one claim of two, each bank for itself."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from fengshou.kernel import system
from tests.channels.street import ANJI, CONTENT, PICTURE, XIAOSHAN, Citizen, Clerk, Street, key

CARD = "social.card.replace"
FORM = {"why": "lost", "take": "branch", "phone": "13800001111"}


@pytest.fixture
async def citizen(street: Street) -> Citizen:
    """Somebody of Xiaoshan."""
    return await street.citizen("卓一禾")


async def card(street: Street, citizen: Citizen) -> str:
    """A new card, applied for; how that is proved on the phone has tests of its own."""
    services, who = street.doors.services, citizen.who
    moved = await services.begin(who, CARD, uuid4(), {"form": FORM})
    await services.act(who, moved.run, "submit", uuid4(), {})
    return str(moved.run)


async def do(clerk: Clerk, case: str, act: str, **body: Any) -> str:
    """An act at the desk; where it leads."""
    state: str = (await clerk.desk.ask(f"desk.{act}", id=case, key=key(), **body))["state"]
    return state


async def test_a_case_is_sent_back_mended_and_approved_by_two(street: Street, citizen: Citizen) -> None:
    teller, other = await street.clerk("teller"), await street.clerk("teller")
    case = await card(street, citizen)

    assert case in [one["id"] for one in (await teller.desk.ask("desk.cases", scope="free"))["items"]]
    await do(teller, case, "claim")
    assert await do(teller, case, "send_back", name="take", why="要本人来领") == "returned"
    assert [row["text"]["zh"] for row in (await teller.desk.ask("desk.case", id=case))["fix"]] == [
        "要本人来领"
    ]
    mended = {"take": "post", "address": "文晖路 12 号 3 幢"}
    await street.doors.services.act(citizen.who, UUID(case), "mend", uuid4(), {"form": mended})
    assert await do(teller, case, "pass", note="照片合格") == "in_review"
    await do(teller, case, "claim")
    assert await do(teller, case, "decide", verdict="approved") == "deciding"
    own = await teller.desk.refused("desk.agree", 403, id=case, key=key())
    assert await do(other, case, "agree") == "approved"
    assert await do(other, case, "deliver", number="A7788") == "delivered"

    assert own["code"] == "SERVICES.FOUR_EYES"
    shown = await teller.desk.ask("desk.case", id=case)
    told = [(one["text"]["zh"], one["who"]["zh"], one["where"]["zh"]) for one in shown["story"]]
    assert told[0] == ("发给客户", "陈玉", "就近办·总行营业部")
    assert ("补正后交回", "客户", "掌上办") in told
    assert "文晖路 12 号 3 幢" in [row["text"]["zh"] for row in shown["rows"]]


async def test_a_clerk_mends_for_who_stands_at_the_counter(street: Street, citizen: Citizen) -> None:
    case, teller, other = (
        await card(street, citizen),
        await street.clerk("teller"),
        await street.clerk("teller"),
    )
    await do(teller, case, "claim")
    await other.desk.refused("desk.mend", 409, id=case, key=key(), value="lost")
    await do(teller, case, "send_back", name="why", why="是丢了还是坏了？")
    shown = await other.desk.ask("desk.case", id=case)

    await other.desk.refused("desk.mend", 422, id=case, key=key(), value="eaten")
    state = await do(other, case, "mend", value="broken")

    assert ([one["value"] for one in shown["mend"]["options"]], "mend" in shown["can"]) == (
        ["lost", "broken", "changed"], True,
    )  # fmt: skip
    after = await other.desk.ask("desk.case", id=case)
    assert (state, after["rows"][0]["text"]["zh"], after["fix"], after["mend"]) == (
        "submitted",
        "损坏",
        [],
        None,
    )
    assert after["story"][0]["who"]["zh"] == "陈玉"


async def test_what_a_clerk_may_do_is_what_they_are_offered(street: Street, citizen: Citizen) -> None:
    teller, other, chief = [await street.clerk(role) for role in ("teller", "teller", "supervisor")]
    case = await card(street, citizen)

    async def can(clerk: Clerk) -> list[str]:
        return sorted((await clerk.desk.ask("desk.case", id=case))["can"])

    assert (await can(teller), await can(chief)) == (["claim", "switch"], ["switch"])
    await do(teller, case, "claim")
    assert await can(teller) == ["decide", "hand_on", "pass", "send_back", "switch"]
    assert (await can(other), await can(chief)) == (["switch"], ["hand_on", "switch"])
    await do(teller, case, "pass")
    await do(teller, case, "claim")
    assert await can(teller) == ["approve", "decide", "hand_on", "send_back", "switch"]
    await do(teller, case, "decide", verdict="approved")
    assert (await can(teller), await can(other)) == ([], ["agree", "differ"])
    assert await can(chief) == ["agree", "differ"]


async def test_two_who_claim_at_once_are_one(street: Street, citizen: Citizen) -> None:
    clerks = [await street.clerk("teller") for _ in range(4)]
    case = await card(street, citizen)

    said = await asyncio.gather(*(one.desk.post("desk.claim", id=case, key=key()) for one in clerks))

    assert sorted(one.status_code for one in said) == [200, 409, 409, 409]
    assert {one.json()["code"] for one in said if one.status_code == 409} == {"SERVICES.CLAIMED_ALREADY"}


async def test_another_bank_sees_and_does_nothing(street: Street, citizen: Citizen) -> None:
    case = await card(street, citizen)
    local, strange = await street.clerk("teller"), await street.clerk("teller", "supervisor", bank=ANJI)
    centre = await street.clerk("centre_ops", bank=1)

    for clerk in (strange, centre):
        assert case not in [one["id"] for one in (await clerk.desk.ask("desk.cases", scope="all"))["items"]]
        await clerk.desk.refused("desk.case", 404, id=case)
        for act in ("claim", "agree"):
            await clerk.desk.refused(f"desk.{act}", 404, id=case, key=key())
        bulk = await clerk.desk.ask("desk.bulk", ids=[case], act="claim", key=key())
        assert (bulk["done"], [one["id"] for one in bulk["refused"]]) == (0, [case])
    await do(local, case, "claim")
    await local.desk.refused("desk.hand_on", 404, id=case, key=key(), to=str(strange.id))


async def test_a_case_is_found_by_number_mobile_and_name(street: Street, citizen: Citizen) -> None:
    case, teller = await card(street, citizen), await street.clerk("teller")
    number = (await teller.desk.ask("desk.case", id=case))["number"]

    for query in (number, number.lower(), citizen.phone):
        found = (await teller.desk.ask("desk.cases", query=query))["items"]
        assert [(one["id"], one["customer_masked"]) for one in found] == [(case, "卓*禾")]
    assert case in [one["id"] for one in (await teller.desk.ask("desk.cases", query="卓一禾"))["items"]]
    assert (await teller.desk.ask("desk.cases", query="13700000000"))["items"] == []


async def test_many_at_once_and_the_end_of_a_shift(street: Street, citizen: Citizen) -> None:
    teller, other = await street.clerk("teller"), await street.clerk("teller")
    cases, once = [await card(street, citizen) for _ in range(3)], key()
    await do(other, cases[2], "claim")

    taken = await teller.desk.ask("desk.bulk", ids=cases, act="claim", key=once)
    again = await teller.desk.ask("desk.bulk", ids=cases, act="claim", key=once)
    over = await teller.desk.ask("desk.hand_over", to=str(other.id), key=key())

    assert taken == again
    assert (taken["done"], [one["id"] for one in taken["refused"]]) == (2, [cases[2]])
    assert taken["refused"][0]["text"]["zh"] == "同事已经在办这一件了"
    assert (over["done"], over["refused"]) == (2, [])
    mine = [one["id"] for one in (await other.desk.ask("desk.cases", scope="mine"))["items"]]
    assert set(cases) <= set(mine)
    assert str(other.id) in [one["value"] for one in (await teller.desk.ask("desk.colleagues"))["items"]]


async def test_a_case_goes_only_to_whom_its_stage_is_for(street: Street, citizen: Citizen) -> None:
    case, teller = await card(street, citizen), await street.clerk("teller")
    auditor, chief = await street.clerk("auditor"), await street.clerk("supervisor")
    await do(teller, case, "claim")

    refused = await teller.desk.refused("desk.hand_on", 403, id=case, key=key(), to=str(auditor.id))
    bulk = await teller.desk.ask("desk.hand_over", to=str(auditor.id), key=key())
    offered = [one["value"] for one in (await teller.desk.ask("desk.colleagues"))["items"]]
    await do(teller, case, "hand_on", to=str(chief.id))

    assert (refused["code"], bulk["done"]) == ("PARTY.ROLE_MISSING", 0)
    assert (str(chief.id) in offered, str(auditor.id) in offered) == (True, False)
    assert (await chief.desk.ask("desk.case", id=case))["mine"]


async def test_looking_at_a_case_and_its_papers_is_written_down(street: Street, citizen: Citizen) -> None:
    teller, auditor = await street.clerk("teller"), await street.clerk("auditor")
    papers = await citizen.app.ask("service.upload", service=CARD, files=[PICTURE])
    case = await card(street, citizen)
    async with street.doors.db.work(XIAOSHAN, citizen.who) as work:
        await street.doors.files.attach(work, [UUID(one) for one in papers["ids"]], UUID(case), citizen.id)

    shown = await teller.desk.ask("desk.case", id=case)
    paper = await teller.desk.ask("desk.file", run=case, id=papers["ids"][0])

    assert [one["name"] for one in shown["files"]] == ["漏水.png"]
    assert paper["media_type"] == "image/png"
    seen = (await auditor.desk.ask("audit.page", act="console.", actor=str(teller.id)))["items"]
    assert [(one["act"], one["subject"]) for one in seen] == [
        ("console.paper_seen", case), ("console.case_seen", str(citizen.id)),
    ]  # fmt: skip
    stranger = await street.clerk("teller", bank=ANJI)
    await stranger.desk.refused("desk.file", 404, run=case, id=papers["ids"][0])


async def test_the_board_and_the_numbers_of_a_bank(street: Street, citizen: Citizen) -> None:
    teller, chief = await street.clerk("teller"), await street.clerk("supervisor")
    before = await chief.desk.ask("desk.numbers")
    case = await card(street, citizen)
    await do(teller, case, "claim")
    await do(teller, case, "decide", verdict="refused", why="没有这个人")

    board, after = await teller.desk.ask("desk.board"), await chief.desk.ask("desk.numbers", days="30")

    assert board["mine"] == 0
    assert after["runs"] - before["runs"] == 1
    row = next(one for one in after["items"] if one["id"] == CARD)
    assert (row["name"]["zh"], row["refused"] >= 1, row["in_time_bp"]) == ("社保卡补换", True, 10_000)
    await teller.desk.refused("desk.numbers", 403)


async def test_a_desk_is_a_page_for_whom_it_is_open(street: Street) -> None:
    teller, auditor = await street.clerk("teller"), await street.clerk("auditor")

    tiles = (await teller.desk.ask("desks.list"))["items"]
    shown = await teller.desk.ask("desks.page", key="cases")

    assert "cases" in [one["key"] for one in tiles]
    assert [one["order"] for one in tiles] == sorted(one["order"] for one in tiles)
    assert (shown["page"]["surface"], shown["page"]["id"], len(shown["hash"])) == (
        "console",
        "desk/cases",
        64,
    )
    assert "cases" not in [one["key"] for one in (await auditor.desk.ask("desks.list"))["items"]]
    await auditor.desk.refused("desks.page", 404, key="cases")
    await teller.desk.refused("desks.page", 404, key="nowhere")


async def test_a_new_desk_comes_to_a_running_bank_with_content_alone(street: Street, tmp_path: Path) -> None:
    teller = await street.clerk("teller")
    before = [one["key"] for one in (await teller.desk.ask("desks.list"))["items"]]
    guide = (CONTENT.parent / "docs" / "guides" / "desks.md").read_text("utf-8")
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    (folder / "desks" / "looks.yaml").write_text(guide.split("```yaml\n")[1].split("```")[0], "utf-8")
    try:
        await street.doors.catalog.load_release(folder, system())
        after = [one["key"] for one in (await teller.desk.ask("desks.list"))["items"]]
        page = (await teller.desk.ask("desks.page", key="looks"))["page"]
        rows = await teller.desk.ask("proposals.list", limit=page["blocks"][-1]["kids"][-1]["page_size"])
    finally:
        await street.doors.catalog.load_release(CONTENT, system())

    assert (set(after) - set(before), rows["next"]) == ({"looks"}, None)


async def test_a_desk_that_names_what_the_console_lacks_is_not_published(
    street: Street, tmp_path: Path
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(CONTENT, folder)
    file = folder / "desks" / "audit.yaml"
    file.write_text(file.read_text("utf-8").replace("op: audit.page", "op: audit.everything", 1), "utf-8")

    found = street.doors.catalog.check(folder)

    assert [one for one in map(str, found) if "audit.everything" in one]

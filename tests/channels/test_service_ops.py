"""Services over HTTP: a repair told and followed, a case with consent and proof, papers, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from fengshou.channels.app.search_services import services_of
from tests.channels.street import PASSWORD, PICTURE, REPAIR, XIAOSHAN, Citizen, Street, key

RENT = {
    "household": "single", "address": "文晖路 12 号 3 幢 502", "monthly_rent": "2600", "since": "2026-01-01",
    "pay": "quarter", "promise": True,
}  # fmt: skip
RENT_DRAW = "gov.gjj.rent_draw"


@pytest.fixture
async def citizen(street: Street) -> Citizen:
    """Somebody of Xiaoshan."""
    return await street.citizen()


async def test_a_repair_is_told_once_and_seen_with_its_story(citizen: Citizen) -> None:
    app, once = citizen.app, key()
    page = {one["key"]: one for one in (await app.ask("service.list", cloud="community"))["items"]}
    opened = await app.ask("service.open", service="prop.repair.repair")

    begun = await app.ask("service.begin", key=once, service="prop.repair.repair", form=REPAIR)
    again = await app.ask("service.begin", key=once, service="prop.repair.repair", form=REPAIR)
    run = await app.ask("service.run", id=begun["id"])

    assert page["prop.repair.repair"]["page"] == "s-prop-repair-repair"
    assert opened["offered"]
    assert again == begun
    assert [row["text"]["zh"] for row in run["rows"]] == ["水管漏水", "3 幢 502 厨房", "水槽下面一直滴水"]
    assert run["moments"][0]["text"]["zh"] == "已报上去"
    assert [one["id"] for one in (await app.ask("service.runs"))["items"]] == [begun["id"]]


async def test_what_is_wrong_is_said_in_both_languages_and_nothing_is_kept(citizen: Citizen) -> None:
    short = {**REPAIR, "what": "漏"}

    told = await citizen.app.refused(
        "service.begin", 422, key=key(), service="prop.repair.repair", form=short
    )

    assert told["facts"]["field"] == "what"
    assert told["messages"] == {
        "zh": "说说情况：至少写 4 个字",
        "en": "What happened: needs at least 4 characters",
    }
    assert (await citizen.app.ask("service.runs"))["items"] == []


async def test_a_case_takes_consent_then_proof_of_this_very_form(street: Street, citizen: Citizen) -> None:
    app = citizen.app
    wish: dict[str, Any] = {"key": key(), "service": RENT_DRAW, "form": RENT}

    unasked = await app.refused("service.begin", 403, **wish)
    unproved = await app.refused("service.begin", 401, **wish, agree=True)

    assert unasked["code"] == "SERVICES.CONSENT_NEEDED"
    assert unproved["code"] == "ACCESS.STEP_UP"
    assert unproved["facts"]["level"] == 2
    given = (await app.ask("me.consents"))["items"]
    assert [
        (one["purpose"], one["version"]) for one in given if one["purpose"] == f"service.{RENT_DRAW}"
    ] == [(f"service.{RENT_DRAW}", "id_number+name+phone")]
    assert (await app.ask("service.runs"))["items"] == []


async def prove(street: Street, citizen: Citizen, order: str) -> None:
    """Password and code for an act."""
    await citizen.app.ask("stepup.password", order_id=order, password=PASSWORD)
    await citizen.app.ask("stepup.sms", order_id=order)
    await citizen.app.ask("stepup.code", order_id=order, code=street.carrier.code(citizen.phone))


async def test_proof_for_one_form_is_none_for_another(street: Street, citizen: Citizen) -> None:
    app, wish = citizen.app, {"key": key(), "service": RENT_DRAW, "form": RENT, "agree": True}
    order = (await app.refused("service.begin", 401, **wish))["facts"]["order_id"]
    await prove(street, citizen, order)

    other = await app.refused("service.begin", 401, **{**wish, "form": {**RENT, "monthly_rent": "9000"}})
    done = await app.ask("service.begin", **wish)
    another = await app.refused("service.begin", 401, **{**wish, "key": key()})

    assert other["code"] == another["code"] == "ACCESS.STEP_UP"
    assert done["state"] == "submitted"


async def test_a_draft_is_kept_and_dropped_without_proof(citizen: Citizen) -> None:
    app = citizen.app
    kept = await app.ask(
        "service.begin", key=key(), service=RENT_DRAW, form={"household": "single"}, save=True
    )
    shown = await app.ask("service.run", id=kept["id"])

    dropped = await app.ask("service.act", key=key(), id=kept["id"], act="discard")

    assert (shown["state"], shown["form"], shown["can"]) == (
        "draft",
        {"household": "single"},
        ["submit", "discard", "switch"],
    )
    assert dropped["state"] == "forgotten"


async def test_what_only_others_may_do_is_refused_to_its_owner(citizen: Citizen) -> None:
    app = citizen.app
    begun = await app.ask("service.begin", key=key(), service="prop.repair.repair", form=REPAIR)

    clerks = await app.refused("service.act", 403, key=key(), id=begun["id"], act="said")
    never = await app.refused("service.act", 422, key=key(), id=begun["id"], act="nonsense")
    late = await app.refused("service.act", 409, key=key(), id=begun["id"], act="rate", stars="5")

    assert [one["code"] for one in (clerks, never, late)] == [
        "SERVICES.NOT_YOURS", "SERVICES.ACT_UNKNOWN", "SERVICES.NOT_NOW",
    ]  # fmt: skip


async def test_a_file_is_scanned_kept_and_opened_by_a_link_that_ends(
    street: Street, citizen: Citizen
) -> None:
    app = citizen.app
    kept = await app.ask("service.upload", service="prop.repair.repair", files=[PICTURE])
    link = await app.ask("service.link", id=kept["ids"][0])
    seen = await app.ask("service.file", link=link["link"])

    forged = await app.refused("service.file", 404, link=link["link"][:-4] + "AAAA")
    street.looker.says = "away"
    away = await app.refused("service.upload", 503, service="prop.repair.repair", files=[PICTURE])
    street.looker.says = "found"
    found = await app.refused("service.upload", 422, service="prop.repair.repair", files=[PICTURE])
    street.looker.says = "clean"
    text = {"name": "a.png", "media_type": "image/png", "base64": "aGVsbG8gd29ybGQ="}
    unread = await app.refused("service.upload", 422, service="prop.repair.repair", files=[text])

    assert seen["media_type"] == "image/png"
    assert [one["code"] for one in (forged, away, found, unread)] == [
        "SERVICES.FILE_MISSING", "SERVICES.SCANNER_AWAY", "SERVICES.FILE_INFECTED", "SERVICES.FILE_UNKNOWN",
    ]  # fmt: skip


async def test_a_strangers_file_is_not_handed_in(street: Street, citizen: Citizen) -> None:
    other = await street.citizen("林小禾")
    kept = await other.app.ask("service.upload", service=RENT_DRAW, files=[PICTURE])

    told = await citizen.app.refused(
        "service.begin",
        404,
        key=key(),
        service=RENT_DRAW,
        form=RENT,
        agree=True,
        files={"lease": kept["ids"]},
    )

    assert told["code"] == "SERVICES.FILE_MISSING"


async def test_what_the_bank_knows_is_told_only_after_a_yes(citizen: Citizen) -> None:
    opened = await citizen.app.ask("service.open", service=RENT_DRAW)
    unsaid = await citizen.app.ask("service.prefill", service=RENT_DRAW, agree=False)

    assert set(opened["me"]) == {"age", "gender"}
    assert unsaid["form"] == {}


@pytest.mark.parametrize("typed", ["报修", "baoxiu", "bsbx", "baoshibaoxu", "漏水", "Report a repair"])
async def test_a_service_is_found_by_sound_initials_and_other_words(street: Street, typed: str) -> None:
    found = services_of(street.doors, XIAOSHAN).find(typed, 12)

    assert "s-prop-repair-repair" in [hit.place.page for hit in found]


async def test_papers_stand_with_the_run_they_were_handed_in_with(street: Street, citizen: Citizen) -> None:
    app = citizen.app
    kept = await app.ask("service.upload", service=RENT_DRAW, files=[PICTURE])
    wish = {"key": key(), "service": RENT_DRAW, "form": RENT, "agree": True, "files": {"lease": kept["ids"]}}
    await prove(street, citizen, (await app.refused("service.begin", 401, **wish))["facts"]["order_id"])

    begun = await app.ask("service.begin", **wish)

    run = await app.ask("service.run", id=begun["id"])
    assert [(one["id"], one["name"]) for one in run["files"]] == [(kept["ids"][0], "漏水.png")]

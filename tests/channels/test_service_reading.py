"""Reading over HTTP, and runs in words: what is new, what was acknowledged, bills, certificates, places near."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import yaml

from fengshou.channels.app import service_shapes as shapes
from fengshou.services import Definition, RunView
from tests.channels.street import CONTENT, Citizen, Street, key

NOTICE = "community.notice"


@pytest.fixture
async def citizen(street: Street) -> Citizen:
    """Somebody of Xiaoshan."""
    return await street.citizen()


def definition(file: str, service: str) -> Definition:
    """A service of the content."""
    items = yaml.safe_load((CONTENT / f"services/{file}.yaml").read_text("utf-8"))["items"]
    return Definition.model_validate(next(one for one in items if one["key"] == service))


def shown(one: Definition, state: str, form: dict[str, Any], **facts: Any) -> shapes.RunShow:
    """A run of it as its owner sees it."""
    acts = one.machine.open_acts(state, "customer")
    view = RunView(
        UUID(int=7), one.key, state, 1, acts, form, facts, datetime(2026, 11, 24, tzinfo=UTC), one,
    )  # fmt: skip
    return shapes.run_of(view, ())


async def test_a_notice_is_new_then_opened_then_acknowledged(citizen: Citizen) -> None:
    app = citizen.app

    async def states() -> dict[str, str]:
        shelf = (await app.ask("service.open", service=NOTICE))["shelf"]
        return {one["name"]: one["state"] for one in shelf}

    before = await states()
    form = {"item": "fraud_alert"}
    begun = [await app.ask("service.begin", key=key(), service=NOTICE, form=form) for _ in range(2)]
    opened, run = await states(), await app.ask("service.run", id=begun[0]["id"])
    await app.ask("service.act", key=key(), id=begun[0]["id"], act="acknowledge")

    assert before["fraud_alert"] == "new"
    assert begun[0] == begun[1]
    assert opened == {**before, "fraud_alert": "published"}
    assert run["article"]["zh"].startswith("## 警惕冒充物业收费的诈骗电话\n\n")
    assert (run["rows"], [touch["act"] for touch in run["touches"]]) == ([], ["acknowledge"])
    assert await states() == {**before, "fraud_alert": "acknowledged"}
    assert (await app.ask("service.open", service="prop.repair.repair"))["shelf"] == []


@pytest.mark.parametrize("item", ["elder_check", "no_such"])
async def test_what_is_not_published_to_me_is_not_found(citizen: Citizen, item: str) -> None:
    told = await citizen.app.refused("service.begin", 404, key=key(), service=NOTICE, form={"item": item})
    assert told["code"] == "SERVICES.NOT_PUBLISHED"
    assert told["messages"]["zh"]


def test_bills_are_read_before_they_are_paid() -> None:
    bills = [
        {"bill": "B1", "period": "2026-09", "fen": 4_000, "late_fen": 20, "due_on": "2026-10-25",
         "label_zh": "2026-09 水费", "label_en": "Water 2026-09"},
        {"bill": "B2", "period": "2026-10", "fen": 5_000, "late_fen": 0, "due_on": None,
         "label_zh": "", "label_en": ""},
    ]  # fmt: skip
    run = shown(definition("community/bills", "community.bill.water"), "owed", {"bills": bills}, fen=9_020)

    assert [(one.title.zh, one.fen) for one in run.records] == [("2026-09 水费", 4_020), ("2026-10", 5_000)]
    assert run.records[0].note.zh == "最晚 2026-10-25，含滞纳金 0.20 元"
    assert run.records[1].note.en == ""
    assert [touch.asks.en for touch in run.touches] == ["Pay ¥90.20 now?"]


def test_a_certificate_shows_what_its_definition_names_and_hides_numbers() -> None:
    claims = {"name": "周明", "id_number": "330109198601010011", "base_fen": 612_300, "secret": "x"}
    one = definition("government/cert", "gov.shebao.proof")
    run = shown(one, "presented", {"claims": claims, "code": "FSZZ1"}, number="DZ7", valid_until="2027-11-24")

    assert [row.text.zh for row in run.outcome] == ["周明", "3301**********0011", "¥6,123.00", "2027-11-24"]
    assert (run.code, run.number, run.look) == ("FSZZ1", "DZ7", "done")


def test_places_are_said_in_both_languages() -> None:
    place = {
        "id": "a", "name": "大厅", "address": "文晖路 12 号", "phone": "", "hours": "Mo-Fr 08:30-17:00", "open": True,
        "metres": 78, "link": "geo:30.1,120.2",
    }  # fmt: skip
    near, far = shown(
        definition("community/map", "community.map.hall"), "answered",
        {"places": [place, {**place, "metres": 2_747, "open": None, "hours": "", "address": ""}]},
    ).places  # fmt: skip

    assert (near.note.zh, near.hours.zh) == ("78 米 · 文晖路 12 号", "营业中 周一至周五 08:30-17:00")
    assert (far.note.en, far.hours.en) == ("2.7 km", "Hours as on the spot")

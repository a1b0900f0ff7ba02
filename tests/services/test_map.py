"""What is near: distances, hours and filters that are right, of answers that may be anything."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from fengshou.kernel import BankError, Principal
from fengshou.services import Definition, Said
from fengshou.services.archetypes.map import box_around, link_to, metres
from fengshou.services.opening import in_words, open_at
from tests.services.world import CONTENT, World, somebody

HALL, PARKING = "community.map.hall", "community.map.parking"
HERE = (30.1853, 120.2646)


def feature(id_: str, lat: float, lon: float, **told: Any) -> dict[str, Any]:
    """A place as a provider has it."""
    return {
        "type": "Feature", "id": id_, "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": {"name": f"大厅 {id_}", "address": "文晖路 12 号", "open": "24/7", **told},
    }  # fmt: skip


def answer(*features: dict[str, Any]) -> Said:
    """What a provider answers."""
    return Said("done", {"type": "FeatureCollection", "features": list(features)})


async def looked(world: World, who: Principal, said: Said, **form: Any) -> UUID:
    """A run that has been answered."""
    world.office.answers.append(said)
    run = (await world.services.begin(who, HALL, uuid4(), {"form": {"near": "xiaoshan", **form}})).run
    await world.settle()
    return run


async def test_the_nearest_first_within_the_circle_each_once(world: World) -> None:
    who = somebody()
    far, near, out = (
        feature("far", 30.21, 120.2646),
        feature("near", 30.186, 120.2646),
        feature("out", 30.3, 120.2646),
    )
    view = await world.services.view(who, await looked(world, who, answer(far, out, near, near)))
    assert view.state == "answered"
    assert [(one["id"], one["metres"]) for one in view.form["places"]] == [("near", 78), ("far", 2_747)]
    assert view.form["places"][0]["link"].startswith("geo:30.186000,120.264600?q=30.186000,120.264600(%E5")
    assert "120.26" not in str(view.facts)


async def test_only_what_is_open_now_and_hours_nobody_understands_are_not_open(world: World) -> None:
    who = somebody()
    all_of_them = [
        feature("open", 30.186, 120.2646), feature("shut", 30.187, 120.2646, open="off"),
        feature("odd", 30.188, 120.2646, open="nach Vereinbarung"),
    ]  # fmt: skip
    every = await world.services.view(who, await looked(world, who, answer(*all_of_them)))
    assert {one["id"]: one["open"] for one in every.form["places"]} == {
        "open": True,
        "shut": False,
        "odd": None,
    }
    some = await world.services.view(who, await looked(world, who, answer(*all_of_them), open_now=True))
    assert [one["id"] for one in some.form["places"]] == ["open"]


async def test_what_is_no_named_point_is_left_out(world: World) -> None:
    who = somebody()
    odd: list[dict[str, Any]] = [
        {}, {"geometry": None, "properties": {}}, feature("a", 30.186, 120.2646, name=""), feature("b", 300, 120),
        {"geometry": {"type": "Point", "coordinates": ["x", "y"]}, "properties": {"name": "x"}},
        {"geometry": {"type": "Polygon", "coordinates": [120.2646, 30.1853]}, "properties": {"name": "x"}},
        {"geometry": {"type": "Point", "coordinates": [120.2646, 30.1853]}, "properties": "x"},
        feature("c", float("nan"), 120.2646),
    ]  # fmt: skip
    view = await world.services.view(
        who, await looked(world, who, answer(*odd, feature("ok", 30.186, 120.2646)))
    )
    assert [one["id"] for one in view.form["places"]] == ["ok"]


async def test_a_provider_learns_a_grid_and_not_where_somebody_stands(world: World) -> None:
    who = somebody()
    await looked(world, who, answer())
    west, south, east, north = world.office.rings[-1].params["box"]
    assert all(abs(degree * 100 - round(degree * 100)) < 1e-6 for degree in (west, south, east, north))
    assert world.office.rings[-1].params["layer"] == "办事大厅"
    assert (west < HERE[1] < east, south < HERE[0] < north) == (True, True)


async def test_refused_is_unavailable_and_called_off_is_late_for_an_answer(world: World) -> None:
    who = somebody()
    run = await looked(world, who, Said("refused", {}, "bad_request", "不行", "No"))
    assert await world.state(who, run) == "unavailable"
    world.office.answers.append(answer())
    run = (await world.services.begin(who, HALL, uuid4(), {"form": {"near": "wulin"}})).run
    assert (await world.services.act(who, run, "cancel", uuid4(), {})).state == "cancelled"
    await world.settle()
    assert await world.state(who, run) == "cancelled"


@pytest.mark.parametrize(
    ("lat", "lon"), [("north", "120"), ("91", "120"), ("30", "181"), ("nan", "120"), ("inf", "1")]
)
async def test_a_position_that_is_none_asks_nobody(world: World, lat: str, lon: str) -> None:
    with pytest.raises(BankError, match="PLACE_WRONG"):
        await world.services.begin(somebody(), PARKING, uuid4(), {"form": {"lat": lat, "lon": lon}})
    assert world.company.rings == []


def test_metres_are_those_of_the_globe() -> None:
    assert metres(HERE, HERE) == 0
    assert round(metres((30.2741, 120.1551), (31.2304, 121.4737)) / 1_000) == 165  # Hangzhou to Shanghai
    assert round(metres((0, 179.9), (0, -179.9))) == 22_239  # over the date line
    assert link_to((30.5, 120.25), "a b)") == "geo:30.500000,120.250000?q=30.500000,120.250000(a%20b%29)"


@settings(deadline=None, max_examples=60)
@given(
    lat=st.floats(18, 54), lon=st.floats(73, 135), radius=st.integers(100, 50_000), turn=st.floats(0, 6.283)
)
def test_the_box_holds_the_circle(lat: float, lon: float, radius: int, turn: float) -> None:
    west, south, east, north = box_around((lat, lon), radius)
    up, right = math.cos(turn) * radius * 0.99 / 111_195, math.sin(turn) * radius * 0.99 / 111_195
    point = lat + up, lon + right / math.cos(math.radians(lat))
    assert west <= point[1] <= east
    assert south <= point[0] <= north


@pytest.mark.parametrize(
    ("hours", "at", "is_open"),
    [
        ("Mo-Fr 08:30-17:00", "2026-11-24 08:30", True),
        ("Mo-Fr 08:30-17:00", "2026-11-24 17:00", False),
        ("Mo-Fr 08:30-17:00", "2026-11-28 10:00", False),
        ("Mo-Fr 08:30-17:00; Sa 09:00-12:00", "2026-11-28 10:00", True),
        ("08:00-12:00,13:30-17:00", "2026-11-29 12:30", False),
        ("Mo-Su 08:00-20:00; We off", "2026-11-25 10:00", False),
        ("Fr-Mo 22:00-02:00", "2026-11-24 01:59", True),
        ("Fr-Mo 22:00-02:00", "2026-11-25 01:59", False),
        ("Mo,We,Fr 09:00-24:00", "2026-11-25 23:59", True),
        ("24/7", "2026-11-25 03:00", True),
        ("off", "2026-11-25 03:00", False),
        ("", "2026-11-25 03:00", None),
        ("Mo-Fr", "2026-11-25 03:00", None),
        ("25:00-26:00", "2026-11-25 03:00", None),
        ("24:30-24:59", "2026-11-25 03:00", None),
        ("sunrise-sunset", "2026-11-25 03:00", None),
        ("Mo-Fr 08:30-17:00;" * 40, "2026-11-25 03:00", None),
    ],
)
def test_hours(hours: str, at: str, is_open: bool | None) -> None:
    assert open_at(hours, datetime.fromisoformat(f"{at}+08:00").astimezone(UTC)) is is_open


@pytest.mark.parametrize(
    ("change", "say"),
    [
        ({"spots": []}, "differ in anji, wulin, xiaoshan, yiwu"),
        ({"near": None}, "say from where is looked"),
        ({"lat": "near"}, "two numbers"),
        ({"open_only": "near"}, "make it `kind: yes`"),
        ({"open_only": "gone"}, "is no field of the form"),
    ],
)
def test_the_linter_says_what_to_do(change: dict[str, Any], say: str) -> None:
    items = yaml.safe_load((CONTENT / "services/community/map.yaml").read_text("utf-8"))["items"]
    item = dict(items[0])
    with pytest.raises(ValidationError, match=say):
        Definition.model_validate({**item, "map": {**item["map"], **change}})


@pytest.mark.parametrize(
    ("hours", "zh"),
    [
        ("Mo-Fr 08:30-17:00; Sa off", "周一至周五 08:30-17:00； 周六 休息"),
        ("24/7", "全天"),
        ("Mo,We 09:00-12:00", "周一,周三 09:00-12:00"),
        ("by appointment", "by appointment"),
    ],
)
def test_hours_in_words(hours: str, zh: str) -> None:
    assert in_words(hours)[0] == zh

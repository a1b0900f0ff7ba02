"""map (附近/地图): places of a kind near a position, the nearest first, with hours and a link for the phone's map.

A provider is asked for a box of whole hundredths of a degree (RFC 7946, WGS 84) and never learns where somebody stands;
distances are computed here. What it answers is strangers' data: a feature that is not a named point is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import quote

from pydantic import Field, model_validator

from fengshou.catalog import Content
from fengshou.kernel import BankError, Kind
from fengshou.services.machine import BEGIN, Act, Ask, Change, Defined, Facts, Machine, Run, Written, step
from fengshou.services.opening import open_at

Point: TypeAlias = tuple[float, float]
"""Latitude and longitude in degrees (WGS 84)."""

_EARTH_M = 6_371_008.8
_DEGREE_M = 111_195.0
_GRID = 100  # to a degree: about a kilometre
_LONGEST = 120


class PlaceWrong(BankError):
    """A position that is none."""

    code = "SERVICES.PLACE_WRONG"
    kind = Kind.INVALID
    zh = "位置不对，请重新定位或选一个地点"
    en = "This is no position. Please locate again, or choose a place."


class Spot(Content):
    """A place to look from: an option of the form's choice, and where it is."""

    value: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)


class MapSpec(Content):
    """What is looked for, and from where.

    layer      the kind of place, as the provider calls it
    near       the form's choice of a place to look from; `spots` says where each option is
    lat, lon   its lines with the phone's own position; they win where they stand
    open_only  its yes-or-no for what is open now
    radius_m   how far; most: how many
    """

    layer: str = Field(min_length=1, max_length=80)
    near: str | None = None
    spots: tuple[Spot, ...] = Field(default=(), max_length=100)
    lat: str | None = None
    lon: str | None = None
    open_only: str | None = None
    radius_m: int = Field(default=5_000, ge=100, le=50_000)
    most: int = Field(default=30, ge=1, le=100)

    @model_validator(mode="after")
    def _from_somewhere(self) -> MapSpec:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("a position has two numbers: say both `lat` and `lon`, or neither")
        if self.near is None and self.lat is None:
            raise ValueError("say from where is looked: `near` with `spots`, or `lat` and `lon`")
        return self


def lint(definition: Written) -> Iterator[str]:
    """What is wrong between the section and the form."""
    spec: MapSpec = definition.section
    fields = {field.name: field for field in definition.form}
    for said, kind in (
        (spec.near, "choice"),
        (spec.lat, "line"),
        (spec.lon, "line"),
        (spec.open_only, "yes"),
    ):
        if said in fields and fields[said].kind != kind:
            yield f"`{said}` is of kind {fields[said].kind}; make it `kind: {kind}`"
    if spec.near in fields:
        options = {option.value for option in fields[spec.near].options}
        if odd := ", ".join(sorted(options ^ {spot.value for spot in spec.spots})):
            yield f"`map.spots` and the options of `{spec.near}` differ in {odd}; give each option one spot"


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    form = definition.checked(act.body.get("form", {}), act)
    spec: MapSpec = definition.section
    lat, lon = here = _position(spec, form)
    params = {"layer": spec.layer, "box": box_around(here, spec.radius_m)}
    return Change(form={**form, "here": [lat, lon]}, effects=(Ask("place.list", "answer", params),))


def _position(spec: MapSpec, form: Facts) -> Point:
    """Where they stand, or the place they chose. Raises `PlaceWrong`."""
    said = (form.get(spec.lat or ""), form.get(spec.lon or ""))
    if any(said):
        return _point(*said)
    spot = next((one for one in spec.spots if one.value == form.get(spec.near or "")), None)
    if spot is None:
        raise PlaceWrong()
    return spot.lat, spot.lon


def _point(lat: object, lon: object) -> Point:
    try:
        point = float(str(lat)), float(str(lon))
    except ValueError:
        raise PlaceWrong() from None
    if not (abs(point[0]) <= 89 and abs(point[1]) <= 180):  # also what is no number at all
        raise PlaceWrong()
    return point


def box_around(here: Point, radius_m: int) -> list[float]:
    """West, south, east, north, on the grid: it holds the circle, and many people share it."""
    lat, lon = here
    tall = radius_m / _DEGREE_M
    wide = tall / max(math.cos(math.radians(lat)), 0.01)
    west, south = math.floor((lon - wide) * _GRID) / _GRID, math.floor((lat - tall) * _GRID) / _GRID
    east, north = math.ceil((lon + wide) * _GRID) / _GRID, math.ceil((lat + tall) * _GRID) / _GRID
    return [max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)]


def metres(one: Point, other: Point) -> float:
    """The way of a bird between two points (haversine)."""
    (a, b), (c, d) = ((math.radians(x) for x in point) for point in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * _EARTH_M * math.asin(math.sqrt(min(half, 1.0)))


def _answer(definition: Defined, run: Run, act: Act) -> Change:
    said = act.body
    if said["state"] == "done":
        places = _near(definition.section, run, said["body"]["features"], act.at)
        return Change(form={"places": places}, facts={"as_of": act.at.isoformat(), "count": len(places)})
    if said["state"] in ("unknown", "unavailable"):
        return Change(to=run.state)  # it is asked again
    return Change(to="unavailable", facts={"reason": said.get("reason")})


def _near(spec: MapSpec, run: Run, features: Any, at: datetime) -> list[dict[str, Any]]:
    """What lies within the circle, the nearest first, each once."""
    here, open_only = tuple(run.form["here"]), bool(run.form.get(spec.open_only or ""))
    found: dict[str, dict[str, Any]] = {}
    for feature in features:
        place = _place(feature, here, at)
        if place is not None and place["metres"] <= spec.radius_m and (place["open"] or not open_only):
            found.setdefault(place["id"], place)
    return sorted(found.values(), key=lambda one: (one["metres"], one["id"]))[: spec.most]


def _place(feature: Any, here: Any, at: datetime) -> dict[str, Any] | None:
    """A feature as it is shown; None for one that is no named point."""
    try:
        shape, told = feature["geometry"], feature["properties"]
        lon, lat = (float(degree) for degree in shape["coordinates"][:2])
    except (KeyError, TypeError, ValueError):
        return None
    if (
        not isinstance(told, Mapping)
        or shape.get("type") != "Point"
        or not (abs(lat) <= 90 and abs(lon) <= 180)
    ):
        return None
    words = {name: str(told.get(name) or "")[:_LONGEST] for name in ("name", "address", "phone", "open")}
    if not words["name"]:
        return None
    return {
        "id": str(feature.get("id") or f"{lat},{lon}")[:_LONGEST], "name": words["name"], "address": words["address"],
        "phone": words["phone"], "hours": words["open"], "open": open_at(words["open"], at),
        "metres": round(metres(here, (lat, lon))), "link": link_to((lat, lon), words["name"]),
    }  # fmt: skip


def link_to(point: Point, name: str) -> str:
    """What the phone's own map application opens (RFC 5870), whichever it is; WGS 84, so nothing is converted."""
    where = f"{point[0]:.6f},{point[1]:.6f}"
    return f"geo:{where}?q={where}({quote(name)})"


MACHINE = Machine(
    "map",
    [
        step(BEGIN, "", "requested", "customer clerk", _begin),
        step("answer", "requested", "answered", "partner", _answer, also="requested unavailable"),
        step("cancel", "requested", "cancelled", "customer"),
    ],
    final="answered unavailable cancelled",
)

"""Invented people and places, each following from a few words: the same words, the same person."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "禾秀英丽强磊洋艳勇杰娟涛明超兰霞平刚桂芳梅玲燕红波辉健俊帆佳晨雨欣怡宁安乐丰穗谷稻田"
_ROADS = (
    "人民路",
    "文昌路",
    "新安街",
    "东湖路",
    "稻香路",
    "丰收大道",
    "解放街",
    "溪口路",
    "青石巷",
    "环城北路",
)
_ESTATES = ("丰穗苑", "禾香里", "东湖花园", "溪畔人家", "稻田新村", "云栖小区", "青禾府", "桂花坊")


def draw(below: int, *of: object) -> int:
    """A number from 0 to below it, by these words."""
    text = "|".join(str(word) for word in of).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") % below


def one_of(choices: Sequence[T], *of: object) -> T:
    """One of these, by these words."""
    return choices[draw(len(choices), *of)]


def code(digits: int, *of: object) -> str:
    """So many digits, by these words; never beginning with 0."""
    least = 10 ** (digits - 1)
    return str(least + draw(9 * least, *of))


def person(*of: object) -> str:
    """A name of two or three characters."""
    first, second = one_of(_GIVEN, *of, "first"), one_of(_GIVEN, *of, "second")
    return one_of(_SURNAMES, *of, "family") + first + (second if draw(3, *of, "long") else "")


def place(*of: object) -> str:
    """A street and a house number."""
    return f"{one_of(_ROADS, *of, 'road')}{1 + draw(300, *of, 'house')}号"


def home(*of: object) -> str:
    """A flat in an estate."""
    estate, block = one_of(_ESTATES, *of, "estate"), 1 + draw(20, *of, "block")
    return f"{estate}{block}幢{1 + draw(3, *of, 'unit')}单元{1 + draw(18, *of, 'floor')}0{1 + draw(4, *of, 'door')}室"


def masked(name: str) -> str:
    """张三丰 as 张**: enough to recognise an account by, too little to find a person with."""
    return name[:1] + "*" * max(len(name) - 1, 1)


def features(provider: str, layer: str, box: tuple[float, float, float, float]) -> dict[str, Any]:
    """Points of interest within a box as a GeoJSON FeatureCollection: the same box, the same points."""
    west, south, east, north = box
    step = max((east - west) / 10, (north - south) / 10, 0.01)
    found: list[dict[str, Any]] = []
    for column in range(math.floor(west / step), math.floor(east / step) + 1):
        for row in range(math.floor(south / step), math.floor(north / step) + 1):
            of = (provider, layer, round(step, 4), column, row)
            lon = (column + draw(1_000, *of, "lon") / 1_000) * step
            lat = (row + draw(1_000, *of, "lat") / 1_000) * step
            if draw(4, *of) == 0 and west <= lon <= east and south <= lat <= north:
                found.append(_feature(layer, lon, lat, *of))
    return {"type": "FeatureCollection", "features": found[:200]}


def _feature(layer: str, lon: float, lat: float, *of: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": code(10, *of),
        "geometry": {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]},
        "properties": {
            "layer": layer, "name": f"{one_of(_ESTATES, *of)}{layer}点", "address": place(*of),
            "phone": f"0571-{code(8, *of)}", "open": "Mo-Fr 08:30-17:00",
        },
    }  # fmt: skip

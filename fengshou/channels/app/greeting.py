"""Good morning, and which of the twenty-four solar terms it is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import radians, sin

from fengshou.kernel import SHANGHAI

# The term that begins when the sun stands at 15 degrees times its place, 春分 at 0.
_TERMS = (
    ("春分", "Spring equinox"), ("清明", "Clear and bright"), ("谷雨", "Grain rain"), ("立夏", "Start of summer"),
    ("小满", "Grain buds"), ("芒种", "Grain in ear"), ("夏至", "Summer solstice"), ("小暑", "Minor heat"),
    ("大暑", "Major heat"), ("立秋", "Start of autumn"), ("处暑", "End of heat"), ("白露", "White dew"),
    ("秋分", "Autumn equinox"), ("寒露", "Cold dew"), ("霜降", "Frost's descent"), ("立冬", "Start of winter"),
    ("小雪", "Minor snow"), ("大雪", "Major snow"), ("冬至", "Winter solstice"), ("小寒", "Minor cold"),
    ("大寒", "Major cold"), ("立春", "Start of spring"), ("雨水", "Rain water"), ("惊蛰", "Awakening of insects"),
)  # fmt: skip
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def greeting(name: str, now: datetime) -> dict[str, str]:
    """`周明，早上好` by Shanghai's hour; without a name the greeting alone."""
    hour = now.astimezone(SHANGHAI).hour
    if hour < 5:
        zh, en = "夜深了", "It is late"
    elif hour < 11:
        zh, en = "早上好", "Good morning"
    elif 11 <= hour < 13:
        zh, en = "中午好", "Good day"
    elif 13 <= hour < 18:
        zh, en = "下午好", "Good afternoon"
    else:
        zh, en = "晚上好", "Good evening"
    return {"zh": f"{name}，{zh}" if name else zh, "en": f"{en}, {name}" if name else en}


@lru_cache(maxsize=64)
def solar_term(day: date) -> dict[str, str]:
    """The term in force on a Shanghai day, from the sun's longitude at the end of that day.

    Meeus, Astronomical Algorithms (1998), chapter 25, low accuracy: 0.01 degrees, a quarter of an hour.
    """
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)
    zh, en = _TERMS[int(_sun_longitude(midnight) // 15)]
    return {"zh": zh, "en": en}


def _sun_longitude(at: datetime) -> float:
    """The sun's apparent longitude in degrees, 0 <= x < 360."""
    century = (at - _J2000).total_seconds() / 86_400 / 36_525
    mean = 280.46646 + 36_000.76983 * century
    anomaly = radians(357.52911 + 35_999.05029 * century)
    centre = (
        (1.914602 - 0.004817 * century) * sin(anomaly)
        + 0.019993 * sin(2 * anomaly)
        + 0.000289 * sin(3 * anomaly)
    )
    node = radians(125.04 - 1_934.136 * century)
    return float((mean + centre - 0.00569 - 0.00478 * sin(node)) % 360)

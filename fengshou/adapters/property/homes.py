"""What a simulated property company knows of homes and the people in them."""

from __future__ import annotations

from datetime import datetime, timedelta

from fengshou.adapters.wire import invented
from fengshou.services import Fact, Subject

TOPICS = frozenset({"homes", "role", "tenants", "vehicles", "parcels", "notices", "doors"})
DOORS = {
    "gate-north": ("北门", "North gate"),
    "gate-south": ("南门", "South gate"),
    "garage": ("地下车库", "Garage"),
    **{f"block-{n}": (f"{n}幢单元门", f"Block {n}") for n in range(1, 21)},
}
_KINDS = (("顺丰", "SF"), ("中通", "ZTO"), ("邮政", "EMS"))


def home_of(provider: str, id_number: str) -> str:
    """The home of a person at this company: block, unit, flat."""
    who = (provider, id_number, "home")
    block, unit, floor = (
        1 + invented.draw(below, *who, word) for below, word in ((20, "b"), (3, "u"), (18, "f"))
    )
    return f"{block}-{unit}-{floor}0{1 + invented.draw(4, *who, 'd')}"


def role_of(provider: str, home: str, subject: Subject) -> str:
    """What somebody is to a home."""
    if subject.id_number and home == home_of(provider, subject.id_number):
        return "owner"
    return "none"


def facts(provider: str, subject: Subject) -> dict[str, Fact]:
    """What a form about one's home is filled with."""
    home = home_of(provider, subject.id_number or "")
    return {
        "home": home,
        "area": f"{60 + invented.draw(90, provider, home)}.8",
        "role": "owner",
        "owner": subject.name,
        "parking": f"B{invented.code(3, provider, home, 'space')}",
    }


def rows(
    provider: str, topic: str, home: str, subject: Subject | None, at: datetime, moved: int
) -> list[dict[str, Fact]]:
    """The rows of a topic, of a home."""
    if topic == "doors":
        return [{"id": id_, "zh": zh, "en": en} for id_, (zh, en) in DOORS.items()]
    if topic == "homes" and subject and subject.id_number:
        return [{"home": home_of(provider, subject.id_number), "role": "owner"}]
    if topic == "role":
        return [{"home": home, "role": role_of(provider, home, subject or Subject())}]
    of = (provider, home, topic)
    if topic == "tenants":
        roles = ("owner", "family", "tenant")[: 1 + invented.draw(3, *of)]
        return [
            {"name": invented.masked(invented.person(*of, role, moved)), "role": role, "home": home}
            for role in roles
        ]
    if topic == "vehicles":
        return [
            {"plate": f"浙A{invented.code(5, *of)}", "space": f"B{invented.code(3, provider, home, 'space')}"}
        ]
    if topic == "notices":
        day = (at - timedelta(days=invented.draw(7, provider, at.date().isocalendar().week))).date()
        return [{"date": str(day), "title_zh": "电梯例行维护通知", "title_en": "Lift maintenance"}]
    zh, en = invented.one_of(_KINDS, *of, at.date())
    return [
        {
            "company_zh": zh,
            "company_en": en,
            "locker": f"A{1 + invented.draw(40, *of)}",
            "code": invented.code(6, *of, at.date()),
        }
    ]

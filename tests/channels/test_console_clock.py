"""The business clock moves in a demo that lets it, by the centre's hand, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from fengshou.channels import build_app
from fengshou.kernel import CENTRE, Clock
from tests.channels.street import App, Street, Tile


@dataclass
class MovableDemo:
    """A demo whose clock can be moved."""

    clock: Clock
    tiles: list[Tile] = field(default_factory=list)

    async def log_ins(self) -> list[Tile]:
        return self.tiles

    async def move_clock(self, ahead_s: float) -> None:
        self.clock.offset = timedelta(seconds=ahead_s)


async def test_the_centre_moves_a_demos_clock(street: Street) -> None:
    centre, clerk = await street.clerk("centre_ops", bank=CENTRE), await street.clerk("supervisor")
    clock = Clock()
    doors = replace(street.doors, clock=clock, demo=MovableDemo(clock))
    front = build_app(doors, street.settings)
    desks = {}
    for who in (centre, clerk):
        desks[who.login] = App(front, channel="console")
        desks[who.login].http.cookies = who.desk.http.cookies

    was = await desks[centre.login].ask("clock.view")
    now = await desks[centre.login].ask("clock.move", ahead_s=86_400)
    await desks[clerk.login].refused("clock.move", 403, ahead_s=86_400)

    assert (was["movable"], was["ahead_s"], now["ahead_s"]) == (True, 0, 86_400)
    assert now["business_date"] > was["business_date"]
    assert (await desks[clerk.login].ask("session.me"))["business_date"] == now["business_date"]


async def test_without_such_a_demo_there_is_no_clock_to_move(street: Street) -> None:
    centre = await street.clerk("centre_ops", bank=CENTRE)

    assert (await centre.desk.ask("clock.view"))["movable"] is False
    await centre.desk.refused("clock.move", 404, ahead_s=60)

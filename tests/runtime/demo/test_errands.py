"""What the demo's people pay today went through every room, and every kind of outcome is there to see."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fengshou.kernel import Clock, Principal, new_id
from fengshou.ledger import AccountRef
from fengshou.payments import Order
from fengshou.runtime import demo
from fengshou.runtime.house import House
from tests.support.town import XIAOSHAN, open_town


def nothing(what: str, share: float) -> None:
    """Nobody watches."""


async def seeded(house: House) -> dict[str, Principal]:
    stage = demo.stage_of(
        house.db, house.vault, house.clock, party=house.party, ledger=house.ledger, catalog=house.catalog,
        access=house.access, payments=house.payments, say=nothing, people=150,
    )  # fmt: skip
    assert await demo.seed(stage)
    return {tile.key: Principal("customer", tile.id, tile.bank) for tile in await demo.log_ins(house.party)}


async def orders(house: House, who: Principal, states: set[str]) -> list[Order]:
    """Somebody's orders, once each is in one of `states`."""
    async with asyncio.timeout(60):
        while True:
            found = await house.payments.orders(who, who.bank)
            if {order.state for order in found} <= states:
                return found
            await asyncio.sleep(0.05)


async def test_every_kind_of_outcome_is_there_to_see(dsn: str, tmp_path: Path, clock: Clock) -> None:
    house = (await open_town(dsn, tmp_path, clock)).house
    try:
        cast = await seeded(house)
        ming = await orders(house, cast["zhou_ming"], {"done", "rejected"})
        he = await orders(house, cast["lin_xiaohe"], {"done"})

        assert {(o.amount_fen, o.kind, o.state) for o in ming} == {
            (36_00, "federation", "done"),
            (20_00, "outside", "done"),
            (18_00, "outside", "rejected"),
        }
        assert [(o.amount_fen, o.state) for o in he] == [(66_00, "done")]
        done = next(o for o in ming if o.amount_fen == 36_00)
        assert (await house.payments.receipt(cast["zhou_ming"], done.id)).payer_name == "周明"

        officer = Principal("staff", new_id(XIAOSHAN), XIAOSHAN, roles=frozenset({"risk_officer"}))
        (case,) = await house.risk.cases(officer)
        assert (case.fen, case.state) == (188_00, "open")

        # The pictures' balances hold once all is paid.
        for key, ends in (
            ("zhou_ming", [42_880_50, 6_315_20]),
            ("lin_xiaohe", [18_260_00]),
            ("jin_acai", [63_427_80]),
        ):
            refs = [AccountRef(*account.ref) for account in await house.party.accounts_of(cast[key].id)]
            posted = [b.posted_fen for b in (await house.ledger.balances(refs)).values()]
            assert posted == ends, key
        assert {
            sum(r.closing_fen for r in rows) for rows in (await house.ledger.trial_balance()).values()
        } == {0}
    finally:
        await house.close()

"""Many acts in one go: each its own answer, one that fails alone, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from fengshou.kernel import Batcher, Busy


class Shop:
    """Doubles numbers; refuses 13; breaks whenever 666 is in the batch."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def act(self, items: Sequence[int]) -> Sequence[int | Exception]:
        await self.open.wait()
        if 666 in items:
            raise RuntimeError("broken")
        self.batches.append(list(items))
        return [ValueError("unlucky") if item == 13 else 2 * item for item in items]


async def test_what_comes_together_goes_together_in_order() -> None:
    shop = Shop()
    batcher = Batcher("shop", shop.act, most=4)

    assert await asyncio.gather(*(batcher.do(n) for n in range(10))) == [2 * n for n in range(10)]
    assert shop.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


async def test_what_comes_while_one_is_done_gathers() -> None:
    shop = Shop()
    batcher = Batcher("shop", shop.act)
    shop.open.clear()
    first = asyncio.create_task(batcher.do(1))
    await asyncio.sleep(0.01)
    rest = [asyncio.create_task(batcher.do(n)) for n in (2, 3)]
    await asyncio.sleep(0.01)
    shop.open.set()

    assert await asyncio.gather(first, *rest) == [2, 4, 6]
    assert shop.batches == [[1], [2, 3]]


async def test_a_refusal_is_for_the_one_it_concerns() -> None:
    batcher = Batcher("shop", Shop().act)

    said = await asyncio.gather(*(batcher.do(n) for n in (1, 13, 2)), return_exceptions=True)

    assert said[0::2] == [2, 4]
    assert isinstance(said[1], ValueError)


async def test_one_that_breaks_a_batch_takes_nobody_with_it() -> None:
    shop = Shop()
    batcher = Batcher("shop", shop.act)

    said = await asyncio.gather(*(batcher.do(n) for n in (1, 666, 2)), return_exceptions=True)

    assert said[0::2] == [2, 4]
    assert isinstance(said[1], RuntimeError)
    assert shop.batches == [[1], [2]]


async def test_who_stops_waiting_does_not_disturb_the_others() -> None:
    shop = Shop()
    batcher = Batcher("shop", shop.act)
    shop.open.clear()
    gone, stays = (asyncio.create_task(batcher.do(n)) for n in (1, 2))
    await asyncio.sleep(0.01)
    gone.cancel()
    shop.open.set()

    assert await stays == 4


async def test_too_many_do_not_wait_and_after_the_end_nobody_does() -> None:
    shop = Shop()
    batcher = Batcher("shop", shop.act, queue_max=2)
    shop.open.clear()
    tasks = [asyncio.create_task(batcher.do(n)) for n in (1, 2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await batcher.do(3)
    ending = asyncio.create_task(batcher.stop())
    shop.open.set()
    await ending

    assert await asyncio.gather(*tasks) == [2, 4]
    with pytest.raises(Busy):
        await batcher.do(4)

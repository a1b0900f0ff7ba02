"""The measured side of `bench pages`: a whole bank in a process of its own.

It prints one line of JSON when it serves (address, a page's hash) and answers `publish N` on stdin: two people of the
centre agree on a page and it goes live; the line says when (monotonic ns, one clock for the whole machine).
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fengshou.kernel import CENTRE, Principal, new_id
from fengshou.pages import Place
from fengshou.runtime import standing
from fengshou.runtime.house import House

ITEM = "bench-page"


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fengshou-bench-") as name:
        Path(name).chmod(0o755)  # as root, the database's own user must be able to enter
        yield Path(name) / "data"


async def serve() -> None:
    """Open the bank and publish when told, until stdin ends."""
    with _folder() as data_dir:
        standing.quiet_logs(data_dir)
        listener = standing.bind(0)
        plan = standing.Plan(data_dir, listener.getsockname()[1], people=0, temporary=True)
        async with (
            standing.standing_house(plan) as house,
            standing.serving(house, listener, bench=True) as address,
        ):
            home = house.pages.world.province()["home"]
            _tell(address=address, page=house.pages.kept.press.page(home, "zh-CN", 2))
            maker, checker = (Principal("staff", new_id(CENTRE), CENTRE) for _ in range(2))
            while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
                _tell(at=await _publish(house, maker, checker, word))


async def _publish(house: House, maker: Principal, checker: Principal, word: str) -> int:
    text = {"zh": f"第 {word} 次", "en": f"No. {word}"}
    source = {"id": ITEM, "title": text, "auth": "none", "blocks": [{"t": "notice", "text": text}]}
    desk = house.pages.publishing
    draft, _ = await desk.new(maker, Place(CENTRE, "page", ITEM), source)
    await desk.submit(maker, draft.id)
    await desk.review(checker, draft.id, approve=True)
    began = time.monotonic_ns()
    await desk.live(checker, draft.id)
    return began


def _tell(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    asyncio.run(serve())

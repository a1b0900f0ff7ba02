"""The measured side of `bench pages`: a whole bank in a process of its own.

It prints one line of JSON when it serves (address, a page's hash) and answers lines of stdin. A number: two people of
the centre agree on a page and it goes live; the answer says when (monotonic ns, one clock for the whole machine).
`count`: what the database has done so far.
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
                if word == "count":
                    _tell(**await _counted(house))
                else:
                    _tell(at=await _publish(house, maker, checker, word))


async def _counted(house: House) -> dict[str, int]:
    """What the database has done so far: transactions of all, and reads of the tables pages live in."""
    connection = await house.db.connect("relay")
    try:
        row = await connection.fetchrow(_COUNTED)
    finally:
        await connection.close()
    assert row is not None, "it selects one row"
    return dict(row)


_COUNTED = """
SELECT (SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()) AS transactions,
       (SELECT sum(seq_scan + coalesce(idx_scan, 0))::bigint FROM pg_stat_user_tables
         WHERE schemaname = 'pages') AS page_reads
"""


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

"""One of several server processes of a bank: `python -m fengshou.runtime.worker`, started by `workers`.

It inherits the socket to serve on, is told the rest on its first line of input, says `ready` when it serves, and stops
when it is told to or when its input ends: then whoever started it is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from pathlib import Path

import orjson
import uvloop

from fengshou.runtime import standing
from fengshou.runtime.house import Share

READY = b"ready\n"


async def _serve() -> None:
    told = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(told), sys.stdin)
    order = orjson.loads(await told.readline())
    data_dir, share = Path(order["data_dir"]), order["share"]
    standing.quiet_logs(data_dir)
    plan = standing.Plan(
        data_dir, order["port"], demo=order["demo"], people=order["people"],
        share=Share(share["lead"], Path(share["folder"]), share["simulators_url"]),
    )  # fmt: skip
    with socket.socket(fileno=order["listener"]) as listener:
        async with standing.standing_house(plan) as house, standing.serving(house, listener):
            sys.stdout.buffer.write(READY)
            sys.stdout.buffer.flush()
            stopped = asyncio.create_task(standing.until_told_to_stop())
            orphaned = asyncio.create_task(told.read())
            await asyncio.wait({stopped, orphaned}, return_when=asyncio.FIRST_COMPLETED)
            for task in (stopped, orphaned):
                task.cancel()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # the terminal tells everyone; whoever started us says when
        uvloop.run(_serve())

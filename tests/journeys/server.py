"""The bank the journeys visit: `python -m tests.journeys.server DATA_DIR`, a whole demo with few people at a free port.

Says one line of JSON when it is ready, and stops cleanly on SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from fengshou.runtime import standing

_PEOPLE = 60


async def _stand(data_dir: Path) -> None:
    standing.quiet_logs(data_dir)
    listener = standing.bind(0)
    plan = standing.Plan(data_dir, listener.getsockname()[1], people=_PEOPLE, temporary=True)
    async with standing.standing_house(plan) as house, standing.serving(house, listener):
        ready = {"port": plan.port, "simulators": house.outside.simulators_url}
        print(json.dumps(ready), flush=True)
        await standing.until_told_to_stop()
    print(json.dumps({"stopped": True}), flush=True)


if __name__ == "__main__":
    asyncio.run(_stand(Path(sys.argv[1])))

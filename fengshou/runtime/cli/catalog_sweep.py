"""`catalog sweep`: every service's own samples, to their ends, on a temporary bank with the simulators."""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from typing import Any

from fengshou.runtime.output import add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many."""
    parser.add_argument("--sample", type=int, help="so many of them, drawn at random (default: all)")
    parser.add_argument("--seed", type=int, default=1, help="draws the same sample again (default 1)")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Try them; 1 when one fails."""
    with step("services") as shown:
        result = asyncio.run(_sweep(args.sample, args.seed, shown.say))
    lines = [f"✗ {one['id']}  {one['reason']}" for one in result["failed"]]
    lines.append(f"{result['passed']} of {result['total']} services pass, {result['seconds']} s")
    emit(args, result, "\n".join(lines))
    return 0 if not result["failed"] else 1


async def _sweep(sample: int | None, seed: int, say: Any) -> dict[str, Any]:
    from fengshou.runtime import standing
    from fengshou.runtime.cli.demo import folder
    from fengshou.runtime.sweep import sweep

    with folder() as data_dir:
        standing.quiet_logs(data_dir)
        plan = standing.Plan(data_dir, 0, people=0, temporary=True)
        async with standing.standing_house(plan) as house:
            began = time.monotonic()
            total, tried = await sweep(house, lambda all_of_them: _draw(all_of_them, sample, seed), say)
    failed = [{"id": one.service, "reason": one.problem} for one in tried if one.problem]
    return {
        "total": total, "tried": len(tried), "passed": len(tried) - len(failed), "failed": failed,
        "seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


def _draw(keys: list[str], sample: int | None, seed: int) -> list[str]:
    if sample is None or sample >= len(keys):
        return keys
    return sorted(random.Random(seed).sample(keys, sample))  # noqa: S311 - no secret is made of it

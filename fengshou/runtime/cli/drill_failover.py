"""`drill failover`."""

from __future__ import annotations

import argparse
import asyncio
import secrets

from fengshou.runtime.output import add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which fault."""
    parser.add_argument(
        "--fault", choices=("kill", "stop", "keeper"), default="kill",
        help="kill -9 of the primary's processes, SIGSTOP of them, or kill -9 of the leading etcd (default kill)",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, help="the same seed draws the same wishes")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Fail over once under load; 1 when anything acknowledged was lost, doubled or out of balance."""
    from fengshou.kernel import set_up_logs
    from fengshou.runtime.drill.failover import failover

    set_up_logs("CRITICAL")  # that batches fail is what we are here for
    seed = secrets.randbits(31) if args.seed is None else args.seed
    with step("drill") as shown:
        result = asyncio.run(failover(args.fault, seed, shown.say))
    lines = [f"{name:>20}  {value}" for name, value in result.items() if name != "problems"]
    emit(args, result, "\n".join([*lines, *result["problems"]]))
    return 0 if result["ok"] else 1

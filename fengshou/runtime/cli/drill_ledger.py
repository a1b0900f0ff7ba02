"""`drill ledger`."""

from __future__ import annotations

import argparse
import asyncio
import secrets

from fengshou.runtime.output import add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How often, and which chances."""
    parser.add_argument("--faults", type=int, default=20, help="how many faults (default 20)")
    parser.add_argument(
        "--simulate", type=int, metavar="N", help="instead: N simulations against a plain model"
    )
    parser.add_argument("--seed", type=int, help="the same seed draws the same wishes and waits")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Break things and count; 1 when anything was lost, doubled or out of balance."""
    from fengshou.kernel import set_up_logs
    from fengshou.runtime.drill.ledger import drill
    from fengshou.runtime.drill.simulate import simulate_many

    set_up_logs("CRITICAL")  # that batches fail is what we are here for
    seed = secrets.randbits(31) if args.seed is None else args.seed
    with step("drill") as shown:
        run = (
            simulate_many(args.simulate, seed, shown.say)
            if args.simulate
            else drill(args.faults, seed, shown.say)
        )
        result = asyncio.run(run)
    lines = [f"{name:>20}  {value}" for name, value in result.items() if name != "problems"]
    emit(args, result, "\n".join([*lines, *result["problems"]]))
    return 0 if result["ok"] else 1

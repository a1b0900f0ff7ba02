"""`bench home`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from fengshou.runtime.output import CommandError, add_json, emit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How often, and how slow a phone."""
    parser.add_argument("--rounds", type=int, default=9, help="openings of each (default 9)")
    parser.add_argument(
        "--slower", type=float, default=4.0, help="how many times slower the CPU is (default 4)"
    )
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Measure, print a table or JSON."""
    from fengshou.runtime.bench.home import bench
    from fengshou.runtime.web_build import build_if_stale

    if args.rounds < 1 or args.slower < 1:
        raise CommandError("--rounds and --slower are at least 1")
    build_if_stale()
    result = asyncio.run(
        bench(
            rounds=args.rounds, slower=args.slower, say=lambda text: print(text, file=sys.stderr, flush=True)
        )
    )
    emit(args, result, "\n".join(f"{name:<18} {value}" for name, value in result.items()))
    return 0

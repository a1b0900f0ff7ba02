"""`bench pages`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from fengshou.runtime.output import CommandError, add_json, emit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The load."""
    parser.add_argument("--phones", type=int, default=2_000, help="open event streams (default 2000)")
    parser.add_argument("--publications", type=int, default=5, help="publications heard by all (default 5)")
    parser.add_argument(
        "--requests", type=int, default=4_000, help="GETs of each kind in a round (default 4000)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="alternated rounds (default 5)")
    parser.add_argument(
        "--gets", type=int, default=0, help="so many GETs more, counting what the database does (default 0)"
    )
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Measure, print a table or JSON."""
    from fengshou.runtime.bench.pages import bench

    if min(args.phones, args.publications, args.requests, args.rounds) < 1:
        raise CommandError("--phones, --publications, --requests and --rounds are at least 1")
    result = asyncio.run(
        bench(
            phones=args.phones, publications=args.publications, requests=args.requests, rounds=args.rounds,
            gets=max(0, args.gets), say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    )  # fmt: skip
    lines = [f"{name:<20} {value}" for name, value in result.items()]
    emit(args, result, "\n".join(lines))
    return 0

"""`bench app`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import Any

from fengshou.runtime.output import CommandError, add_json, emit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The load."""
    parser.add_argument("--payments", type=int, default=2_000, help="payments over all rounds (default 2000)")
    parser.add_argument("--connections", type=int, default=8, help="callers at once (default 8)")
    parser.add_argument("--rounds", type=int, default=5, help="alternated rounds (default 5)")
    parser.add_argument("--across", action="store_true", help="payer and payee at two banks")
    parser.add_argument(
        "--overload", type=float, default=0, metavar="SECONDS",
        help="after the rounds, half to three times what it can do, for so long each",
    )  # fmt: skip
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Measure, print a table or JSON; 1 when an invariant broke."""
    from fengshou.runtime.bench.app import bench

    if min(args.payments, args.connections, args.rounds) < 1:
        raise CommandError("--payments, --connections and --rounds are at least 1")
    result = asyncio.run(
        bench(
            payments=args.payments, connections=args.connections, rounds=args.rounds, across=args.across,
            seconds=args.overload,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    )  # fmt: skip
    emit(args, result, _table(result))
    return 0 if result["invariants"] == "ok" else 1


def _table(result: dict[str, Any]) -> str:
    head = ("tps", "p50_ms", "p99_ms", "cpu_us", "database_cpu_us", "transactions")
    lines = ["".join([f"{'':>10}", *(f"{name:>17}" for name in head)])]
    lines += [
        "".join([f"{side:>10}", *(f"{result[name][side]:>17,}" for name in head)])
        for side in ("payment", "noop")
    ]
    lines += [
        "overload  " + "  ".join(f"{k} {v:,}" for k, v in step.items()) for step in result.get("overload", ())
    ]
    lines.append(f"payment/noop {result['ratios']['payment/noop']}   invariants {result['invariants']}")
    return "\n".join(lines)

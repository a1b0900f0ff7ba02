"""`bench ledger`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The load and who is measured."""
    parser.add_argument("--accounts", type=int, default=10_000, help="customer accounts (default 10000)")
    parser.add_argument("--seconds", type=float, default=4.0, help="seconds of each cell (default 4)")
    parser.add_argument("--mode", default="uniform,hot50", help="uniform, hot50 or both, by comma")
    parser.add_argument(
        "--callers", default="64,256,1000", help="how many wait for their answer at once, by comma"
    )
    parser.add_argument(
        "--against", default="naive,tpcb,hordak", help="contenders beside ours, by comma; or none"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="alternated rounds; medians are printed (default 5)"
    )
    parser.add_argument("--rows", type=int, default=0, help="journal rows there before (default 0)")
    parser.add_argument("--batch", action="store_true", help="also callers that hand over a thousand at once")
    parser.add_argument(
        "--http", action="store_true", help="also over HTTP, beside a no-op; brings --batch along"
    )
    parser.add_argument(
        "--riders", action="store_true", help="also one entry in ten with proofs and two riders"
    )
    parser.add_argument(
        "--statements", action="store_true", help="also pages of twenty lines, after the rounds"
    )
    parser.add_argument("--overload", action="store_true", help="also twice and three times what it can do")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def main(args: argparse.Namespace) -> int:
    """Measure, print a table or JSON; 1 when an invariant broke."""
    import uvloop

    from fengshou.runtime.bench.ledger import bench

    against = [] if args.against == "none" else args.against.split(",")
    result = uvloop.run(
        bench(
            accounts=args.accounts, seconds=args.seconds, modes=args.mode.split(","),
            callers=[int(n) for n in args.callers.split(",")], against=against, rounds=args.rounds,
            batch=args.batch or args.http, http=args.http, riders=args.riders, rows=args.rows,
            reading=args.statements, flood=args.overload,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    )  # fmt: skip
    if args.json:
        print(json.dumps(result))
    else:
        _table(result)
    return 0 if result["invariants"] == "ok" else 1


def _table(result: dict[str, Any]) -> None:
    head = ("contender", "mode", "callers", "tps", "p50_ms", "p99_ms", "wal_bytes", "disk_bytes")
    print("".join(f"{name:>11}" for name in head))
    for run in result["runs"]:
        print("".join(f"{run[name]:>11,}" if name not in head[:2] else f"{run[name]:>11}" for name in head))
    print("ratios      ", "  ".join(f"{k} {v}" for k, v in result["ratios"].items()))
    print("settings    ", "  ".join(f"{k} {v}" for k, v in result["settings"].items()))
    if "statements" in result:
        print("statements  ", "  ".join(f"{k} {v}" for k, v in result["statements"].items()))
    for step in result.get("overload", ()):
        print("overload    ", "  ".join(f"{k} {v:,}" for k, v in step.items()))
    print("invariants  ", result["invariants"])

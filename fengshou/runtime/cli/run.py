"""`run`: set up and serve everything on one port."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

    from fengshou.runtime import standing

_WORKERS_MAX = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where and what."""
    parser.add_argument("--port", type=int, default=8000, help="the port to serve on (default 8000)")
    parser.add_argument(
        "--data", type=Path, default=None, help="the data folder (default: data/ of the checkout)"
    )
    parser.add_argument(
        "--bank-only",
        action="store_true",
        help="no demo people, no simulators: outside systems by their addresses",
    )
    parser.add_argument(
        "--workers", type=int, default=1, help="server processes on the port, one book (default 1)"
    )


def main(args: argparse.Namespace) -> int:
    """Serve until told to stop."""
    from fengshou.runtime.web_build import build_if_stale

    build_if_stale()
    import uvloop

    uvloop.run(_run(args))
    return 0


async def _run(args: argparse.Namespace) -> None:
    from fengshou.runtime import standing
    from fengshou.runtime.demo import log_ins

    data_dir = (args.data or standing.default_data_dir()).absolute()
    standing.quiet_logs(data_dir)
    listener = standing.bind(args.port)
    plan = standing.Plan(data_dir, listener.getsockname()[1], demo=not args.bank_only)
    if args.workers != 1:
        await _run_many(plan, listener, args.workers)
        return
    async with standing.standing_house(plan, _tell) as house, standing.serving(house, listener) as address:
        tiles = await log_ins(house.party) if plan.demo else []
        print(_welcome(address, house.outside.simulators_url, tiles, data_dir), flush=True)
        print(f"ready {address}/", flush=True)
        await standing.until_told_to_stop()
        _tell("stopping")


async def _run_many(plan: standing.Plan, listener: socket.socket, count: int) -> None:
    from fengshou.runtime import standing
    from fengshou.runtime.output import CommandError
    from fengshou.runtime.workers import standing_workers

    if not 1 <= count <= _WORKERS_MAX:
        raise CommandError(f"--workers takes 1 to {_WORKERS_MAX}")
    host, port = listener.getsockname()[:2]
    async with standing_workers(plan, count, listener, _tell) as (_, simulators_url):
        address = f"http://{host}:{port}"
        print(_welcome(address, simulators_url, [], plan.data_dir), flush=True)
        print(f"ready {address}/", flush=True)
        await standing.until_told_to_stop()
        _tell("stopping")


def _welcome(address: str, simulators: str | None, tiles: list, data_dir: Path) -> str:  # type: ignore[type-arg]  # DemoLogIn, imported late
    home = address.replace("127.0.0.1", "localhost")
    lines = ["", "丰收 Fengshou", f"  app       {home}/app/", f"  console   {home}/console/"]
    if simulators:
        lines += [f"  SMS inbox {simulators}/simulators/sms/", f"  rail      {simulators}/simulators/rail/"]
    lines += [f"  data      {data_dir}", f"  log       {data_dir / 'bank.log'}"]
    for kind, title in (("customer", "customers"), ("staff", "staff")):
        mine = [tile for tile in tiles if tile.kind == kind]
        if mine:
            lines += ["", f"  demo {title} (also one click on the log-in page)"]
            lines += [
                f"    {tile.log_in:<12} {tile.password:<12} {tile.name}  {tile.about_en}" for tile in mine
            ]
    return "\n".join([*lines, ""])


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

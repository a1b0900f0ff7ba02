"""`pages pictures`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from fengshou.runtime.output import CommandError, add_json, emit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pictures."""
    parser.add_argument(
        "what",
        choices=("blocks", "pages", "beside"),
        help="every kind of block, the main pages, or beside the look",
    )
    parser.add_argument("--look", type=Path, help="with `beside`: the folder of the look's own pictures")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these kinds or pages")
    parser.add_argument("--into", type=Path, default=None, help="another folder than that of the docs")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Draw them."""
    from fengshou.runtime.crawl.looks import beside, looks
    from fengshou.runtime.crawl.portraits import portraits
    from fengshou.runtime.places import checkout
    from fengshou.runtime.web_build import build_if_stale

    root = checkout()
    if root is None and args.into is None:
        raise CommandError("needs a checkout, or --into FOLDER")
    docs = (root or Path()) / "docs"
    build_if_stale()
    only = set(args.only)
    home: Path = args.into or docs / ("reference/blocks" if args.what == "blocks" else "look/pictures")
    home.mkdir(parents=True, exist_ok=True)

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    if args.what == "blocks":
        made = asyncio.run(portraits(home, only or None))
    elif args.what == "beside":
        if args.look is None:
            raise CommandError("`beside` needs --look FOLDER")
        made = asyncio.run(beside(home, args.look, only, say))
    else:
        made = asyncio.run(looks(home, only, say))
    result = {"pictures": len(made), "bytes": sum(made.values()), "largest": max(made.values(), default=0)}
    emit(args, result, "\n".join(f"{name:<9} {value}" for name, value in result.items()))
    return 0

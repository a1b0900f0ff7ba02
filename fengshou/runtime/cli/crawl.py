"""`crawl`."""

from __future__ import annotations

import argparse
import asyncio
import sys

from fengshou.runtime.output import CommandError, add_json, emit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many pages."""
    parser.add_argument("--pages", type=int, default=10_000, help="how many pages there are (default 10000)")
    parser.add_argument("--sample", type=int, help="open only as many of them, beginning at --first")
    parser.add_argument(
        "--first", type=int, default=0, help="the number of the first page opened (default 0)"
    )
    parser.add_argument("--no-axe", action="store_true", help="leave out axe, which is most of the time")
    parser.add_argument(
        "--shipped",
        action="store_true",
        help="the app's own pages instead, in four modes, and every block's example",
    )
    add_json(parser)


def _shipped(args: argparse.Namespace) -> int:
    from fengshou.channels import OPS, samples_of
    from fengshou.pages import load
    from fengshou.runtime.crawl import answers, look_at_shipped
    from fengshou.runtime.crawl.portraits import desk_answers, example_pages
    from fengshou.runtime.places import content_folder

    own = load(content_folder() / "pages" / "app", ops=set(OPS.all))
    pages = [*own.sources.values(), *example_pages()]
    given = {**samples_of(OPS), **answers(), **desk_answers()}
    # Who is signed in is sent home from the door at once: it cannot be looked at by them.
    skip = {own.shell.sign_in}
    items = asyncio.run(look_at_shipped(pages, own.shell, given, skip=skip))
    lines = [f"{one['page']}: {one['what']}: {one['detail']}" for one in items]
    result = {"pages": len(pages) - len(skip), "findings": items}
    emit(args, result, "\n".join([*lines, f"{len(pages) - len(skip)} pages, {len(items)} findings"]))
    return 1 if items else 0


def main(args: argparse.Namespace) -> int:
    """Crawl; 1 when anything was found."""
    from fengshou.runtime.crawl import crawl
    from fengshou.runtime.web_build import build_if_stale

    many = args.pages - args.first if args.sample is None else args.sample
    if args.first < 0 or many < 1:
        raise CommandError("--pages, --sample and --first leave no page to open")
    build_if_stale()
    if args.shipped:
        return _shipped(args)
    found = asyncio.run(
        crawl(args.first, many, lambda text: print(text, file=sys.stderr, flush=True), axe=not args.no_axe)
    )
    summary = found.summary()
    lines = [f"{name:<12} {value}" for name, value in summary.items() if name != "first"]
    lines += [f"  {one['page']}: {one['what']}: {one['detail']}" for one in summary["first"]]
    emit(args, summary, "\n".join(lines))
    return 1 if found.items else 0

"""`catalog check`: the linter of content/."""

from __future__ import annotations

import argparse
from pathlib import Path

from fengshou.runtime.output import CommandError, add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which folder."""
    parser.add_argument("--content", type=Path, default=None, help="a folder like content/ (default: ours)")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Print every problem; 1 when there is one."""
    import fengshou.risk
    import fengshou.services  # noqa: F401 - they register their kinds of content when they are imported
    from fengshou.catalog import Catalog
    from fengshou.runtime.places import content_folder

    folder: Path = args.content or content_folder()
    if not folder.is_dir():
        raise CommandError(f"there is no content in {folder}")
    with step("reading content"):
        problems = Catalog.check(folder)
    told = [str(problem) for problem in problems]
    count = f"{len(told)} problem" + ("" if len(told) == 1 else "s")
    emit(args, {"ok": not told, "problems": told}, "\n".join([*told, count]) if told else "content is sound")
    return 1 if told else 0

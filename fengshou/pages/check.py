"""`python -m fengshou.pages.check FOLDER`: read and lint page files, one problem a line."""

from __future__ import annotations

import sys
from pathlib import Path

from fengshou.pages.compile import PagesRefused, load


def main(args: list[str]) -> int:
    """Check each folder of `args`; 0 when all may be published."""
    bad = 0
    for name in args:
        try:
            found = load(Path(name))
        except PagesRefused as refused:
            bad += len(refused.problems)
            sys.stderr.write(f"{refused}\n")
        else:
            sys.stdout.write(f"{name}: {len(found.sources)} pages, {len(found.bodies)} bodies\n")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

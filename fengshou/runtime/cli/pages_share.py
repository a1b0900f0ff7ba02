"""`pages share`: how much of the app is defined on the server.

A *function* is a page of the app, or an operation that the app may ask for; both are counted alike. It is
server-defined when changing it needs no build of the client:

- a page, when none of its blocks and actions is a `host` one, the closed list of what only client code can do;
- an operation, when some page names it. One that no page names is asked by client code alone, or by nobody yet.

A page counts as a whole: one `host` block among twenty makes it client code, though the other nineteen are not.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fengshou.runtime.output import CommandError, add_json, emit

if TYPE_CHECKING:
    from fengshou.pages import Page

_HOST = {
    "appearance": "language, light and letter size are the device's",
    "passkey.create": "the browser makes a passkey for scripts only",
    "passkey.get": "the browser shows a passkey to scripts only",
    "picture.save": "a receipt is drawn as a picture on the device",
    "print": "the device prints",
    "update": "a waiting version of the client is taken into use",
    "version": "only the client knows its own version",
}
_ASKED_BY_CODE = {
    "session.": "the client asks who is here before it has a page",
    "stepup.": "the sheet that proves an act: keypad that hides what is typed, passkey",
}
_BY_NOBODY = "no page names it yet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pages."""
    parser.add_argument("--pages", type=Path, default=None, help="a folder of pages (default: the app's)")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Count, and name what is not defined on the server."""
    from fengshou.channels import OPS
    from fengshou.pages import load
    from fengshou.runtime.places import content_folder

    folder: Path = args.pages or content_folder() / "pages" / "app"
    if not folder.is_dir():
        raise CommandError(f"there are no pages in {folder}")
    pages = load(folder, ops=set(OPS.all)).sources
    code = client_code(list(pages.values()), set(OPS.all))
    functions = len(pages) + len(OPS.all)
    defined = functions - len(code)
    result = {
        "functions": functions,
        "pages": len(pages),
        "operations": len(OPS.all),
        "server_defined": defined,
        "share": round(defined / functions, 4),
        "client_code": [{"id": id_, "reason": reason} for id_, reason in sorted(code.items())],
    }
    lines = [f"{id_:<32} {reason}" for id_, reason in sorted(code.items())]
    total = f"{defined} of {functions} functions are defined on the server: {defined / functions:.1%}"
    emit(args, result, "\n".join([*lines, total]))
    return 0


def client_code(pages: list[Page], ops: set[str]) -> dict[str, str]:
    """The functions that need client code, with the reason."""
    found: dict[str, str] = {}
    named: set[str] = set()
    for page in pages:
        hosts, values = _said(page)
        named |= values & ops
        if hosts:
            found[f"page {page.id}"] = "; ".join(_HOST[name] for name in sorted(hosts))
    for op in ops - named:
        why = next((why for start, why in _ASKED_BY_CODE.items() if op.startswith(start)), _BY_NOBODY)
        found[f"op {op}"] = why
    return found


def _said(page: Page) -> tuple[set[str], set[str]]:
    """Names of the host blocks and actions of a page, and every whole word it says to the server."""
    hosts: set[str] = set()
    words: set[str] = set()
    waiting: list[object] = [page.model_dump(mode="json")]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "host" in (part.get("t"), part.get("do")):
                hosts.add(str(part["name"]))
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
        elif isinstance(part, str):
            words.add(part)
    return hosts, words

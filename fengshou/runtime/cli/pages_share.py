"""`pages share`: how much of the app is defined on the server.

A *function* is something the app does for its reader; these are counted, all alike:

- `page P`: showing a page;
- `page P: OP`: an operation of the bank that this page asks or sends, once for each page;
- `page P: host NAME`: something on this page that only client code can do, the closed list of `host`;
- `op OP`: an operation that no page names yet.

The first two are server-defined: changing, adding or dropping one is a publication and needs no build of the client.
The other two are client code, and are listed with their reasons.

A few operations are no function of a reader's but part of the way pages come and secrets go (who is here, whose pages,
how they fare, what a secret is sealed with), as `/ui/manifest` and `/ui/events` are, which are no operations at all.
They are listed as well, and the share is told a second time with them counted as client code.

The console is counted by itself, in the same way: pages and operations on desks of content against operations that
only a page written by hand asks.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fengshou.runtime.output import CommandError, add_json, emit

if TYPE_CHECKING:
    from fengshou.pages import Page

_HOST = {
    "appearance": "language, light and letter size are the device's",
    "passkey.create": "the browser makes a passkey for scripts only",
    "passkey.get": "the browser shows a passkey to scripts only",
    "picture.save": "a receipt is drawn as a picture on the device",
    "print": "the device prints",
    "scan": "the device's camera, or a picture of its own, reads a code",
    "update": "a waiting version of the client is taken into use",
    "version": "only the client knows its own version",
}
_OWN_QUESTIONS = {
    "session.": "the client asks who is here before it has a page",
    "keypad.": "the keypad seals what is typed before it leaves the component",
    "pages.": "the client asks which pages it is shown, and says how they do",
}
_BY_NOBODY = "no page names it yet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pages."""
    parser.add_argument("--pages", type=Path, default=None, help="a folder of pages (default: the app's)")
    add_json(parser)


def _own(op: str) -> str | None:
    """Why the client asks this for itself, if it does."""
    return next((why for start, why in _OWN_QUESTIONS.items() if op.startswith(start)), None)


def main(args: argparse.Namespace) -> int:
    """Count, and name what is not defined on the server."""
    from fengshou.channels import OPS
    from fengshou.pages import load
    from fengshou.runtime.places import content_folder
    from fengshou.services import service_pages

    folder: Path = args.pages or content_folder() / "pages" / "app"
    if not folder.is_dir():
        raise CommandError(f"there are no pages in {folder}")
    made = [] if args.pages else service_pages(content_folder())
    pages = load(folder, ops=set(OPS.all), more=made).sources
    defined, code = counted(list(pages.values()), set(OPS.all))
    own = {f"op {op}": why for op in OPS.all if f"op {op}" in code and (why := _own(op))}
    code = {id_: why for id_, why in code.items() if id_ not in own}
    functions = len(defined) + len(code)
    with_own = len(defined) / (functions + len(own))
    result: dict[str, Any] = {
        "functions": functions,
        "pages": len(pages),
        "operations": len(OPS.all),
        "server_defined": len(defined),
        "share": round(len(defined) / functions, 4),
        "client_code": [{"id": id_, "reason": reason} for id_, reason in sorted(code.items())],
        "own_questions": [{"id": id_, "reason": reason} for id_, reason in sorted(own.items())],
        "share_with_own_questions": round(with_own, 4),
    }
    lines = ["need client code:", *(f"  {id_:<40} {reason}" for id_, reason in sorted(code.items()))]
    lines += ["asked by the client for itself:", *(f"  {id_:<40} {why}" for id_, why in sorted(own.items()))]
    total = (
        f"{len(defined)} of {functions} functions are defined on the server: {len(defined) / functions:.1%}"
        f" ({with_own:.1%} if what the client asks for itself were a function too)"
    )
    if not args.pages:
        result["console"] = console = _console()
        total += (
            f"\nconsole: {console['server_defined']} of {console['functions']} functions are on desks of content:"
            f" {console['share']:.1%}"
        )
    emit(args, result, "\n".join([*lines, total]))
    return 0


def _console() -> dict[str, Any]:
    """The console's own count; `by_hand` are operations that no desk of content names."""
    from fengshou.channels import STAFF_OPS
    from fengshou.pages import desk_pages
    from fengshou.runtime.places import content_folder

    pages = desk_pages(content_folder())
    defined, code = counted(pages, set(STAFF_OPS.all))
    functions = len(defined) + len(code)
    return {
        "desks": len(pages), "operations": len(STAFF_OPS.all), "functions": functions, "server_defined": len(defined),
        "share": round(len(defined) / functions, 4), "by_hand": sorted(id_.removeprefix("op ") for id_ in code),
    }  # fmt: skip


def counted(pages: list[Page], ops: set[str]) -> tuple[set[str], dict[str, str]]:
    """The functions that are defined on the server, and those that need client code with the reason."""
    defined: set[str] = set()
    code: dict[str, str] = {}
    named: set[str] = set()
    for page in pages:
        hosts, values = _said(page)
        named |= values & ops
        defined |= {f"page {page.id}", *(f"page {page.id}: {op}" for op in values & ops)}
        code |= {f"page {page.id}: host {name}": _HOST[name] for name in hosts}
    for op in ops - named:
        code[f"op {op}"] = _own(op) or _BY_NOBODY
    return defined, code


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

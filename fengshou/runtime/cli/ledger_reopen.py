"""`ledger reopen`: open the day closed last again. One colleague asks, another agrees, each with their own password.

It speaks to the running bank as the console does, so that who may do it, and how surely they proved who they are,
is decided in one place.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from fengshou.runtime.cli.ledger_book import day, table
from fengshou.runtime.output import CommandError, add_json, emit

if TYPE_CHECKING:
    import httpx

_HEAD = ("编号 id", "日期 day", "状态 state", "申请 asked by", "复核 decided by", "事由 reason")
_STATE = {
    "asked": "待复核 waits",
    "agreed": "已重开 agreed",
    "refused": "不同意 refused",
    "withdrawn": "已撤回 withdrawn",
}
_HEADERS = {"x-fs-client": "cli/1"}
_TIMEOUT_S = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, and what; without --ask, --agree and --refuse it lists what was asked."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--ask", type=day, metavar="DAY", help="ask to open this day again; needs --reason")
    what.add_argument("--agree", metavar="ID", help="agree to what a colleague asked: the day is open")
    what.add_argument("--refuse", metavar="ID", help="say no, or take one's own wish back")
    parser.add_argument("--as", dest="login", required=True, metavar="LOGIN", help="your log-in name")
    parser.add_argument("--reason", default="", help="why it must be opened, or why not")
    parser.add_argument(
        "--url", default="http://127.0.0.1:8000", help="the running bank (default http://127.0.0.1:8000)"
    )
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Do it, and show what was asked at one's bank. The password is asked for, or read from standard input."""
    if args.ask and not args.reason.strip():
        raise CommandError("say why with --reason")
    seen = asyncio.run(_talk(args, _password(args.login)))
    emit(args, {"ok": True} | seen, text(seen))
    return 0


def text(seen: dict[str, Any]) -> str:
    """What was asked, as a table."""
    closed = seen["closed_to"] or "-"
    head = f"{seen['bank_name']['zh']} {seen['bank_name']['en']}: 已结到 closed to {closed}"
    rows = [
        (
            r["id"],
            r["day"],
            "已失效 lapsed" if r["lapsed"] else _STATE[r["state"]],
            r["asked_by"],
            r["decided_by"],
            r["reason"],
        )
        for r in seen["asked"]
    ]
    return f"{head}\n{table(_HEAD, rows, left=len(_HEAD))}" if rows else f"{head}\n没有重开申请 nobody asked"


async def act(
    http: httpx.AsyncClient,
    login: str,
    password: str,
    *,
    ask: date | None = None,
    agree: str | None = None,
    refuse: str | None = None,
    reason: str = "",
) -> dict[str, Any]:
    """Log in, do one thing, look at the result, log out. Raises `CommandError` with the bank's own words."""
    await _post(http, "session.log_in", login=login, password=password)
    try:
        if ask:
            await _post(http, "closing.ask", day=ask.isoformat(), reason=reason)
        elif agree:
            await _post(http, "closing.agree", id=agree)
        elif refuse:
            await _post(http, "closing.refuse", id=refuse, answer=reason)
        return await _post(http, "closing.view")
    finally:
        await _post(http, "session.log_out")


async def _talk(args: argparse.Namespace, password: str) -> dict[str, Any]:
    import httpx

    async with httpx.AsyncClient(base_url=args.url, timeout=_TIMEOUT_S, trust_env=False) as http:
        try:
            return await act(
                http, args.login, password, ask=args.ask, agree=args.agree, refuse=args.refuse, reason=args.reason
            )  # fmt: skip
        except httpx.HTTPError:
            raise CommandError(f"no bank answers at {args.url}; name it with --url") from None


async def _post(http: httpx.AsyncClient, op: str, **body: Any) -> dict[str, Any]:
    answer = await http.post(f"/api/console/{op}", json=body, headers=_HEADERS)
    told: dict[str, Any] = answer.json()
    if not answer.is_success:
        words = told.get("messages") or {}
        raise CommandError(" ".join(filter(None, (words.get("zh"), words.get("en")))) or str(told))
    return told


def _password(login: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"{login}: ")
    return sys.stdin.readline().rstrip("\r\n")

"""Statement lines: the book's movements of one or several accounts, with the words kept beside them.

The book is the truth; words are looked up for the lines that are shown. A movement nobody wrote words
for (a booking of the bank) still shows, named by its code.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

import orjson

from fengshou.channels.app import views, words
from fengshou.channels.app.shapes import LineShow
from fengshou.channels.edge import Doors
from fengshou.kernel import SHANGHAI, Invalid, Principal, day_of
from fengshou.ledger import AccountRef, Line
from fengshou.party import CustomerAccount
from fengshou.payments import LineText

CHUNK = 100  # lines of one account read at a time
LOOKS_MAX = 20  # chunks looked through for one page, so that a rare word never reads years
ALL_MAX = 20_000  # lines of one download

Direction = Literal["all", "in", "out"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines. `text` is searched in the other side's name, memo, title, and as an amount."""

    text: str = ""
    direction: Direction = "all"
    since: date | None = None
    until: date | None = None

    @property
    def start(self) -> datetime | None:
        """The first instant."""
        return datetime.combine(self.since, time.min, SHANGHAI) if self.since else None

    @property
    def end(self) -> datetime | None:
        """The first instant after."""
        return datetime.combine(self.until + timedelta(days=1), time.min, SHANGHAI) if self.until else None

    def takes(self, line: LineShow) -> bool:
        """Whether a line is wanted."""
        if (self.direction == "in" and line.delta_fen < 0) or (
            self.direction == "out" and line.delta_fen > 0
        ):
            return False
        if (self.start and line.at < self.start) or (self.end and line.at >= self.end):
            return False
        sought = self.text.strip().lower()
        if not sought:
            return True
        amount = f"{abs(line.delta_fen) // 100}.{abs(line.delta_fen) % 100:02d}"
        spoken = (line.other, line.memo, line.title.zh, line.title.en.lower(), line.other_tail)
        return amount.startswith(sought.replace(",", "")) or any(sought in text.lower() for text in spoken)


@dataclass(slots=True)
class _Reel:
    """One account being read backwards. `before` goes on after the last line that was shown.

    waiting  lines read and not shown yet, with where to go on after each and when it was posted
    """

    account: CustomerAccount
    before: int | None
    waiting: list[tuple[LineShow, int, datetime]]
    ended: bool


async def page(
    doors: Doors,
    who: Principal,
    accounts: Sequence[CustomerAccount],
    wish: Filter,
    cursor: str | None,
    limit: int,
) -> tuple[list[LineShow], str | None]:
    """The next `limit` lines that `wish` takes, newest first over all `accounts`, and where to go on."""
    marks = read_cursor(cursor)
    reels = [_Reel(a, marks.get(a.number, None if not marks else 0), [], False) for a in accounts]
    for reel in reels:
        reel.ended = reel.before == 0
    shown: list[LineShow] = []
    looks = 0
    while len(shown) < limit:
        for reel in reels:
            if not reel.waiting and not reel.ended:
                looks += 1
                await _wind(doors, who, reel, max(limit, 20) if not wish.text else CHUNK)
        ready = [reel for reel in reels if reel.waiting]
        if not ready:
            break
        reel = max(ready, key=lambda r: (r.waiting[0][0].at, r.waiting[0][0].id))
        line, reel.before, posted_at = reel.waiting.pop(0)
        # What was posted late happened before its neighbours; nothing is posted before it happened.
        if wish.start and posted_at < wish.start:
            reel.waiting, reel.ended, reel.before = [], True, 0
            continue
        if wish.takes(line):
            shown.append(line)
        if looks > LOOKS_MAX and not any(r.waiting for r in reels):
            break
    left = {r.account.number: r.before for r in reels if r.before != 0 and not (r.ended and not r.waiting)}
    return shown, write_cursor(left) if left else None


async def _wind(doors: Doors, who: Principal, reel: _Reel, chunk: int) -> None:
    ref = AccountRef(*reel.account.ref)
    async with doors.db.read(ref.bank, who) as work:
        raw = await doors.ledger.statement(work, ref, before=reel.before, limit=chunk)
    reel.ended = not raw or raw[-1].cursor == 0
    if raw:
        told = await doors.payments.line_texts(who, ref, [line.entry for line in raw])
        reel.waiting = [
            (line_show(doors, reel.account, line, told.get(line.entry)), line.cursor, line.posted_at)
            for line in raw
        ]


async def every(doors: Doors, who: Principal, account: CustomerAccount, wish: Filter) -> list[LineShow]:
    """All lines of one account in a span, oldest first. Raises `Invalid` for more than can be printed."""
    found: list[LineShow] = []
    cursor: str | None = None
    while True:
        lines, cursor = await page(doors, who, [account], wish, cursor, CHUNK)
        found += lines
        if len(found) > ALL_MAX:
            raise Invalid(field="since", fields=["since"])
        if cursor is None:
            return found[::-1]


def line_show(doors: Doors, account: CustomerAccount, line: Line, text: LineText | None) -> LineShow:
    """One movement in words."""
    # The fee of a payment is a movement of its own under the same entry.
    fee = words.CODES.get(line.code) == "fee"
    told = None if fee else text
    look = words.line_words(told.kind if told else None, line.code)
    known = told is not None and (told.other_bank is not None or told.other_code is not None)
    return LineShow(
        id=f"{account.bank}-{account.account_id}-{line.position}", entry=line.entry, account=account.number,
        tail=account.number[-4:], at=line.event_at, day=day_of(line.event_at), delta_fen=line.delta_fen,
        balance_fen=line.balance_fen, other=told.other_name if told else "",
        other_bank=views.bank_name(doors, told.other_bank, told.other_code) if told and known else None,
        other_tail=told.other_tail if told else "", memo=told.memo if told else "", kind=look.kind,
        category=look.category, title=look.title, icon=look.icon,
        tone="grain" if line.delta_fen > 0 and look.tone == "brand" else look.tone,
        order_id=text.order if text else None,
    )  # fmt: skip


def write_cursor(marks: dict[str, int | None]) -> str:
    """Where each account goes on, as one word."""
    return base64.urlsafe_b64encode(orjson.dumps(marks)).decode().rstrip("=")


def read_cursor(text: str | None) -> dict[str, int | None]:
    """Back again. Raises `Invalid` for anything else."""
    if not text:
        return {}
    try:
        marks = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        raise Invalid(field="before", fields=["before"]) from None
    if not isinstance(marks, dict) or not all(
        isinstance(k, str) and (v is None or (type(v) is int and 0 < v < 2**62)) for k, v in marks.items()
    ):
        raise Invalid(field="before", fields=["before"])
    return marks

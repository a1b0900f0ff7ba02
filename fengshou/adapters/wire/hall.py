"""The simulators of systems with many providers: what their pure cores have in common, and their memory.

A core is a function of what it was asked and when: each provider's book follows from its name, so that one more
provider needs no data, and the data asked about choose the outcome. `Hall` keeps a journal of what changed a core.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar
from uuid import UUID

import yaml
from pydantic import ValidationError

from fengshou import kernel, services
from fengshou.adapters.wire.journal import Journal
from fengshou.adapters.wire.speaker import QUESTIONS
from fengshou.services import News, Operation, Post, Ring, Said, Subject, Talk

MAIL_MAX, BOOKS_MAX = 20_000, 2_000
_ASKED: frozenset[Operation] = frozenset(
    {"case.progress", "book.queue", "bill.status", "topup.status", "trade.status"}
)
B = TypeVar("B")
Answerer = Callable[[B, Ring, Any, datetime], Said]


class BadWish(Exception):
    """A wish at the demo desk that cannot be carried out."""


class Core(ABC, Generic[B]):
    """A simulated system: a book for each provider, answers by operation, a mailbox.

    epoch   names this history: a cursor of another one begins from the start
    """

    answers: Mapping[Operation, Answerer[B]]

    def __init__(self, *, epoch: str = "0") -> None:
        self._epoch = epoch
        self._books: OrderedDict[str, B] = OrderedDict()
        self._mail: deque[tuple[int, News]] = deque(maxlen=MAIL_MAX)
        self._mailed = 0

    @abstractmethod
    def open_book(self, provider: str) -> B:
        """The book of a provider, by its name alone."""

    def wish(self, wish: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
        """What a person at the demo desk wants to happen; raises `BadWish`."""
        raise BadWish("nothing to wish for")

    def pass_time(self, at: datetime) -> None:
        """Let happen what was due until `at`; what it leads to goes into the mailbox."""

    def book(self, provider: str) -> B:
        """The book of a provider; the ones not used for longest are forgotten beyond two thousand."""
        book = self._books.get(provider)
        if book is None:
            book = self._books[provider] = self.open_book(provider)
            if len(self._books) > BOOKS_MAX:
                self._books.popitem(last=False)
        self._books.move_to_end(provider)
        return book

    def books(self) -> Mapping[str, B]:
        """All books opened so far."""
        return self._books

    def ring(self, ring: Ring, at: datetime) -> Said:
        """Answer. `unknown` means: done, but the caller hears nothing of it; `unavailable`: out of service."""
        answer = self.answers.get(ring.operation)
        if answer is None:
            return refused("not_offered")
        try:
            params = services.OPERATIONS[ring.operation][0].model_validate(dict(ring.params))
        except ValidationError:
            return refused("bad_request")
        return answer(self.book(ring.provider), ring, params, at)

    def post(self, news: News) -> None:
        """Put into the mailbox."""
        self._mailed += 1
        self._mail.append((self._mailed, news))

    def news(self, after: str, limit: int, at: datetime) -> Post:
        """The mail behind the cursor, oldest first."""
        self.pass_time(at)
        epoch, _, seen = after.partition(".")
        last = int(seen) if epoch == self._epoch and seen.isdecimal() and len(seen) < 16 else 0
        oldest = self._mail[0][0] if self._mail else 1
        skip = max(0, last + 1 - oldest)
        page = [self._mail[n] for n in range(skip, min(skip + limit, len(self._mail)))]
        cursor = page[-1][0] if page else last
        more = bool(self._mail) and cursor < self._mail[-1][0]
        return Post(tuple(news for _, news in page), f"{self._epoch}.{cursor}", more=more)


class Hall(Generic[B]):
    """A core with its memory: what changed it is written down, and heard again at the next start."""

    def __init__(self, core: Core[B], *, journal: Path | None, now: Callable[[], datetime]) -> None:
        self.core = core
        self._journal = Journal(journal)
        self._now = now
        forgotten = 0
        for line in self._journal.replay():
            try:
                self._hear(line)
            except (BadWish, KeyError, TypeError, ValueError):
                forgotten += 1  # an older version wrote it on another form
        if forgotten:
            kernel.get_logger("adapters").warning("simulator_forgot", lines=forgotten)

    def now(self) -> datetime:
        """The instant of the simulator's clock."""
        return self._now()

    def ring(self, ring: Ring) -> Said:
        """Answer now, and remember."""
        at = self._now()
        if ring.operation not in QUESTIONS or ring.operation in _ASKED:
            self._journal.write({"at": at.isoformat(), "ring": _plain(ring)})
        return self.core.ring(ring, at)

    def wish(self, wish: Mapping[str, Any]) -> Mapping[str, Any]:
        """Carry out a wish of the demo desk, and remember."""
        at = self._now()
        said = self.core.wish(wish, at)
        self._journal.write({"at": at.isoformat(), "wish": dict(wish)})
        return said

    def news(self, after: str, limit: int) -> Post:
        """The mail behind the cursor."""
        return self.core.news(after, limit, self._now())

    def _hear(self, line: Mapping[str, Any]) -> None:
        at = datetime.fromisoformat(line["at"])
        if "wish" in line:
            self.core.wish(line["wish"], at)
            return
        said = dict(line["ring"])
        subject = said.pop("subject")
        self.core.ring(Ring(**said | {"key": UUID(said["key"])}, subject=subject and Subject(**subject)), at)


@cache
def sample(path: Path) -> Any:
    """A parsed file of samples. Read once a process: treat it as frozen."""
    return yaml.safe_load(path.read_text("utf-8"))


def fresh_epoch() -> str:
    """The name of a history that begins now."""
    return secrets.token_hex(4)


def done(body: Talk) -> Said:
    """Done, with these words."""
    return Said("done", body.model_dump(mode="json"))


def pending(body: Talk | None = None) -> Said:
    """Taken, not finished."""
    return Said("pending", body.model_dump(mode="json") if body else {})


def refused(reason: str) -> Said:
    """Refused for a reason of the manifest's list."""
    return Said("refused", {}, reason)


def _plain(ring: Ring) -> dict[str, Any]:
    takes = services.OPERATIONS[ring.operation][0]
    try:
        params = takes.model_validate(dict(ring.params)).model_dump(mode="json")
    except ValidationError:
        params = {}
    who = ring.subject
    subject = who and {"name": who.name, "id_number": who.id_number, "phone": who.phone}
    return {
        "operation": ring.operation,
        "provider": ring.provider,
        "key": str(ring.key),
        "topic": ring.topic,
        "params": params,
        "subject": subject,
    }

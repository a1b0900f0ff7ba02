"""The rail and all banks behind it as a pure thing: the payee chooses the outcome, instants are handed in.

Every message id the rail makes up follows from what it answers, so the same history gives the same messages.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, Literal, TypeVar

from fengshou.adapters.rail.mapping import REASONS
from fengshou.adapters.rail.messages import (
    CreditTransfer,
    Envelope,
    Message,
    Return,
    Status,
    StatusReport,
    StatusRequest,
)

TRANSFERS_MAX = 50_000
MAIL_MAX = 20_000
CREDITS_MAX = 5_000

K = TypeVar("K")
V = TypeVar("V")


class Reply(StrEnum):
    """What the rail answers besides a message."""

    SILENCE = "silence"  # it took the message and says nothing
    TAKEN = "taken"  # our own report, nothing to say to it
    NOT_SEEN = "not_seen"  # asked about something it does not know
    CONFLICT = "conflict"  # knows these ids with other contents
    MISDIRECTED = "misdirected"  # not for this rail, or not a message one sends to it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a transfer. `asks` status requests go by before the end of a slow one is known."""

    end: Literal["accepted", "rejected", "returned", "lost"] = "accepted"
    reason: str | None = None
    asks: int = 0
    silent: bool = False

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Outcome:
        """Build it from one rule of the outcomes file."""
        if unknown := set(said) - {"outcome", "reason", "asks", "silent"}:
            raise ValueError(f"outcomes: {sorted(unknown)} are not known")
        outcome = cls(said["outcome"], said.get("reason"), said.get("asks", 0), said.get("silent", False))
        if outcome.end in ("rejected", "returned") and outcome.reason not in REASONS:
            raise ValueError(f"outcomes: reason {outcome.reason} is not of the code set")
        return outcome


@dataclass(frozen=True)
class Rules:
    """Which payee leads to which outcome (see samples/outcomes.yaml)."""

    account_endings: Mapping[str, Outcome] = field(default_factory=dict)
    names: Mapping[str, Outcome] = field(default_factory=dict)
    bank_prefixes: Mapping[str, Outcome] = field(default_factory=dict)

    @classmethod
    def read(cls, said: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Rules:
        """Build them from the parsed outcomes file."""
        groups = ({key: Outcome.read(rule) for key, rule in said[name].items()} for name in said)
        return cls(**dict(zip(said, groups, strict=True)))

    def outcome(self, transfer: CreditTransfer) -> Outcome:
        """What becomes of `transfer`; bank before account before name."""
        payee = transfer.creditor
        for prefix, outcome in self.bank_prefixes.items():
            if payee.bank.startswith(prefix):
                return outcome
        if found := self.account_endings.get(payee.account[-4:]):
            return found
        for part, outcome in self.names.items():
            if part in payee.name:
                return outcome
        return Outcome()


@dataclass(slots=True)
class _Transfer:
    transfer: CreditTransfer
    outcome: Outcome
    taken_at: datetime
    asked: int = 0

    @property
    def decided(self) -> bool:
        return self.asked >= self.outcome.asks


@dataclass(frozen=True, slots=True)
class Passage:
    """One transfer that passed the rail, for people who look on."""

    transfer: CreditTransfer
    inbound: bool
    state: Literal["accepted", "rejected", "returned", "pending", "silent", "waiting"]
    reason: str | None


class Rail:
    """The whole rail. `epoch` names this history: a cursor of another one begins from the start."""

    def __init__(self, rules: Rules, *, code: str, epoch: str = "0") -> None:
        self.code = code
        self._rules = rules
        self._epoch = epoch
        self._transfers: OrderedDict[tuple[str, str], _Transfer] = OrderedDict()
        self._lost: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._credits: OrderedDict[str, CreditTransfer] = OrderedDict()
        self._answers: OrderedDict[str, StatusReport] = OrderedDict()
        self._mail: deque[tuple[int, Envelope]] = deque(maxlen=MAIL_MAX)
        self._mailed = 0

    def receive(self, envelope: Envelope, at: datetime) -> Envelope | Reply:
        """Take a participant's message and answer it."""
        if envelope.receiver != self.code:
            return Reply.MISDIRECTED
        match envelope.message:
            case CreditTransfer() as transfer:
                return self._take(envelope.sender, transfer, at)
            case StatusRequest() as request:
                return self._tell(envelope.sender, request)
            case StatusReport() as report:
                return self._note(report)
            case Return():
                return Reply.MISDIRECTED

    def push(self, credit: CreditTransfer, participant: str) -> None:
        """Send money from an outside bank to a participant; once per message id."""
        if credit.message_id not in self._credits:
            _keep(self._credits, credit.message_id, credit, CREDITS_MAX)
            self._post(participant, credit)

    def credit_status(self, message_id: str) -> StatusReport | None:
        """What the participant answered to a pushed credit."""
        return self._answers.get(message_id)

    def passages(self, limit: int) -> list[Passage]:
        """The newest transfers in both directions, newest first."""
        out = [_passage(known) for known in islice(reversed(self._transfers.values()), limit)]
        come = [self._arrival(credit) for credit in islice(reversed(self._credits.values()), limit)]
        both = sorted(out + come, key=lambda passage: passage.transfer.created_at, reverse=True)
        return both[:limit]

    def mail(self, participant: str, after: str, limit: int) -> tuple[list[Envelope], str]:
        """A participant's mail behind the cursor, oldest first, and the cursor behind it."""
        epoch, _, seen = after.partition(".")
        last = int(seen) if epoch == self._epoch and seen.isdecimal() else 0
        page = [(n, letter) for n, letter in self._mail if n > last and letter.receiver == participant]
        page = page[:limit]
        return [letter for _, letter in page], f"{self._epoch}.{page[-1][0] if page else last}"

    def _take(self, sender: str, transfer: CreditTransfer, at: datetime) -> Envelope | Reply:
        key = (sender, transfer.end_to_end_id)
        known = self._transfers.get(key)
        if known is None:
            outcome = self._rules.outcome(transfer)
            if outcome.end == "lost" and key not in self._lost:
                _keep(self._lost, key, None, TRANSFERS_MAX)
                return Reply.SILENCE
            known = _Transfer(transfer, Outcome() if outcome.end == "lost" else outcome, at)
            _keep(self._transfers, key, known, TRANSFERS_MAX)
            if known.outcome.end == "returned":
                self._post(sender, self._return(known))
        elif _content(known.transfer) != _content(transfer):
            return Reply.CONFLICT
        if known.outcome.silent and not known.decided:
            return Reply.SILENCE
        # The sender hears about the message it sent now, even if it was the second with this end-to-end id.
        return Envelope(self.code, sender, self._report(known, transfer.message_id))

    def _tell(self, sender: str, request: StatusRequest) -> Envelope | Reply:
        known = self._transfers.get((sender, request.original_end_to_end_id))
        if known is None:
            return Reply.NOT_SEEN
        was_decided = known.decided
        known.asked += 1
        if known.decided and not was_decided:
            self._post(sender, self._report(known, known.transfer.message_id))
        if known.decided and known.outcome.end == "returned":
            told: Message = replace(self._return(known), original_message_id=request.original_message_id)
        else:
            told = self._report(known, request.original_message_id)
        return Envelope(self.code, sender, told)

    def _note(self, report: StatusReport) -> Reply:
        credit = self._credits.get(report.original_message_id)
        if credit is None or credit.end_to_end_id != report.original_end_to_end_id:
            return Reply.NOT_SEEN
        said = self._answers.get(credit.message_id)
        if said is not None and (said.status, said.reason_code) != (report.status, report.reason_code):
            return Reply.CONFLICT
        _keep(self._answers, credit.message_id, report, CREDITS_MAX)
        return Reply.TAKEN

    def _report(self, known: _Transfer, message_id: str) -> StatusReport:
        outcome = known.outcome
        status = Status.REJECTED if outcome.end == "rejected" else Status.SETTLED
        if not known.decided:
            status = Status.PENDING
        e2e = known.transfer.end_to_end_id
        return StatusReport(
            _derived("S", message_id, e2e, status),
            known.taken_at,
            message_id,
            e2e,
            status,
            outcome.reason if status is Status.REJECTED else None,
        )

    def _return(self, known: _Transfer) -> Return:
        transfer, reason = known.transfer, known.outcome.reason
        assert reason is not None
        return Return(
            _derived("R", transfer.message_id, transfer.end_to_end_id, "return"),
            known.taken_at,
            transfer.message_id,
            transfer.end_to_end_id,
            transfer.fen,
            transfer.settle_on,
            reason,
        )

    def _arrival(self, credit: CreditTransfer) -> Passage:
        said = self._answers.get(credit.message_id)
        if said is None:
            return Passage(credit, True, "waiting", None)
        settled = said.status is Status.SETTLED
        return Passage(credit, True, "accepted" if settled else "rejected", said.reason_code)

    def _post(self, participant: str, message: Message) -> None:
        self._mailed += 1
        self._mail.append((self._mailed, Envelope(self.code, participant, message)))


def _passage(known: _Transfer) -> Passage:
    outcome = known.outcome
    if not known.decided:
        return Passage(known.transfer, False, "silent" if outcome.silent else "pending", None)
    assert outcome.end != "lost"  # a lost transfer was never taken, and arrives as an ordinary one
    return Passage(known.transfer, False, outcome.end, outcome.reason)


def _content(transfer: CreditTransfer) -> tuple[object, ...]:
    return transfer.fen, transfer.debtor, transfer.creditor


def _derived(kind: str, *parts: str) -> str:
    return kind + hashlib.sha256("|".join(parts).encode()).hexdigest()[:30]


def _keep(kept: OrderedDict[K, V], key: K, value: V, at_most: int) -> None:
    kept[key] = value
    while len(kept) > at_most:
        kept.popitem(last=False)

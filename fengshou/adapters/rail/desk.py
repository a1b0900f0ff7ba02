"""The simulated rail with its memory: reads letters, keeps the journal, lets outside banks send money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from fengshou import kernel
from fengshou.adapters.rail import codec
from fengshou.adapters.rail.mapping import from_xml, member_bank_code, to_xml
from fengshou.adapters.rail.messages import CreditTransfer, Envelope, Party, StatusReport
from fengshou.adapters.rail.simulator import Passage, Rail, Reply, Rules
from fengshou.adapters.wire import Journal

_BEIJING = timezone(timedelta(hours=8))
_SAMPLES = Path(__file__).parent / "samples"
SENDER = Party(bank="899000000009", account="6230000000000018", name="远行商贸有限公司")


class BadWish(Exception):
    """A wish for money from outside that cannot be carried out."""


def load_rules(path: Path = _SAMPLES / "outcomes.yaml") -> Rules:
    """The outcomes that ship with the simulator."""
    return Rules.read(yaml.safe_load(path.read_text("utf-8")))


class Desk:
    """Hands letters to the pure rail and writes down what it heard.

    participant  the 12 digits of the one participant this rail serves: the provincial centre
    """

    def __init__(self, *, code: str, participant: str, rules: Rules, journal: Path | None) -> None:
        self._participant = participant
        self._journal = Journal(journal)
        # Without a journal each start is a history of its own; with one it is the same history for ever.
        self.rail = Rail(rules, code=code, epoch="j" if journal else uuid4().hex[:8])
        forgotten = 0
        for line in self._journal.replay():
            try:
                self._hear(line)
            except (codec.BadMessage, BadWish, KeyError, ValueError):
                forgotten += 1  # an older version wrote it on another form
        if forgotten:
            kernel.get_logger("adapters").warning("simulated_rail_forgot", lines=forgotten)

    def receive(self, letter: bytes, at: datetime) -> Envelope | Reply:
        """Take one letter. Raises `codec.BadMessage` when it is not on its form."""
        envelope = from_xml(codec.from_bytes(letter))
        if envelope.sender != self._participant:
            return Reply.MISDIRECTED
        self._journal.write({"at": at.isoformat(), "letter": letter.decode("utf-8")})
        return self.rail.receive(envelope, at)

    def push(self, wish: Mapping[str, Any], at: datetime) -> CreditTransfer:
        """Let an outside bank send money to one of our accounts (see docs/guides/outside-systems.md)."""
        credit = _credit(wish, at)
        self._journal.write({"at": at.isoformat(), "wish": {**wish, "key": credit.end_to_end_id}})
        self.rail.push(credit, self._participant)
        return credit

    def mail(self, after: str, limit: int) -> tuple[list[Envelope], str]:
        """The participant's mail."""
        return self.rail.mail(self._participant, after, limit)

    def status(self, message_id: str) -> StatusReport | None:
        """What the participant said of money sent to it."""
        return self.rail.credit_status(message_id)

    def passages(self, limit: int = 30) -> list[Passage]:
        """The newest transfers, for people who look on."""
        return self.rail.passages(limit)

    def _hear(self, line: dict[str, Any]) -> None:
        at = datetime.fromisoformat(line["at"])
        if "letter" in line:
            self.rail.receive(from_xml(codec.from_bytes(line["letter"].encode())), at)
        else:
            self.rail.push(_credit(line["wish"], at), self._participant)


def _credit(wish: Mapping[str, Any], at: datetime) -> CreditTransfer:
    """The transfer a wish asks for. Raises `BadWish` when it does not fit pacs.008."""
    account, name = str(wish.get("creditor_account", "")), str(wish.get("creditor_name", ""))
    key, amount = str(wish.get("key") or uuid4().hex), str(wish.get("amount", ""))
    bank = str(wish.get("creditor_bank") or "")
    if (
        not bank
        and account.startswith("629")
        and account.isdecimal()
        and len(account) == 19
        and int(account[3:7])
    ):
        bank = member_bank_code(int(account[3:7]))
    yuan, point, cents = amount.partition(".")
    cents = cents.ljust(2, "0") if point else "00"
    if not (yuan.isascii() and yuan.isdigit() and cents.isascii() and cents.isdigit() and len(cents) == 2):
        raise BadWish("amount")
    if len(yuan) > 13 or int(yuan + cents) == 0:
        raise BadWish("amount")
    credit = CreditTransfer(
        message_id=f"I{key}"[:35],
        end_to_end_id=key,
        fen=int(yuan + cents),
        debtor=Party(
            bank=str(wish.get("debtor_bank") or SENDER.bank),
            account=str(wish.get("debtor_account") or SENDER.account),
            name=str(wish.get("debtor_name") or SENDER.name),
        ),
        creditor=Party(bank, account, name),
        settle_on=_day(at),
        created_at=at,
        memo=str(wish.get("memo") or ""),
    )
    try:
        to_xml(Envelope(SENDER.bank, SENDER.bank, credit))
    except codec.BadMessage as error:
        raise BadWish(str(error)) from error
    return credit


def _day(at: datetime) -> date:
    return at.astimezone(_BEIJING).date()

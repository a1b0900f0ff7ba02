"""What every act of this room is handed: the database, the vault, the clock, the ports, the content."""

from __future__ import annotations

from dataclasses import dataclass

from fengshou.kernel import Clock, Database, Missing, Vault
from fengshou.party.content import PartyContent
from fengshou.party.mailbox import Mailbox
from fengshou.party.model import Bank, Branch
from fengshou.party.ports import Book, Classes, RealNamePort


@dataclass(frozen=True, slots=True)
class Room:
    """The room's belongings, wired once at start. `banks` includes the centre."""

    db: Database
    vault: Vault
    clock: Clock
    book: Book
    realname: RealNamePort
    classes: Classes
    content: PartyContent
    mailbox: Mailbox
    banks: dict[int, Bank]
    branches: dict[int, tuple[Branch, ...]]

    def bank(self, institution_id: int) -> Bank:
        """The bank, or `Missing`."""
        found = self.banks.get(institution_id)
        if found is None:
            raise Missing(what="bank")
        return found


def furnish(
    db: Database, vault: Vault, clock: Clock, book: Book, realname: RealNamePort, classes: Classes,
    content: PartyContent, mailbox: Mailbox,
) -> Room:  # fmt: skip
    """The room with its content laid out for looking up."""
    banks = {item.institution: item.bank() for item in content.banks}
    branches = {item.institution: item.values() for item in content.branches}
    return Room(db, vault, clock, book, realname, classes, content, mailbox, banks, branches)

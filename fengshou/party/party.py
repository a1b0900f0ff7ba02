"""The room's front class: one method an act. What each does stands in the file of its act."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

from fengshou.kernel import CENTRE, Clock, Database, Principal, Relay, Vault, Work
from fengshou.party import (
    accounts,
    admit,
    customers,
    desk,
    letters,
    lookup,
    names,
    realname,
    store_accounts,
    store_desk,
)
from fengshou.party.content import PartyContent, Rules
from fengshou.party.mailbox import Mailbox
from fengshou.party.model import (
    AccountKey,
    Bank,
    Branch,
    Consent,
    Customer,
    CustomerAccount,
    NameCheck,
    Notice,
    Preferences,
    Proposal,
    ProposalState,
    Staff,
)
from fengshou.party.ports import Book, Classes, Proof, RealNamePort, Ride, RideKind
from fengshou.party.room import furnish


class Party:
    """Who banks here. Built by `runtime` with the book behind `Book` and the register behind `RealNamePort`."""

    def __init__(
        self, db: Database, vault: Vault, clock: Clock, book: Book, realname: RealNamePort, classes: Classes,
        content: PartyContent,
    ) -> None:  # fmt: skip
        self._room = furnish(db, vault, clock, book, realname, classes, content, Mailbox())

    def renew(self, content: PartyContent) -> None:
        """Go on with the content of another release."""
        room = self._room
        self._room = furnish(
            room.db, room.vault, room.clock, room.book, room.realname, room.classes, content, room.mailbox
        )

    @staticmethod
    def riders() -> tuple[RideKind, ...]:
        """The statements to register with the book before it starts."""
        return (*store_accounts.RIDES, store_desk.SPEND)

    def listen(self, relay: Relay) -> None:
        """Turn the room's own events into notices; before the relay starts."""
        letters.listen(lambda: self._room, relay)

    # -- banks -------------------------------------------------------------------------------------

    @property
    def rules(self) -> Rules:
        """What a person may have and do, as content says."""
        return self._room.content.rules

    def banks(self) -> list[Bank]:
        """The member banks by institution id, without the centre."""
        return [bank for id_, bank in sorted(self._room.banks.items()) if id_ != CENTRE]

    def bank(self, institution_id: int) -> Bank:
        """One bank, or the centre. Raises `Missing`."""
        return self._room.bank(institution_id)

    def bank_by_slug(self, slug: str) -> Bank | None:
        """The bank whose slug (its county, in pinyin) this is."""
        return next((bank for bank in self._room.banks.values() if bank.slug == slug), None)

    def branches(self, institution_id: int) -> tuple[Branch, ...]:
        """The branches of a bank, head office first. Raises `Missing`."""
        self._room.bank(institution_id)
        return self._room.branches.get(institution_id, ())

    # -- customers ---------------------------------------------------------------------------------

    async def register(self, work: Work, phone: str, locale: str = "zh-CN") -> Customer:
        """A new customer at `work.bank`; the caller proved the phone. Raises `BadPhone`, `PhoneTaken`."""
        return await customers.register(self._room, work, phone, locale)

    async def customer(self, work: Work, id_: UUID) -> Customer:
        """The person, in a transaction at the home bank. Raises `Missing`."""
        return await customers.customer(self._room, work, id_)

    async def id_number_of(self, work: Work, id_: UUID) -> str | None:
        """The whole identity number, in a transaction at the home bank: only for an authority that asks by it.

        None before the identity is verified. Raises `Missing`.
        """
        return await customers.id_number_of(self._room, work, id_)

    async def find_by_phone(self, phone: str) -> UUID | None:
        """Whose phone this is. Never tell a stranger. Raises `BadPhone`."""
        return await customers.find_by_phone(self._room, phone)

    async def change_phone(self, work: Work, id_: UUID, phone: str) -> None:
        """Another phone, at the home bank; the caller proved person and phone. Raises `PhoneTaken`."""
        await customers.change_phone(self._room, work, id_, phone)

    async def set_preferences(self, work: Work, id_: UUID, wish: Preferences) -> None:
        """How the app looks."""
        await customers.set_preferences(work, id_, wish)

    async def choose_bank(self, work: Work, id_: UUID, bank: int) -> None:
        """The member bank the app opens at. Raises `Missing`."""
        await customers.choose_bank(self._room, work, id_, bank)

    async def verify_real_name(self, customer_id: UUID, name: str, id_number: str) -> Customer:
        """The customer with a verified identity; awaited with no open transaction. See `realname`."""
        return await realname.verify_real_name(self._room, customer_id, name, id_number)

    async def phone_of(self, customer_id: UUID) -> str | None:
        """A customer's phone, for sending to; None for nobody."""
        return await customers.phone_of(self._room, customer_id)

    async def is_id_number(self, customer_id: UUID, id_number: str) -> bool | None:
        """Whether this is the identity number on file; None when none is. The caller limits the tries."""
        return await customers.is_id_number(self._room, customer_id, id_number)

    async def find_by_id_number(self, id_number: str) -> UUID | None:
        """Whose identity number this is, for staff. Raises `BadIdNumber`."""
        return await lookup.find_by_id_number(self._room, id_number)

    async def find_by_name(self, bank: int, name: str) -> list[UUID]:
        """Who of this very name has an account at `bank`, for its staff. Raises `BadName`."""
        return await lookup.find_by_name(self._room, bank, name)

    async def masked_names(self, bank: int, accounts: Sequence[int]) -> dict[int, str]:
        """The masked holders of accounts at `bank`, by account id."""
        return await lookup.masked_names(self._room, bank, accounts)

    async def count_customers(self, who: Principal, bank: int | None = None) -> dict[int, int]:
        """How many people have an account, by bank; None asks for all, as the centre."""
        return await lookup.count_customers(self._room, who, bank)

    async def admit_people(self, bank: int, people: Sequence[admit.Newcomer]) -> None:
        """Take over people whose home bank is `bank`; may be run again."""
        await admit.admit_people(self._room, bank, people)

    async def admit_accounts(self, bank: int, accounts: Sequence[admit.PlannedAccount]) -> None:
        """Reserve accounts at `bank` that an entry with their `rides` will open; may be run again."""
        await admit.admit_accounts(self._room, bank, accounts)

    # -- accounts ----------------------------------------------------------------------------------

    async def open_account(self, who: Principal, bank: int, class_: int, key: UUID) -> CustomerAccount:
        """The caller's new account at `bank`; the same again for the same key."""
        return await accounts.open_account(self._room, who, bank, class_, key)

    async def open_for(self, customer: UUID, bank: int, class_: int, key: UUID) -> CustomerAccount:
        """An account for a customer, opened by the bank itself: counter, import."""
        return await accounts.open_for(self._room, customer, bank, class_, key)

    async def accounts_of(self, customer_id: UUID) -> list[CustomerAccount]:
        """All accounts of a person at every bank, closed ones included."""
        return await accounts.accounts_of(self._room, customer_id)

    async def account_of(self, who: Principal, account: str | AccountKey) -> CustomerAccount:
        """The caller's own account by number or reference. Raises `Missing` for a stranger's."""
        return await accounts.account_of(self._room, who, account)

    async def account_at(self, account: AccountKey) -> CustomerAccount:
        """An account whosever it is: for the bank's own timers, notices and staff."""
        return await accounts.account_at(self._room, account)

    async def rename_account(self, who: Principal, account: AccountKey, alias: str) -> CustomerAccount:
        """What the owner calls it."""
        return await accounts.rename(self._room, who, account, alias)

    async def freeze(self, who: Principal, account: AccountKey) -> CustomerAccount:
        """Nothing goes out any more; money may come in."""
        return await accounts.freeze(self._room, who, account)

    async def unfreeze(
        self, who: Principal, account: AccountKey, proof: Proof | None = None
    ) -> CustomerAccount:
        """It pays out again; the caller brings the proof, which is spent in the same commit."""
        return await accounts.unfreeze(self._room, who, account, proof)

    async def close_account(
        self, who: Principal, account: AccountKey, proof: Proof | None = None
    ) -> CustomerAccount:
        """Close an empty account for ever; the caller brings the proof, which is spent in the same commit."""
        return await accounts.close(self._room, who, account, proof)

    async def name_check(self, number: str, name: str, who: Principal | None = None) -> NameCheck:
        """Does the name belong to the account, at whichever bank? The caller limits the rate."""
        return await names.name_check(self._room, who, number, name)

    # -- consents and notices ----------------------------------------------------------------------

    async def consent(self, work: Work, customer: UUID, purpose: str, version: str, channel: str) -> None:
        """The customer agrees; at the home bank. Agreeing twice is once."""
        await letters.consent(work, customer, purpose, version, channel)

    async def withdraw_consent(self, work: Work, customer: UUID, purpose: str) -> None:
        """The customer takes it back. Raises `Missing`."""
        await letters.withdraw(work, customer, purpose)

    async def consents(self, customer: UUID) -> list[Consent]:
        """All a customer ever gave, newest first."""
        return await letters.consents(self._room, customer)

    async def notify(
        self, bank: int, customer_id: UUID, kind: str, facts: dict[str, Any], *, source: str | None = None
    ) -> bool:
        """Write a notice about `bank`; the same `source` (an event's id) writes once."""
        return await letters.notify(self._room, bank, customer_id, kind, facts, source)

    async def notices(self, who: Principal, before: UUID | None = None, limit: int = 20) -> list[Notice]:
        """The caller's letters, newest first, older than `before`."""
        return await letters.notices(self._room, who.id, before, limit)

    async def unread(self, who: Principal) -> int:
        """How many of the caller's letters wait."""
        return await letters.unread(self._room, who.id)

    def letter_arrivals(self, customer_id: UUID) -> AsyncIterator[int]:
        """How many letters came, each time some did: an open app waits here. Begun by the first `anext`."""
        return self._room.mailbox.arrivals(customer_id)

    async def mark_read(self, who: Principal, ids: list[UUID] | None = None) -> int:
        """Mark the caller's letters as read, all when `ids` is None."""
        return await letters.mark_read(self._room, who.id, ids)

    # -- staff and four eyes -----------------------------------------------------------------------

    async def hire(self, work: Work, login: str, name: str, roles: frozenset[str]) -> Staff:
        """Somebody begins to work at `work.bank`. Raises `LoginTaken`."""
        return await desk.hire(self._room, work, login, name, roles)

    async def staff(self, work: Work, id_: UUID) -> Staff:
        """A member of staff of `work.bank`. Raises `Missing`."""
        return await desk.staff(work, id_)

    async def find_staff(self, id_: UUID) -> Staff | None:
        """A member of staff wherever they work, or None."""
        return await desk.find_staff(self._room, id_)

    async def staff_by_login(self, login: str) -> Staff | None:
        """Who logs in by this name and still works here."""
        return await desk.staff_by_login(self._room, login)

    async def staff_of(self, bank: int) -> list[Staff]:
        """Everybody who works at a bank."""
        return await desk.staff_of(self._room, bank)

    async def propose(
        self, work: Work, who: Principal, act: str, subject: str, body: dict[str, Any],
        *, checker_role: str = "supervisor",
    ) -> Proposal:  # fmt: skip
        """Ask for something another decides."""
        return await desk.propose(self._room, work, who, act, subject, body, checker_role)

    async def approve(self, work: Work, who: Principal, id_: UUID, reason: str = "") -> Proposal:
        """Say yes: not the maker, and with the role."""
        return await desk.decide(work, who, id_, "approved", reason)

    async def refuse(self, work: Work, who: Principal, id_: UUID, reason: str = "") -> Proposal:
        """Say no: not the maker, and with the role."""
        return await desk.decide(work, who, id_, "refused", reason)

    async def spend_approval(self, bank: int, id_: UUID, act: str, subject: str) -> Ride:
        """The change that uses an approved proposal up, in the entry that does `act`. Raises `ProposalNotApproved`."""
        return await desk.spend(self._room, bank, id_, act, subject)

    async def withdraw_proposal(self, work: Work, who: Principal, id_: UUID) -> Proposal:
        """The maker takes it back."""
        return await desk.withdraw(work, who, id_)

    async def proposal(self, work: Work, id_: UUID) -> Proposal:
        """One proposal of `work.bank`. Raises `Missing`."""
        return await desk.proposal(work, id_)

    async def proposals(
        self, bank: int, state: ProposalState | None = None, before: UUID | None = None, limit: int = 50
    ) -> list[Proposal]:
        """A page of a bank's proposals, newest first."""
        return await desk.proposals(self._room, bank, state, before, limit)

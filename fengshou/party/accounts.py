"""Accounts: open, find (the stranger rule), freeze, close. The status changes with the book or not at all."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fengshou.kernel import (
    BankError,
    Invalid,
    Missing,
    Principal,
    Record,
    Work,
    account_number,
    bank_of,
    new_id,
    parse_account_number,
)
from fengshou.party import store, store_accounts
from fengshou.party.errors import (
    CounterOnly,
    CustomerClosed,
    RealNameNeeded,
    TooManyAccounts,
)
from fengshou.party.model import AccountKey, CustomerAccount
from fengshou.party.ports import Act, Proof, Ride
from fengshou.party.room import Room

# An opening that got no further than this long ago never will: its slot is given back.
_STALE_AFTER = timedelta(minutes=10)
_TRIES_MAX = 12


async def open_account(room: Room, who: Principal, bank: int, class_: int, key: UUID) -> CustomerAccount:
    """The caller's new account of a class at `bank`; the same one again for the same `key`.

    Raises `RealNameNeeded`, `CounterOnly`, `TooManyAccounts`, `CustomerClosed`.
    """
    if class_ not in (1, 2, 3):
        raise Invalid(field="class")
    room.bank(bank)
    if who.kind == "customer" and not room.classes(bank, class_).remote_opening:
        raise CounterOnly()
    return await open_for(room, who.id, bank, class_, key)


async def open_for(room: Room, customer: UUID, bank: int, class_: int, key: UUID) -> CustomerAccount:
    """An account for a customer, opened by the bank: at a counter, or by import."""
    room.bank(bank)
    name = await _verified_name(room, customer)
    async with room.db.work(bank) as work:
        row = await _reserve(room, work, customer, class_, key, name)
    account = _account(row)
    if account.status == "opening":
        rides = store_accounts.opened(bank, account.account_id, customer, room.clock.today())
        await room.book.open_account(_act(row["entry"], account, "party.account.opened", rides))
        account = await account_of_customer(room, customer, account.ref)
    return account


async def _verified_name(room: Room, customer: UUID) -> tuple[bytes, str]:
    """Blind index and mask of the verified name."""
    async with room.db.read(bank_of(customer)) as work:
        person = await store.customer(work, customer)
    if person is None:
        raise Missing(what="customer")
    if person["status"] != "active":
        raise CustomerClosed()
    if person["real_name"] != "verified":
        raise RealNameNeeded()
    return person["name_blind"], person["name_masked"]


async def _reserve(
    room: Room, work: Work, customer: UUID, class_: int, key: UUID, name: tuple[bytes, str]
) -> Record:
    """The row of the account to be: found again by its key, or put into a free slot."""
    most = room.classes(work.bank, class_).per_customer_max
    await store_accounts.drop_stale_openings(work, customer, new_id(work.bank, work.now - _STALE_AFTER))
    for _ in range(_TRIES_MAX):
        if found := await store_accounts.by_request(work, customer, key):
            return found
        taken = await store_accounts.slots_taken(work, customer, class_)
        slot = next((n for n in range(1, most + 1) if n not in taken), None)
        if slot is None:
            raise TooManyAccounts(accounts_max=most)
        number, entry = await room.book.reserve_account_id(work.bank), new_id(work.bank, work.now)
        # False when another request took slot or number between looking and writing: look again.
        await store_accounts.insert_opening(
            work, number, customer, class_, slot, name, key, entry, room.clock.today()
        )
    raise TooManyAccounts(accounts_max=most)


async def accounts_of(room: Room, customer: UUID) -> list[CustomerAccount]:
    """All accounts of a person, at every bank, by bank and then oldest first."""
    async with room.db.read(bank_of(customer)) as work:
        banks = await store_accounts.banks_of(work, customer)
    found: list[CustomerAccount] = []
    for bank in banks:
        async with room.db.read(bank) as work:
            found += [_account(row) for row in await store_accounts.accounts_at(work, customer)]
    return found


async def account_of(room: Room, who: Principal, account: str | AccountKey) -> CustomerAccount:
    """The caller's own account by number or reference; a stranger's is `Missing`, like one that is not there."""
    ref = AccountKey(*parse_account_number(account)) if isinstance(account, str) else account
    return await account_of_customer(room, who.id, ref)


async def account_of_customer(room: Room, customer: UUID, ref: AccountKey) -> CustomerAccount:
    """A customer's account. Raises `Missing`."""
    async with room.db.read(ref.bank) as work:
        row = await store_accounts.account_at(work, customer, ref.id)
    if row is None:
        raise Missing(what="account")
    return _account(row)


async def account_at(room: Room, ref: AccountKey) -> CustomerAccount:
    """An account whosever it is, for the bank's own staff and timers. Raises `Missing`."""
    async with room.db.read(ref.bank) as work:
        row = await store_accounts.any_account_at(work, ref.id)
    if row is None:
        raise Missing(what="account")
    return _account(row)


async def rename(room: Room, who: Principal, ref: AccountKey, alias: str) -> CustomerAccount:
    """What the owner calls the account, at most 20 characters."""
    async with room.db.work(ref.bank, who) as work:
        if not await store_accounts.set_alias(work, who.id, ref.id, alias.strip()[:20]):
            raise Missing(what="account")
    return await account_of_customer(room, who.id, ref)


async def freeze(room: Room, who: Principal, ref: AccountKey) -> CustomerAccount:
    """Nothing goes out of the caller's account from now on; money may come in. Freezing twice is once."""
    return await _change(room, who, ref, "active", "frozen_by_customer")


async def unfreeze(
    room: Room, who: Principal, ref: AccountKey, proof: Proof | None = None
) -> CustomerAccount:
    """The caller's account pays out again. The caller brings the proof this needs."""
    return await _change(room, who, ref, "frozen_by_customer", "active", proof)


async def _change(
    room: Room, who: Principal, ref: AccountKey, before: str, after: str, proof: Proof | None = None
) -> CustomerAccount:
    account = await account_of(room, who, ref)
    if account.status == after:
        return account
    rides = store_accounts.status_changed(ref.bank, ref.id, before, after)
    frozen = after == "frozen_by_customer"
    topic = "party.account.frozen" if frozen else "party.account.unfrozen"
    act = _act(new_id(ref.bank, room.clock.now()), account, topic, rides, proof)
    try:
        await (room.book.freeze(act) if frozen else room.book.unfreeze(act))
    except BankError:
        # A double tap, whose proof the first one spent: what counts is the state it is in now.
        if (account := await account_of(room, who, ref)).status != after:
            raise
        return account
    await _audit(room, who, topic, account)
    return await account_of(room, who, ref)


async def close(room: Room, who: Principal, ref: AccountKey, proof: Proof | None = None) -> CustomerAccount:
    """Close the caller's empty account for ever. The book refuses while it holds or awaits money."""
    account = await account_of(room, who, ref)
    if account.status == "closed":
        return account
    rides = store_accounts.closed(ref.bank, ref.id, room.clock.today())
    act = _act(new_id(ref.bank, room.clock.now()), account, "party.account.closed", rides, proof)
    await room.book.close(act)
    await _audit(room, who, "party.account.closed", account)
    return await account_of(room, who, ref)


async def _audit(room: Room, who: Principal, act: str, account: CustomerAccount) -> None:
    async with room.db.work(account.bank, who) as work:
        await work.audit(act, f"{account.bank}/{account.account_id}")


def _act(
    entry: UUID, account: CustomerAccount, topic: str, rides: tuple[Ride, ...], proof: Proof | None = None
) -> Act:
    number = account_number(account.bank, account.account_id)
    body = {"customer": str(account.customer_id), "bank": account.bank, "account": account.account_id,
            "class": account.class_, "tail": number[-4:]}  # fmt: skip
    return Act(entry, account.bank, account.account_id, rides, topic, body, proof)


def _account(row: Record) -> CustomerAccount:
    return CustomerAccount(
        row["institution_id"], row["account_id"], row["customer_id"], row["class"], row["status"],
        row["opened_on"], row["alias"],
    )  # fmt: skip

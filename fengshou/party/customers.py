"""Becoming a customer, being found again, changing the phone and the preferences."""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import Missing, Record, Vault, Work, bank_of, new_id
from fengshou.party import store
from fengshou.party.errors import BadIdNumber, PhoneTaken
from fengshou.party.identity import parse_id_number, parse_phone
from fengshou.party.model import Customer, Preferences
from fengshou.party.room import Room
from fengshou.party.sealing import seal, unseal

_ID_SHOWN_HEAD, _ID_SHOWN_TAIL = 3, 4


async def register(room: Room, work: Work, phone: str, locale: str = "zh-CN") -> Customer:
    """A new customer at `work.bank`, known by a phone whose possession the caller has proved.

    Raises `BadPhone`, or `PhoneTaken` when the phone is in use anywhere in the federation.
    """
    number = parse_phone(phone)
    id_ = new_id(work.bank, work.now)
    blind = room.vault.blind("phone", number)
    if not await store.claim(work, "phone", blind, id_):
        raise PhoneTaken()
    sealed = seal(room.vault, work.bank, "phone", id_, number)
    await store.insert_customer(work, id_, sealed, blind, locale)
    await work.audit("party.register", str(id_))
    await work.emit("party.customer.registered", str(id_), {"customer": str(id_)})
    return await customer(room, work, id_)


async def customer(room: Room, work: Work, id_: UUID) -> Customer:
    """The person, read at the home bank. Raises `Missing`."""
    row = await store.customer(work, id_) if bank_of(id_) == work.bank else None
    if row is None:
        raise Missing(what="customer")
    return opened(room.vault, row)


async def find_by_phone(room: Room, phone: str) -> UUID | None:
    """Whose phone this is, or None. The caller must not tell strangers which."""
    blind = room.vault.blind("phone", parse_phone(phone))
    async with room.db.read(1) as work:
        return await store.holder(work, "phone", blind)


async def phone_of(room: Room, id_: UUID) -> str | None:
    """The phone of a person, for sending a message to it; None for nobody."""
    async with room.db.read(bank_of(id_)) as work:
        row = await store.customer(work, id_)
    return opened(room.vault, row).phone if row else None


async def is_id_number(room: Room, id_: UUID, id_number: str) -> bool | None:
    """Whether this is the identity number on file; None when none is. One that cannot be one is not it."""
    async with room.db.read(bank_of(id_)) as work:
        row = await store.customer(work, id_)
    if row is None or row["id_number_blind"] is None:
        return None
    try:
        number = parse_id_number(id_number, room.clock.today())
    except BadIdNumber:
        return False
    same: bool = row["id_number_blind"] == room.vault.blind("id_number", number.text)
    return same


async def id_number_of(room: Room, work: Work, id_: UUID) -> str | None:
    """The whole identity number, for an authority that asks by it; None before the identity is verified."""
    row = await store.customer(work, id_)
    if row is None:
        raise Missing(what="customer")
    sealed = row["id_number_sealed"]
    return unseal(room.vault, work.bank, "id_number", id_, sealed) if sealed else None


async def change_phone(room: Room, work: Work, id_: UUID, phone: str) -> None:
    """Another phone for the person: directory and record together, the old one is free at once.

    The caller has proved possession of the new phone and who the person is. Raises `PhoneTaken`.
    """
    number = parse_phone(phone)
    row = await store.customer(work, id_, lock=True)
    if row is None:
        raise Missing(what="customer")
    old, new = room.vault.blind("phone", opened(room.vault, row).phone), room.vault.blind("phone", number)
    if old == new:
        return
    if not await store.claim(work, "phone", new, id_):
        raise PhoneTaken()
    await store.let_go(work, "phone", old, id_)
    await store.set_phone(work, id_, seal(room.vault, work.bank, "phone", id_, number), new)
    await work.audit("party.change_phone", str(id_))
    await work.emit("party.phone.changed", str(id_), {"customer": str(id_), "tail": number[-4:]})


async def set_preferences(work: Work, id_: UUID, wish: Preferences) -> None:
    """How the app looks, from now on and on every device."""
    await store.set_preferences(work, id_, wish.elder, wish.theme, wish.locale)


async def choose_bank(room: Room, work: Work, id_: UUID, bank: int) -> None:
    """The member bank the app opens at. Raises `Missing` for one that is not there."""
    room.bank(bank)
    await store.set_current_bank(work, id_, bank)


def opened(vault: Vault, row: Record) -> Customer:
    """A customer's row with its sealed fields opened; the identity number stays masked."""
    id_, bank = row["id"], row["institution_id"]
    number = row["id_number_sealed"]
    plain = unseal(vault, bank, "id_number", id_, number) if number else None
    return Customer(
        id=id_,
        bank=bank,
        status=row["status"],
        real_name=row["real_name"],
        phone=unseal(vault, bank, "phone", id_, row["phone_sealed"]),
        name=unseal(vault, bank, "name", id_, row["name_sealed"]) if row["name_sealed"] else None,
        name_masked=row["name_masked"],
        id_number_masked=f"{plain[:_ID_SHOWN_HEAD]}***********{plain[-_ID_SHOWN_TAIL:]}" if plain else None,
        birth_year=row["birth_year"],
        gender=row["gender"],
        preferences=Preferences(row["elder"], row["theme"], row["locale"]),
        current_bank=row["current_bank"],
        joined_at=row["joined_at"],
    )

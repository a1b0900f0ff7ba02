"""The front class of the room."""

from __future__ import annotations

from uuid import UUID

from fengshou.access import Access
from fengshou.catalog import Catalog
from fengshou.kernel import (
    BankError,
    Calendar,
    Clock,
    Database,
    Jobs,
    Money,
    Principal,
    Relay,
    Vault,
    bank_of,
    new_id,
    parse_account_number,
)
from fengshou.ledger import AccountRef, Ledger, Receipt
from fengshou.party import AccountKey, NameCheck, Party
from fengshou.payments import draft, held, limits, listeners, mail, outside, store, words
from fengshou.payments.errors import NoReceiptYet, OrderMissing, PayeeMissing
from fengshou.payments.limits import LimitsLeft
from fengshou.payments.memory import Memory
from fengshou.payments.model import LineText, Order, Payee, Quote, ReceiptPaper, SavedPayee, Wish
from fengshou.payments.ports import OutsideBanks, RailPort
from fengshou.payments.room import Room
from fengshou.payments.sweep import Sweep
from fengshou.payments.transfer import paid_before, transfer
from fengshou.risk import Risk

_LIMIT_MAX = 100
_BANK_MAX = 9_999  # as in an account number


class Payments:
    """Orders through their whole life, and what customers see of them.

    `riders` are to be registered with the ledger before it starts.
    """

    riders = store.RIDERS

    def __init__(
        self, db: Database, vault: Vault, clock: Clock, calendar: Calendar, *, ledger: Ledger, party: Party,
        catalog: Catalog, risk: Risk, access: Access, rail: RailPort, outside_banks: OutsideBanks, jobs: Jobs,
    ) -> None:  # fmt: skip
        self._room = Room(
            db,
            vault,
            clock,
            calendar,
            ledger,
            party,
            catalog,
            risk,
            access,
            rail,
            outside_banks,
            jobs,
            Memory(clock),
        )

    def listen(self, relay: Relay) -> None:
        """Register what follows payments; before the relay and the jobs start."""
        room = self._room
        listeners.listen(room, relay)
        room.jobs.on(outside.ASK, lambda payload: outside.ask(room, payload))
        room.jobs.every("payments.mail", 2.0, lambda: mail.fetch(room))
        room.jobs.every("payments.due", 5.0, lambda: held.expire_due(room))
        room.jobs.every("payments.sweep", 60.0, Sweep(room))

    # -- transfers -----------------------------------------------------------------------------------

    async def quote(
        self, who: Principal, from_account: AccountRef, to: Payee | None = None, amount: Money | None = None
    ) -> Quote:
        """What it would cost and ask for. Raises what is wrong with the account or the payee's number."""
        room = self._room
        payer = await room.party.account_of(who, AccountKey(*from_account))
        left = await limits.limits_left(room, who, payer)
        kind = (await draft.kind_of(room, who, to, forecast=True))[0] if to else "federation"
        fee, waived, level = 0, 0, 1
        if amount:
            fee, waived = await draft.fee_of(room, who, kind, amount, payer.bank)
            used = await limits.matrix_used(room, who, from_account, kind)
            wanted = room.catalog.limits(payer.bank).level_for(limits.money_kind(kind), amount.fen, used)
            level = wanted if wanted is not None else room.access.policy.level_max + 1
        first = bool(to) and kind != "own" and not await paid_before(room, who, to.number if to else "")
        return Quote(kind, fee, waived, level, left.day_left_fen, first)

    async def transfer(self, who: Principal, wish: Wish) -> Order:
        """Pay. See `transfer.transfer`."""
        return await transfer(self._room, who, wish)

    async def name_check(self, who: Principal, to: Payee) -> NameCheck | None:
        """Whether name and number belong together; None for an outside bank, which tells nobody."""
        room = self._room
        kind, _ = await draft.kind_of(room, who, to)
        if kind == "outside":
            return None
        return await room.party.name_check(to.number.replace(" ", ""), to.name, who)

    async def limits_left(self, who: Principal, account: AccountRef) -> LimitsLeft:
        """What the caller's account may still send."""
        mine = await self._room.party.account_of(who, AccountKey(*account))
        return await limits.limits_left(self._room, who, mine)

    # -- orders --------------------------------------------------------------------------------------

    async def order(self, who: Principal, id_: UUID) -> Order:
        """The caller's own order. A stranger's is `OrderMissing`."""
        async with self._room.db.read(_bank(id_), who) as work:
            row = await store.order_by_id(work, id_)
        if row is None or row["customer"] != who.id:
            raise OrderMissing()
        return store.order_of(self._room.vault, row)

    async def order_by_key(self, who: Principal, key: UUID) -> Order | None:
        """The caller's order that a client's key made, at whichever bank; None when the key made none."""
        for bank in dict.fromkeys(account.bank for account in await self._room.party.accounts_of(who.id)):
            async with self._room.db.read(bank, who) as work:
                row = await store.order_by_key(work, who.id, key)
            if row is not None:
                return store.order_of(self._room.vault, row)
        return None

    async def order_digest(self, who: Principal, id_: UUID) -> bytes:
        """What proofs for this order are bound to."""
        return (await self.order(who, id_)).digest

    async def orders(
        self, who: Principal, bank: int, before: UUID | None = None, limit: int = 20,
        *, state: str | None = None, kind: str | None = None,
    ) -> list[Order]:  # fmt: skip
        """The caller's orders at `bank`, newest first; of one state or kind when that is said."""
        async with self._room.db.read(bank, who) as work:
            rows = await store.orders_of(work, who.id, before, min(limit, _LIMIT_MAX), state, kind)
        return [store.order_of(self._room.vault, row) for row in rows]

    async def line_texts(
        self, who: Principal, account: AccountRef, entries: list[UUID]
    ) -> dict[UUID, LineText]:
        """The words of statement lines of the caller's own account."""
        return await words.line_texts(self._room, who, account, entries)

    async def receipt(self, who: Principal, id_: UUID) -> ReceiptPaper:
        """The receipt of a payment that took place. Raises `NoReceiptYet`."""
        room, order = self._room, await self.order(who, id_)
        if order.state not in ("done", "returned"):
            raise NoReceiptYet()
        key = order.id if order.hold_until is None and order.kind != "outside" else order.close_id
        answer = await room.ledger.answer(key)
        if not isinstance(answer, Receipt):
            raise NoReceiptYet()
        async with room.db.read(bank_of(who.id), who) as work:
            payer = await room.party.customer(work, who.id)
        proved = await room.access.factors_of(order.bank, order.evidence) if order.evidence else frozenset()
        legs = tuple((leg.bank, leg.position) for leg in answer.legs)
        return ReceiptPaper(order, payer.name or "", legs, answer.posted_at, proved)

    # -- payees --------------------------------------------------------------------------------------

    async def payees(self, who: Principal, limit: int = 50) -> list[SavedPayee]:
        """Whom the caller saved or paid."""
        async with self._room.db.read(bank_of(who.id), who) as work:
            return await store.payees(work, self._room.vault, who.id, min(limit, _LIMIT_MAX))

    async def save_payee(self, who: Principal, to: Payee) -> None:
        """Keep a payee whose name fits the account. Raises what is wrong with it."""
        room = self._room
        kind, _ = await draft.kind_of(room, who, to)
        if kind != "outside":
            await draft.checked_name(room, who, to)
        async with room.db.work(bank_of(who.id), who) as work:
            number = to.number.replace(" ", "")
            await store.save_payee(
                work, room.vault, who.id, new_id(bank_of(who.id)), number, to.name.strip(),
                to.bank_code if kind == "outside" else None, paid=False,
            )  # fmt: skip

    async def remove_payee(self, who: Principal, id_: UUID) -> None:
        """Forget a payee. Raises `PayeeMissing`."""
        async with self._room.db.work(bank_of(who.id), who) as work:
            if not await store.remove_payee(work, who.id, id_):
                raise PayeeMissing()

    def bank_of_number(self, number: str) -> int | None:
        """The member bank a number belongs to, or None."""
        try:
            return parse_account_number(number)[0]
        except BankError:
            return None

    # -- the desk ------------------------------------------------------------------------------------

    async def release(self, who: Principal, order: UUID, proposal: UUID, note: str = "") -> Order:
        """Let a held payment go by an approved proposal of `RELEASE` for it, which is used up."""
        return await held.release(self._room, who, order, proposal, note)

    async def refuse(self, who: Principal, order: UUID, proposal: UUID, note: str = "") -> Order:
        """Give a held payment back by an approved proposal of `REFUSE` for it, which is used up."""
        return await held.refuse(self._room, who, order, proposal, note)

    async def held_order(self, who: Principal, id_: UUID) -> Order:
        """An order for staff of its bank, or of the centre. Raises `OrderMissing`."""
        if who.kind != "staff" or (who.bank != bank_of(id_) and "centre_ops" not in who.roles):
            raise OrderMissing()
        async with self._room.db.read(_bank(id_), who) as work:
            row = await store.order_by_id(work, id_)
        if row is None:
            raise OrderMissing()
        return store.order_of(self._room.vault, row)

    async def expire_due(self) -> int:
        """Give back held payments whose time is up; a tick does it too."""
        return await held.expire_due(self._room)

    async def fetch_mail(self) -> int:
        """Take the rail's mail now; a tick does it too."""
        return await mail.fetch(self._room)


def _bank(order: UUID) -> int:
    """The bank of an order's id; an id that no bank made is `OrderMissing`, whatever bits it has."""
    bank = bank_of(order)
    if not 0 < bank <= _BANK_MAX:
        raise OrderMissing()
    return bank

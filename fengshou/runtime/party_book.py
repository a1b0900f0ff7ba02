"""The ledger as the party room sees it: party's acts become entries of the book."""

from __future__ import annotations

from collections.abc import Callable

from fengshou.catalog import Catalog
from fengshou.ledger import (
    AccountFlag,
    AccountRef,
    Entry,
    FlagChange,
    Ledger,
    NewAccount,
    OutboxEvent,
    Rider,
    RiderKind,
)
from fengshou.party import Act, RideKind

# The most an account of a bank's class (1, 2, 3) may hold, in fen; None is unbounded.
CeilingOf = Callable[[int, int], int | None]

DEPOSITS_SUBJECT = "2111"  # personal current deposits, content/bank/chart.yaml


def register_rides(ledger: Ledger, kinds: tuple[RideKind, ...]) -> None:
    """Make party's statements known to the book, before it starts."""
    for kind in kinds:
        ledger.riders.register(RiderKind(kind.name, kind.sql, len(kind.columns), kind.refused))


def ceiling_of(catalog: Catalog) -> CeilingOf:
    """The ceilings that content sets."""
    return lambda bank, class_: catalog.account_class(bank, class_).balance_fen_max


class PartyBook:
    """Implements `party.Book` with the ledger's one door."""

    def __init__(self, ledger: Ledger, ceiling_of: CeilingOf) -> None:
        self._ledger, self._ceiling_of = ledger, ceiling_of

    async def reserve_account_id(self, bank: int) -> int:
        """A number no account at `bank` has had."""
        return await self._ledger.reserve_account_id(bank)

    async def open_account(self, act: Act) -> None:
        """Open a deposit account that never goes below zero, nor above what its class may hold."""
        ceiling = self._ceiling_of(act.bank, act.body["class"])
        new = NewAccount(AccountRef(act.bank, act.account_id), DEPOSITS_SUBJECT, ceiling_fen=ceiling)
        await self._ledger.post(_entry(act, opens=(new,)))

    async def freeze(self, act: Act) -> None:
        """Stop payments out."""
        await self._flag(act, AccountFlag.FROZEN_OUT, AccountFlag.NONE)

    async def unfreeze(self, act: Act) -> None:
        """Let it pay out again."""
        await self._flag(act, AccountFlag.NONE, AccountFlag.FROZEN_OUT)

    async def close(self, act: Act) -> None:
        """Close it for ever; the book refuses while it holds or awaits money."""
        await self._flag(act, AccountFlag.CLOSED, AccountFlag.NONE)

    async def _flag(self, act: Act, set_: AccountFlag, clear: AccountFlag) -> None:
        change = FlagChange(AccountRef(act.bank, act.account_id), set_, clear, act.topic)
        await self._ledger.post(_entry(act, flags=(change,)))


def _entry(act: Act, *, opens: tuple[NewAccount, ...] = (), flags: tuple[FlagChange, ...] = ()) -> Entry:
    spent = (act.proof.spend,) if act.proof else ()
    return Entry(
        id=act.entry,
        opens=opens,
        flags=flags,
        riders=tuple(Rider(*ride) for ride in (*act.rides, *spent)),
        events=(OutboxEvent(act.bank, act.topic, f"{act.bank}/{act.account_id}", act.body),),
        mandate=act.topic,
        evidence=act.proof.evidence if act.proof else None,
    )

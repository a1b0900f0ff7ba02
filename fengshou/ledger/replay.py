"""One bank's journal replayed row by row, and what the accounts and holds beside it must then be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from fengshou.kernel import Record, entry_of
from fengshou.ledger import row
from fengshou.ledger.anchors import Start, State
from fengshou.ledger.model import CLOSES_HOLD, STILL, PostingKind
from fengshou.ledger.sealed import Row

_STILL = frozenset(map(int, STILL))
_CLOSES = frozenset(map(int, CLOSES_HOLD))
_PEND, _PART = int(PostingKind.PEND), int(PostingKind.PART)
# What a hold's state is after the row that ends it.
_STATES = {PostingKind.SETTLE: 2, PostingKind.PART: 2, PostingKind.VOID: 3, PostingKind.EXPIRE: 4}


@dataclass(slots=True)
class Holds:
    """What rows read since the last look say about holds.

    opened  debit, credit, amount, code, opened at, ends at
    closed  what was left of it and not settled, state, closed at
    """

    opened: dict[UUID, tuple[object, ...]] = field(default_factory=dict)
    closed: dict[UUID, tuple[int, int, int]] = field(default_factory=dict)


class Replay:
    """The state of every account after the rows so far; `cache` is what the account table keeps."""

    def __init__(
        self, bank: int, say: Callable[[str], None], cache: dict[int, State], start: Start, checked: int
    ) -> None:
        self.bank, self._tell, self.cache = bank, say, cache
        self.accounts: dict[int, State] = defaultdict(State, start.accounts)
        self.open: dict[UUID, tuple[int, int]] = start.open
        self.position, self._checked, self._whole = start.position, checked, not start.position
        self.holds, self.expires = Holds(), dict[UUID, int]()
        self.pends, self.knows_ends = 0, True
        self._matched: set[int] = set()
        # The table may be as old as the checkpoint, and what it was before the start is not replayed.
        late = checked < start.position
        self._before = {n: s.seq for n, s in start.accounts.items()} if late else dict[int, int]()

    def step(self, r: Row) -> None:
        """Apply one row and compare it with what it should be."""
        position = r["position"]
        if position != self.position + 1:
            self._tell(f"bank {self.bank}: position {position} follows {self.position}")
        self.position, kind = position, r["kind"]
        debit, credit = self.accounts[r["debit"]], self.accounts[r["credit"]]
        if position > self._checked:
            self._match(r["debit"], debit)
            self._match(r["credit"], credit)
        if r["debit_prev"] != debit.last or r["credit_prev"] != credit.last:
            self._say("chain pointers are wrong")
        if kind == _PEND:
            self._pend(r, debit)
        elif kind in _CLOSES:
            self._close(r)
        if kind not in _STILL:
            self._move(r, debit, credit)

    def _move(self, r: Row, debit: State, credit: State) -> None:
        amount = r["amount"]
        debit.balance -= amount
        credit.balance += amount
        debit.seq += 1
        credit.seq += 1
        debit.last = credit.last = self.position
        if r["debit_seq"] != debit.seq or r["credit_seq"] != credit.seq:
            self._say("sequence has a gap")
        if r["debit_balance"] != debit.balance or r["credit_balance"] != credit.balance:
            self._say("balance after is wrong")

    def _pend(self, r: Row, debit: State) -> None:
        id_ = entry_of(r["id"])
        debit.held += r["amount"]
        self.open[id_] = (r["debit"], r["amount"])
        self.pends += 1
        said = (r["debit"], r["credit"], r["amount"], r["code"], row.micros(r["posted_at"]))
        self.holds.opened[id_] = (*said, self.expires.pop(id_, None))

    def _close(self, r: Row) -> None:
        id_, amount = r["refers"], r["amount"]
        owner, fen = self.open.pop(id_, (0, 0))
        self.accounts[owner].held -= fen
        if owner != r["debit"] or amount > fen:
            self._say("closes a hold that is not open")
        elif r["kind"] == _PART and fen > amount:
            self.open[id_] = (owner, fen - amount)
            self.accounts[owner].held += fen - amount
        else:
            lost = fen if r["kind"] in _STILL else fen - amount
            self.holds.closed[id_] = (lost, _STATES[PostingKind(r["kind"])], row.micros(r["posted_at"]))

    def _match(self, account: int, state: State) -> None:
        """Whether the account table stands here: anywhere between the checkpoint and the journal's end."""
        kept = self.cache.get(account)
        if kept is not None and kept.seq == state.seq and kept == state:
            self._matched.add(account)

    def compare_accounts(self) -> None:
        """After the last row: the account table may lag behind; where it stands, it must be the journal's."""
        name = f"bank {self.bank} account"
        for account, state in self.accounts.items():
            if account not in self.cache and state != State():
                self._tell(f"{name} {account}: in the journal, not open")
        if self._checked > self.position:
            self._tell(f"bank {self.bank}: the checkpoint at {self._checked} is beyond the journal's end")
        for account, kept in self.cache.items():
            state = self.accounts.get(account, State())
            older = account in self._before and 0 <= kept.seq <= self._before[account]
            if kept == state or account in self._matched or older:
                continue
            if kept.seq > state.seq:
                self._tell(f"{name} {account}: the cache is ahead of the journal")
            else:
                self._tell(
                    f"{name} {account}: the cache differs from the journal, or is older than its checkpoint"
                )

    def compare_holds(self, found: list[Record]) -> None:
        """The rows of the holds that were opened or closed since the last look; forgets those."""
        there = {r["id"]: r for r in found}
        seen, self.holds = self.holds, Holds()
        wrong = {
            id_ for id_, said in seen.opened.items()
            if (r := there.get(id_)) is None or said != (
                r["debit"], r["credit"], r["amount"], r["code"], row.micros(r["opened_at"]),
                row.micros(r["expires_at"]) if r["expires_at"] and self.knows_ends else None,
            )
        } | {
            id_ for id_, (lost, state, at) in seen.closed.items()
            if (r := there.get(id_)) is None or r["closed_at"] is None
            or (r["amount"] - r["settled"], r["state"], row.micros(r["closed_at"])) != (lost, state, at)
        }  # fmt: skip
        for id_ in sorted(wrong):
            self._tell(
                f"bank {self.bank} position {self.position} or before: hold {id_} is not the journal's"
            )

    def compare_open(self, found: dict[UUID, tuple[int, int]]) -> None:
        """After the last row: the holds that are open, each its account and what is left of it."""
        for id_ in (i for i in found.keys() | self.open.keys() if found.get(i) != self.open.get(i)):
            self._tell(f"bank {self.bank}: open holds differ from the journal: {id_}")
        for id_ in sorted(self.expires) if self._whole else ():
            self._tell(f"bank {self.bank}: the record knows an end of hold {id_}, the journal knows no hold")

    def _say(self, problem: str) -> None:
        self._tell(f"bank {self.bank} position {self.position}: {problem}")

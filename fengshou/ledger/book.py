"""The book in memory: what every account holds, and the decision about each entry in order.

Nothing here waits or touches a database. `decide` applies entries to the state and notes how to take
them back; the writer commits the plan or undoes it. What others read (`committed`) never shows a
plan that is still on its way to disk.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fengshou.kernel import FEN_MAX, BankError, leg_id
from fengshou.ledger import errors, row
from fengshou.ledger.model import (
    AccountFlag,
    AccountRef,
    Balance,
    BoundsChange,
    Entry,
    FlagChange,
    Hold,
    Leg,
    NewAccount,
    Posting,
    PostingKind,
    Receipt,
)
from fengshou.ledger.plan import SHOWN, Account, Bounds, Plan, Request, State, Undo

_OUT_STOPPED = int(AccountFlag.FROZEN_OUT | AccountFlag.CLOSED)
_IN_STOPPED = int(AccountFlag.FROZEN_IN | AccountFlag.CLOSED)
_CLOSED = int(AccountFlag.CLOSED)
_POST, _PEND, _SETTLE, _VOID = PostingKind.POST, PostingKind.PEND, PostingKind.SETTLE, PostingKind.VOID
_POST_NUMBER = int(_POST)


class Book:
    """All accounts, open holds and positions of one shard."""

    def __init__(self) -> None:
        self.accounts: dict[AccountRef, Account] = {}
        self.holds: dict[UUID, Hold] = {}
        self.positions: dict[int, int] = {}
        self.hashes: dict[int, bytes] = {}
        self.plans: list[Plan] = []  # decided and not yet durable, oldest first

    # -- reading, as of the last commit ------------------------------------------------------------

    def committed(self, ref: AccountRef) -> Balance | None:
        """The account as the disk has it, or None."""
        account = self.accounts.get(ref)
        if account is None or any(ref in plan.fresh for plan in self.plans):
            return None
        balance, held, _, _, flags = self.saved(account)
        floor, ceiling = self._saved_bounds(account)
        shown = AccountFlag(flags & SHOWN)
        return Balance(balance, held, floor, shown, account.subject, account.currency, ceiling)

    def head(self, ref: AccountRef) -> int:
        """The position of the account's latest committed movement; 0 when it has none."""
        account = self.accounts.get(ref)
        return self.saved(account)[3] if account else 0

    def saved(self, account: Account) -> State:
        """The account's state before every plan that is not durable yet."""
        for plan in self.plans:
            if state := plan.touched.get(account):
                return state
        return account.save()

    def _saved_bounds(self, account: Account) -> Bounds:
        for plan in self.plans:
            if account in plan.bounded:
                return plan.bounded[account]
        return account.bounds

    def committed_positions(self) -> dict[int, int]:
        """The last durable position of each bank."""
        positions = dict(self.positions)
        for plan in reversed(self.plans):
            positions.update(plan.positions)
        return positions

    # -- deciding ----------------------------------------------------------------------------------

    def decide(self, requests: list[Request], now: datetime) -> Plan:
        """Apply `requests` in order; each ends up posted or refused in the plan returned."""
        plan = self.begin(now)
        self.decide_more(plan, requests)
        return plan

    def begin(self, now: datetime) -> Plan:
        """A plan in which nothing is decided yet."""
        plan = Plan(now, row.micros(now))
        self.plans.append(plan)
        return plan

    def decide_one(self, plan: Plan, request: Request) -> Receipt | BankError:
        """Apply one request to the newest plan; its outcome."""
        single = request.single
        outcome: Receipt | BankError | None = self._post(plan, request, single) if single else None
        if outcome is None:
            outcome = self._apply(plan, request.entry, request.told)
        request.outcome = outcome
        return outcome

    def decide_more(self, plan: Plan, requests: list[Request]) -> None:
        """`decide` in a plan that has begun."""
        for request in requests:
            outcome = self.decide_one(plan, request)
            if isinstance(outcome, BankError):
                plan.refused.append(request)
            else:
                plan.posted.append(request)
                if not request.entry.postings:
                    plan.acts.append(request)

    def _post(self, plan: Plan, request: Request, leg: Posting) -> Receipt | None:
        """One plain posting that nothing stands against, in one go; None leaves the word to `_apply`.

        This is `_apply` for the one case that most entries are, and the law
        `test_the_short_way_and_the_long_way_are_one` holds the two together.
        """
        debit, credit, fen = self.accounts.get(leg.debit), self.accounts.get(leg.credit), leg.fen
        if (
            debit is None
            or credit is None
            or debit.flags
            or credit.flags
            or debit.currency != credit.currency
        ):
            return None
        debit_balance, credit_balance = debit.balance - fen, credit.balance + fen
        if debit.floor is not None and debit_balance - debit.held < debit.floor:
            return None
        if credit_balance > FEN_MAX or debit_balance < -FEN_MAX:
            return None
        touched = plan.touched
        if debit not in touched:
            touched[debit] = (debit.balance, debit.held, debit.seq, debit.last, debit.flags)
        if credit not in touched:
            touched[credit] = (credit.balance, credit.held, credit.seq, credit.last, credit.flags)
        bank, entry = leg.debit.bank, request.entry
        before = self.positions.get(bank, 0)
        if bank not in plan.positions:
            plan.positions[bank] = before
        self.positions[bank] = position = before + 1
        debit_prev, credit_prev = debit.last, credit.last
        debit.last = credit.last = position
        debit.balance, credit.balance = debit_balance, credit_balance
        debit.seq, credit.seq = debit_seq, credit_seq = debit.seq + 1, credit.seq + 1
        digest, event_us, more = None, None, row.NOTHING_MORE
        if not entry.bare:
            digest, event_us, more = request.told, _event_us(entry), _more(entry, leg)
        plan.rows.append(
            row.pack(
                bank, position, request.key.to_bytes(16, "big"), _POST_NUMBER, leg.debit.id, leg.credit.id, fen,
                debit_balance, credit_balance, debit_seq, credit_seq, debit_prev, credit_prev, leg.code,
                digest, event_us, plan.now_us, more,
            )
        )  # fmt: skip
        return Receipt(entry.id, plan.now, (Leg(bank, position, debit_balance, credit_balance),))

    def undo(self, plan: Plan) -> None:
        """Take the newest plan back: it was not committed."""
        assert self.plans.pop() is plan
        for account, saved in plan.touched.items():
            account.restore(saved)
        for account, bounds in plan.bounded.items():
            account.bound(bounds)
        for new in plan.opened:
            del self.accounts[new.ref]
        for hold, _, _ in plan.holds_closed.values():
            self.holds[hold.id] = hold
        for hold in plan.holds_opened:
            self.holds.pop(hold.id, None)
        self.positions.update(plan.positions)

    def done(self, plan: Plan) -> None:
        """The oldest plan is on disk."""
        assert self.plans.pop(0) is plan

    def _apply(self, plan: Plan, entry: Entry, digest: int | None) -> Receipt | BankError:
        """One entry, all or nothing."""
        undo = Undo(len(plan.rows), len(plan.opened))
        refusal: BankError | None = None
        for new in entry.opens:
            refusal = refusal or self._open(plan, new)
        for change in entry.flags:
            refusal = refusal or self._flag(plan, change, undo)
        for bounds in entry.changes:
            refusal = refusal or self._bound(plan, bounds, undo)
        legs: list[Leg] = []
        for number, leg in enumerate(entry.postings if refusal is None else ()):
            result = self._leg(plan, entry, digest, number, leg, undo)
            if isinstance(result, BankError):
                refusal = result
                break
            legs.append(result)
        if refusal is None:
            return Receipt(entry.id, plan.now, tuple(legs))
        self._take_back(plan, undo)
        return refusal

    def _take_back(self, plan: Plan, undo: Undo) -> None:
        """A later part was refused: the earlier ones never were."""
        for account, saved in reversed(undo.accounts):
            account.restore(saved)
            if account.ref in plan.flagged:
                plan.flagged[account.ref] = account.flags & SHOWN
        for account, bounds, first in reversed(undo.bounds):
            account.bound(bounds)
            if first:
                del plan.bounded[account]
        for bank in undo.banks:
            self.positions[bank] -= 1
        del plan.rows[undo.rows :]
        for new in plan.opened[undo.opened :]:
            plan.touched.pop(self.accounts.pop(new.ref), None)
            plan.fresh.discard(new.ref)
        del plan.opened[undo.opened :]
        for hold in undo.holds_closed:
            del plan.holds_closed[hold.id]
            self.holds[hold.id] = hold
        for hold in undo.holds_opened:
            plan.holds_opened.remove(hold)
            self.holds.pop(hold.id, None)

    def _leg(
        self, plan: Plan, entry: Entry, digest: int | None, number: int, leg: Posting, undo: Undo
    ) -> Leg | BankError:
        debit, credit = self.accounts.get(leg.debit), self.accounts.get(leg.credit)
        if debit is None or credit is None:
            return errors.AccountMissing(side="debit" if debit is None else "credit")
        refusal = self._refusal(plan, leg, debit, credit)
        if refusal is not None:
            return refusal
        for account in (debit, credit):
            saved = account.save()
            plan.touched.setdefault(account, saved)
            undo.accounts.append((account, saved))
        bank = leg.debit.bank
        position = self._next_position(plan, bank)
        debit_prev, credit_prev = debit.last, credit.last
        moves = leg.kind not in (_PEND, _VOID)
        if moves:
            self._move(debit, credit, leg.fen, position)
        self._hold(plan, entry, leg, debit, undo)
        undo.banks.append(bank)
        plan.rows.append(
            row.pack(
                bank, position, (leg_id(entry.id, number) if number else entry.id).bytes, int(leg.kind),
                leg.debit.id, leg.credit.id, leg.fen, debit.balance, credit.balance,
                debit.seq if moves else 0, credit.seq if moves else 0, debit_prev, credit_prev, leg.code, digest,
                _event_us(entry), plan.now_us, _more(entry, leg),
            )
        )  # fmt: skip
        return Leg(bank, position, debit.balance, credit.balance)

    def _refusal(self, plan: Plan, leg: Posting, debit: Account, credit: Account) -> BankError | None:
        """Why this leg may not be, or None. Reads only."""
        if leg.kind is _SETTLE or leg.kind is _VOID:
            return self._refusal_of_hold(leg, debit, credit)
        if debit.flags & _OUT_STOPPED and leg.kind is not PostingKind.REVERSE:
            return _stopped(debit, "debit")
        if credit.flags & _IN_STOPPED:
            return _stopped(credit, "credit")
        if debit.currency != credit.currency:
            return errors.CurrencyMismatch()
        if debit.floor is not None and debit.balance - debit.held - leg.fen < debit.floor:
            return errors.InsufficientFunds()
        if credit.ceiling is not None and credit.balance + leg.fen > credit.ceiling:
            return errors.CeilingReached()
        if credit.balance + leg.fen > FEN_MAX or debit.balance - leg.fen < -FEN_MAX:
            return errors.BalanceTooLarge()
        return None

    def _refusal_of_hold(self, leg: Posting, debit: Account, credit: Account) -> BankError | None:
        assert leg.hold is not None
        hold = self.holds.get(leg.hold)
        if hold is None:
            return errors.HoldClosed()
        if (hold.debit, hold.credit) != (leg.debit, leg.credit) or leg.fen > hold.fen:
            return errors.HoldMismatch()
        if leg.kind is _SETTLE and credit.flags & _IN_STOPPED:
            return _stopped(credit, "credit")
        if leg.kind is _SETTLE and debit.flags & _CLOSED:
            return _stopped(debit, "debit")
        if leg.kind is _SETTLE and credit.ceiling is not None and credit.balance + leg.fen > credit.ceiling:
            return errors.CeilingReached()
        return None

    def _move(self, debit: Account, credit: Account, fen: int, position: int) -> None:
        debit.balance -= fen
        credit.balance += fen
        debit.seq += 1
        credit.seq += 1
        debit.last = credit.last = position

    def _hold(self, plan: Plan, entry: Entry, leg: Posting, debit: Account, undo: Undo) -> None:
        """Reserve, or release what was reserved. A partial settle gives the rest back."""
        if leg.kind is _PEND:
            hold = Hold(entry.id, leg.debit, leg.credit, leg.fen, leg.code, entry.expires_at)
            debit.held += leg.fen
            self.holds[hold.id] = hold
            plan.holds_opened.append(hold)
            undo.holds_opened.append(hold)
        elif leg.hold is not None:
            hold = self.holds.pop(leg.hold)
            debit.held -= hold.fen
            settled, state = (leg.fen, 2) if leg.kind is _SETTLE else (0, 3)
            plan.holds_closed[hold.id] = (hold, settled, state)
            undo.holds_closed.append(hold)

    def _open(self, plan: Plan, new: NewAccount) -> BankError | None:
        if new.ref in self.accounts:
            return errors.AccountExists()
        self.accounts[new.ref] = Account(
            new.ref, new.subject, new.currency, new.floor_fen, int(new.flags), ceiling=new.ceiling_fen
        )
        plan.opened.append(new)
        plan.fresh.add(new.ref)
        return None

    def _flag(self, plan: Plan, change: FlagChange, undo: Undo) -> BankError | None:
        account = self.accounts.get(change.ref)
        if account is None:
            return errors.AccountMissing()
        if change.set & AccountFlag.CLOSED and (account.balance or account.held):
            return errors.BalanceNotZero()
        if account.flags & _CLOSED:
            return errors.AccountClosed()
        saved = account.save()
        plan.touched.setdefault(account, saved)
        undo.accounts.append((account, saved))
        account.flags = (account.flags | int(change.set)) & ~int(change.clear)
        plan.flagged[account.ref] = account.flags & SHOWN
        return None

    def _bound(self, plan: Plan, change: BoundsChange, undo: Undo) -> BankError | None:
        account = self.accounts.get(change.ref)
        if account is None:
            return errors.AccountMissing()
        if account.flags & _CLOSED:
            return errors.AccountClosed()
        if change.floor_fen is not None and account.balance - account.held < change.floor_fen:
            return errors.InsufficientFunds()
        if change.ceiling_fen is not None and account.balance > change.ceiling_fen:
            return errors.CeilingReached()
        undo.bounds.append((account, account.bounds, account not in plan.bounded))
        plan.bounded.setdefault(account, account.bounds)
        saved = account.save()
        plan.touched.setdefault(account, saved)
        undo.accounts.append((account, saved))
        account.bound((change.floor_fen, change.ceiling_fen))
        return None

    def _next_position(self, plan: Plan, bank: int) -> int:
        before = self.positions.get(bank, 0)
        plan.positions.setdefault(bank, before)
        self.positions[bank] = before + 1
        return before + 1


def _stopped(account: Account, side: str) -> BankError:
    if account.flags & _CLOSED:
        return errors.AccountClosed(side=side)
    return errors.AccountFrozen(side=side)


def _event_us(entry: Entry) -> int | None:
    """When it happened in the world, if not as it is booked."""
    return row.micros(entry.event_at) if entry.event_at else None


def _more(entry: Entry, leg: Posting) -> bytes:
    """The columns of a row that may be missing."""
    refers = leg.hold or (entry.reverses if leg.kind is PostingKind.REVERSE else None)
    if refers or entry.evidence or entry.decision or entry.mandate is not None:
        return row.pack_more(refers, entry.evidence, entry.decision, entry.mandate)
    return row.NOTHING_MORE

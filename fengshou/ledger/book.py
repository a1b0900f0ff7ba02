"""The book in memory: what every account holds, and the decision about each entry in order.

Nothing here waits or touches a database. `decide` applies entries to the state and notes how to take
them back; the writer commits the plan or undoes it. What others read (`committed`) never shows a
plan that is still on its way to disk.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fengshou.kernel import FEN_MAX, BankError, leg_id
from fengshou.ledger import changes, errors, row, short
from fengshou.ledger.model import (
    CLOSES_HOLD,
    STILL,
    AccountFlag,
    AccountRef,
    Balance,
    Entry,
    Hold,
    Leg,
    NewAccount,
    Posting,
    PostingKind,
    Receipt,
)
from fengshou.ledger.plan import (
    KEPT,
    ORDER_IN,
    ORDER_OUT,
    Account,
    Bounds,
    Plan,
    Request,
    State,
    Undo,
    WentBack,
    frozen_fen,
    shown,
)
from fengshou.ledger.terms import Condition, Measure, Side, Terms
from fengshou.ledger.timers import Timer, Timers

_OUT_STOPPED = int(AccountFlag.FROZEN_OUT | AccountFlag.CLOSED) | ORDER_OUT
# A reversal puts right what was wrong, also where the customer or the bank stopped payments; no order of a court.
_REVERSE_STOPPED = int(AccountFlag.CLOSED) | ORDER_OUT
_IN_STOPPED = int(AccountFlag.FROZEN_IN | AccountFlag.CLOSED) | ORDER_IN
_CLOSED = int(AccountFlag.CLOSED)
_POST, _PEND, _SETTLE, _VOID = PostingKind.POST, PostingKind.PEND, PostingKind.SETTLE, PostingKind.VOID
_PART, _EXPIRE = PostingKind.PART, PostingKind.EXPIRE
_OPEN, _STATES = 1, {_SETTLE: 2, _PART: 2, _VOID: 3, _EXPIRE: 4}


class Book:
    """All accounts, open holds and positions of one shard."""

    def __init__(self) -> None:
        self.accounts: dict[AccountRef, Account] = {}
        self.holds: dict[UUID, Hold] = {}
        self.positions: dict[int, int] = {}
        self.hashes: dict[int, bytes] = {}
        self.records: dict[int, tuple[int, bytes]] = {}  # number and hash of each bank's newest page
        self.epoch = 0  # of the writer that owns it
        self.plans: list[Plan] = []  # decided and not yet durable, oldest first
        self.ahead: set[Account] = set()  # of what the account table said when the book was read
        self._timers: Timers | None = None

    @property
    def timers(self) -> Timers:
        """What ends by the clock; gathered when it is first asked for, kept up from then on."""
        if self._timers is None:
            ends = [Timer(h.expires_at, h.id) for h in self.holds.values() if h.expires_at]
            for account in self.accounts.values():
                ends += [Timer(o.until, o.id, o.ref) for o in account.orders if o.until]
            self._timers = Timers(ends)
        return self._timers

    # -- reading, as of the last commit ------------------------------------------------------------

    def committed(self, ref: AccountRef) -> Balance | None:
        """The account as the disk has it, or None."""
        account = self.accounts.get(ref)
        if account is None or any(ref in plan.fresh for plan in self.plans):
            return None
        balance, held, _, _, flags = self.saved(account)
        floor, ceiling, orders = self.saved_bounds(account)
        return Balance(
            balance, held, floor, shown(flags), account.subject, account.currency, ceiling, frozen_fen(orders)
        )

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

    def saved_bounds(self, account: Account) -> Bounds:
        """Its bounds and orders before every plan that is not durable yet."""
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

    def not_behind(self, before: Book) -> Book:
        """This book as it was just read, if it has all that `before` knows to be on disk.

        A database that lost what it had acknowledged (an old primary that came back in the new one's place) must not
        be gone on with: `WentBack`, until the right one is reached or people decide.
        """
        for bank, position in before.committed_positions().items():
            if self.positions.get(bank, 0) < position:
                raise WentBack(
                    f"bank {bank}: {position} was on disk, and it ends at {self.positions.get(bank, 0)}"
                )
        return self

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
        if request.single is None or not short.run(self, plan, (request,)):
            request.outcome = self._apply(plan, request.entry, request.told)
        assert request.outcome is not None
        return request.outcome

    def decide_more(self, plan: Plan, requests: list[Request]) -> None:
        """`decide` in a plan that has begun."""
        at, posted = 0, plan.posted
        while at < len(requests):
            begin, at = at, short.run(self, plan, requests, at)
            posted += requests[begin:at]
            if at == len(requests):
                return
            request = requests[at]
            at += 1
            outcome = request.outcome = self._apply(plan, request.entry, request.told)
            if isinstance(outcome, BankError):
                plan.refused.append(request)
            else:
                posted.append(request)
                if not request.entry.postings:
                    plan.acts.append(request)

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
        undo = Undo(len(plan.rows), len(plan.opened), frozen=len(plan.frozen), lifted=len(plan.lifted))
        refusal: BankError | None = None
        for new in entry.opens:
            refusal = refusal or self._open(plan, new)
        for flag in entry.flags:
            refusal = refusal or changes.flag(plan, self.accounts.get(flag.ref), flag, undo)
        for change in entry.changes:
            refusal = refusal or changes.change(plan, self.accounts, change, entry.id, undo)
        legs: list[Leg] = []
        for number, leg in enumerate(entry.postings if refusal is None else ()):
            result = self._leg(plan, entry, digest, number, leg, undo)
            if isinstance(result, BankError):
                refusal = result
                break
            legs.append(result)
        if refusal is None:
            self._set_timers(plan, undo)
            return Receipt(entry.id, plan.now, tuple(legs))
        self._take_back(plan, undo)
        return refusal

    def _take_back(self, plan: Plan, undo: Undo) -> None:
        """A later part was refused: the earlier ones never were."""
        for account, saved in reversed(undo.accounts):
            account.restore(saved)
            if account.ref in plan.flagged:
                plan.flagged[account.ref] = account.flags & KEPT
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
        for hold, closing in reversed(undo.holds_closed):
            self.holds[hold.id] = hold
            if closing is None:
                del plan.holds_closed[hold.id]
            else:
                plan.holds_closed[hold.id] = closing
        for hold in undo.holds_opened:
            plan.holds_opened.remove(hold)
            self.holds.pop(hold.id, None)
        del plan.frozen[undo.frozen :], plan.lifted[undo.lifted :]

    def _set_timers(self, plan: Plan, undo: Undo) -> None:
        if self._timers is None:
            return
        for hold in undo.holds_opened:
            if hold.expires_at:
                self._timers.add(Timer(hold.expires_at, hold.id))
        for order, _ in plan.frozen[undo.frozen :]:
            if order.until:
                self._timers.add(Timer(order.until, order.id, order.ref))

    def _leg(
        self, plan: Plan, entry: Entry, digest: int | None, number: int, leg: Posting, undo: Undo
    ) -> Leg | BankError:
        debit, credit = self.accounts.get(leg.debit), self.accounts.get(leg.credit)
        if debit is None or credit is None:
            return errors.AccountMissing(side="debit" if debit is None else "credit")
        terms = leg.terms
        if terms is not None:
            if failed := self._failed(terms.only_if, number):
                return failed
            if terms.up_to:
                leg = leg._replace(fen=min(leg.fen, _room(terms.up_to, debit, credit)))
                if leg.fen <= 0:
                    return errors.NothingToMove()
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
        moves = leg.kind not in STILL
        if moves:
            self._move(debit, credit, leg.fen, position)
        self._hold(plan, entry, leg, debit, undo)
        undo.banks.append(bank)
        plan.rows.append(
            row.pack(
                bank, position, (leg_id(entry.id, number) if number else entry.id).bytes, int(leg.kind),
                leg.debit.id, leg.credit.id, leg.fen, debit.balance, credit.balance,
                debit.seq if moves else 0, credit.seq if moves else 0, debit_prev, credit_prev, leg.code, digest,
                short.event_us(entry), plan.now_us, short.more(entry, leg),
            )
        )  # fmt: skip
        if terms is not None and terms.closes and (refusal := self._close(plan, terms, debit, credit, undo)):
            return refusal
        return Leg(bank, position, debit.balance, credit.balance, leg.fen)

    def _failed(self, conditions: tuple[Condition, ...], number: int) -> BankError | None:
        """The first condition that does not hold."""
        for condition in conditions:
            account = self.accounts.get(condition.ref)
            if account is None:
                return errors.AccountMissing(side="condition")
            if not condition.holds(_measured(account, condition.measure)):
                return errors.ConditionFailed(leg=number, measure=condition.measure.value)
        return None

    def _close(
        self, plan: Plan, terms: Terms, debit: Account, credit: Account, undo: Undo
    ) -> BankError | None:
        refusal = changes.close(plan, debit, undo) if terms.closes & Side.DEBIT else None
        if refusal is None and terms.closes & Side.CREDIT:
            refusal = changes.close(plan, credit, undo)
        return refusal

    def _refusal(self, plan: Plan, leg: Posting, debit: Account, credit: Account) -> BankError | None:
        """Why this leg may not be, or None. Reads only."""
        if leg.kind in CLOSES_HOLD:
            return self._refusal_of_hold(plan, leg, debit, credit)
        if debit.flags & (_REVERSE_STOPPED if leg.kind is PostingKind.REVERSE else _OUT_STOPPED):
            return _stopped(debit, "debit")
        if credit.flags & _IN_STOPPED:
            return _stopped(credit, "credit")
        if debit.currency != credit.currency:
            return errors.CurrencyMismatch()
        if debit.floor is not None and debit.balance - debit.held - leg.fen < debit.floor:
            return errors.InsufficientFunds()
        if debit.orders and (refusal := _frozen(debit, leg.fen)):
            return refusal
        if credit.ceiling is not None and credit.balance + leg.fen > credit.ceiling:
            return errors.CeilingReached()
        if credit.balance + leg.fen > FEN_MAX or debit.balance - leg.fen < -FEN_MAX:
            return errors.BalanceTooLarge()
        return None

    def _refusal_of_hold(self, plan: Plan, leg: Posting, debit: Account, credit: Account) -> BankError | None:
        assert leg.hold is not None
        hold = self.holds.get(leg.hold)
        if hold is None:
            return errors.HoldClosed()
        if (hold.debit, hold.credit) != (leg.debit, leg.credit) or leg.fen > hold.fen:
            return errors.HoldMismatch()
        over = hold.expires_at is not None and hold.expires_at <= plan.now
        if leg.kind is _EXPIRE and not over:
            return errors.HoldMismatch()
        if leg.kind in STILL:
            return None
        if over:
            return errors.HoldExpired()
        if credit.flags & _IN_STOPPED:
            return _stopped(credit, "credit")
        if debit.flags & _CLOSED:
            return _stopped(debit, "debit")
        if credit.ceiling is not None and credit.balance + leg.fen > credit.ceiling:
            return errors.CeilingReached()
        if credit.balance + leg.fen > FEN_MAX or debit.balance - leg.fen < -FEN_MAX:
            return errors.BalanceTooLarge()
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
            self._use_hold(plan, leg, self.holds[leg.hold], debit, undo)

    def _use_hold(self, plan: Plan, leg: Posting, hold: Hold, debit: Account, undo: Undo) -> None:
        closing = plan.holds_closed.get(hold.id)
        undo.holds_closed.append((hold, closing))
        settled = hold.settled_fen + (0 if leg.kind in STILL else leg.fen)
        rest = hold.fen - leg.fen if leg.kind is _PART else 0
        first = closing[0] if closing else hold
        if rest:
            self.holds[hold.id] = replace(hold, fen=rest, settled_fen=settled)
        else:
            del self.holds[hold.id]
        debit.held -= hold.fen - rest
        plan.holds_closed[hold.id] = (first, settled, _OPEN if rest else _STATES[leg.kind])

    def _open(self, plan: Plan, new: NewAccount) -> BankError | None:
        if new.ref in self.accounts:
            return errors.AccountExists()
        self.accounts[new.ref] = Account(
            new.ref, new.subject, new.currency, new.floor_fen, int(new.flags), ceiling=new.ceiling_fen
        )
        plan.opened.append(new)
        plan.fresh.add(new.ref)
        return None

    def _next_position(self, plan: Plan, bank: int) -> int:
        before = self.positions.get(bank, 0)
        plan.positions.setdefault(bank, before)
        self.positions[bank] = before + 1
        return before + 1


def _room(up_to: Side, debit: Account, credit: Account) -> int:
    """How much a posting can move that leaves its amount open; not above zero when nothing."""
    room = FEN_MAX
    if up_to & Side.DEBIT:
        room = debit.balance - debit.held - (debit.floor or 0) - frozen_fen(debit.orders)
    if up_to & Side.CREDIT:
        room = min(room, (credit.ceiling or 0) - credit.balance)
    return room


def _measured(account: Account, measure: Measure) -> int:
    """What a condition compares."""
    if measure is Measure.SEQ:
        return account.seq
    if measure is Measure.BALANCE:
        return account.balance
    return account.balance - account.held - (account.floor or 0) - frozen_fen(account.orders)


def _frozen(debit: Account, fen: int) -> BankError | None:
    """Amounts that orders froze stay; of a smaller balance, all of it."""
    frozen = frozen_fen(debit.orders)
    if frozen and debit.balance - debit.held - (debit.floor or 0) - frozen < fen:
        return errors.FundsFrozen(frozen_fen=frozen)
    return None


def _stopped(account: Account, side: str) -> BankError:
    if account.flags & _CLOSED:
        return errors.AccountClosed(side=side)
    return errors.AccountFrozen(side=side)

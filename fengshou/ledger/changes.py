"""What an entry changes about accounts besides their balance: flags, bounds, freezes. Functions on the book's plan."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from fengshou.kernel import BankError
from fengshou.ledger import errors
from fengshou.ledger.model import AccountFlag, AccountRef, FlagChange, freeze_id
from fengshou.ledger.plan import KEPT, Account, Bounds, Plan, Undo
from fengshou.ledger.terms import BoundsChange, Change, Freeze, Lift, Order

_CLOSED = int(AccountFlag.CLOSED)


def change(
    plan: Plan, accounts: Mapping[AccountRef, Account], wanted: Change, entry: UUID, undo: Undo
) -> BankError | None:
    """Make one change, or say why not."""
    account = accounts.get(wanted.ref)
    if account is None:
        return errors.AccountMissing()
    if account.flags & _CLOSED:
        return errors.AccountClosed()
    if isinstance(wanted, BoundsChange):
        return _bound(plan, account, wanted, undo)
    if isinstance(wanted, Freeze):
        return _freeze(plan, account, wanted, entry, undo)
    return _lift(plan, account, wanted, entry, undo)


def flag(plan: Plan, account: Account | None, wanted: FlagChange, undo: Undo) -> BankError | None:
    """Set and clear flags; an account that is closed stays so."""
    if account is None:
        return errors.AccountMissing()
    if wanted.set & AccountFlag.CLOSED and (refusal := may_close(account)):
        return refusal
    if account.flags & _CLOSED:
        return errors.AccountClosed()
    _note(plan, account, undo)
    account.flags = (account.flags | int(wanted.set)) & ~int(wanted.clear)
    plan.flagged[account.ref] = account.flags & KEPT
    return None


def close(plan: Plan, account: Account, undo: Undo) -> BankError | None:
    """Close an account after its last movement."""
    if refusal := may_close(account):
        return refusal
    _note(plan, account, undo)
    account.flags |= _CLOSED
    plan.flagged[account.ref] = account.flags & KEPT
    return None


def may_close(account: Account) -> BankError | None:
    """Why an account cannot be closed now: it is not empty, or somebody else's order lies on it."""
    if account.balance or account.held:
        return errors.BalanceNotZero()
    if account.orders:
        return errors.AccountFrozen(side="debit")
    return None


def _bound(plan: Plan, account: Account, wanted: BoundsChange, undo: Undo) -> BankError | None:
    floor, ceiling = wanted.floor_fen, wanted.ceiling_fen
    if floor is not None and account.balance - account.held < floor:
        return errors.InsufficientFunds()
    if ceiling is not None and account.balance > ceiling:
        return errors.CeilingReached()
    _set(plan, account, (floor, ceiling, account.orders), undo)
    return None


def _freeze(plan: Plan, account: Account, wanted: Freeze, entry: UUID, undo: Undo) -> BankError | None:
    ref, owner, reason, stops, fen, until = wanted
    order = Order(freeze_id(entry, len(plan.frozen) - undo.frozen), ref, owner, reason, stops, fen, until)
    plan.frozen.append((order, entry))
    _set(plan, account, (account.floor, account.ceiling, (*account.orders, order)), undo)
    return None


def _lift(plan: Plan, account: Account, wanted: Lift, entry: UUID, undo: Undo) -> BankError | None:
    order = next((order for order in account.orders if order.id == wanted.freeze), None)
    if order is None:
        return errors.FreezeMissing()
    if order.owner != wanted.owner:
        return errors.FreezeNotYours()
    plan.lifted.append((wanted, entry))
    rest = tuple(other for other in account.orders if other is not order)
    _set(plan, account, (account.floor, account.ceiling, rest), undo)
    return None


def _set(plan: Plan, account: Account, bounds: Bounds, undo: Undo) -> None:
    undo.bounds.append((account, account.bounds, account not in plan.bounded))
    plan.bounded.setdefault(account, account.bounds)
    _note(plan, account, undo)
    account.bound(bounds)


def _note(plan: Plan, account: Account, undo: Undo) -> None:
    """Remember the account as it was, to put it back."""
    saved = account.save()
    plan.touched.setdefault(account, saved)
    undo.accounts.append((account, saved))

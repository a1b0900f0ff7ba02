"""What the ledger refuses. Every refusal sticks to its key unless its kind is BUSY or WAITING."""

from __future__ import annotations

from fengshou.kernel import BankError, Kind


class InsufficientFunds(BankError):
    """The account cannot cover the debit once holds are counted."""

    code = "LEDGER.INSUFFICIENT_FUNDS"
    zh = "余额不够，钱没有动。可以改小金额，或换一个账户"
    en = "Not enough money in the account; nothing has moved. Send less, or use another account."


class AccountMissing(BankError):
    """No such account in the book."""

    code = "LEDGER.ACCOUNT_MISSING"
    kind = Kind.MISSING
    zh = "没有这个账户，请核对账号"
    en = "There is no such account. Please check the number."


class AccountClosed(BankError):
    """The account was closed; `side` is debit or credit."""

    code = "LEDGER.ACCOUNT_CLOSED"
    zh = "账户已销户，钱没有动"
    en = "The account is closed; nothing has moved."


class AccountFrozen(BankError):
    """The account does not pay out (side debit) or take in (side credit)."""

    code = "LEDGER.ACCOUNT_FROZEN"
    zh = "账户已冻结，钱没有动。可到“安全”里查看原因"
    en = "The account is frozen; nothing has moved. See Security for the reason."


class KeyConflict(BankError):
    """The key was used before with another content."""

    code = "LEDGER.KEY_CONFLICT"
    kind = Kind.CONFLICT
    zh = "这笔请求的编号用过了，内容却不一样，请重新发起"
    en = "This request number was used for something else. Please start again."


class HoldClosed(BankError):
    """The hold is not there, or was settled, voided or expired already."""

    code = "LEDGER.HOLD_CLOSED"
    kind = Kind.CONFLICT
    zh = "这笔预留的资金已经处理过了"
    en = "These reserved funds were already dealt with."


class HoldMismatch(BankError):
    """Settling more than was held, or between other accounts."""

    code = "LEDGER.HOLD_MISMATCH"
    kind = Kind.INVALID
    zh = "金额或账户与预留的不一致"
    en = "Amount or accounts differ from what was reserved."


class CurrencyMismatch(BankError):
    """The two accounts of a posting hold different currencies."""

    code = "LEDGER.CURRENCY_MISMATCH"
    kind = Kind.INVALID
    zh = "两个账户的币种不同"
    en = "The two accounts hold different currencies."


class BalanceTooLarge(BankError):
    """The balance would leave the range the book can hold."""

    code = "LEDGER.BALANCE_TOO_LARGE"
    kind = Kind.INVALID
    zh = "金额太大，无法记账"
    en = "The amount is too large to book."


class CeilingReached(BankError):
    """The credit would take the account over the most it may hold. Says nothing of what it holds."""

    code = "LEDGER.CEILING"
    zh = "收款账户的余额会超过上限，钱没有动。可以减少金额，或换一个收款账户"
    en = "The receiving account would hold more than it may; nothing has moved. Send less, or use another account."


class FundsFrozen(BankError):
    """What would be left is less than what orders froze on the account."""

    code = "LEDGER.FUNDS_FROZEN"
    zh = "账户里有 {frozen_fen} 元被依法冻结，余下的不够这笔支出，钱没有动"
    en = "{frozen_fen} yuan in the account are frozen by order and the rest is not enough; nothing has moved."


class FreezeMissing(BankError):
    """The freeze is not in force on that account: lifted already, run out, or never there."""

    code = "LEDGER.FREEZE_MISSING"
    kind = Kind.CONFLICT
    zh = "这项冻结已经解除，或不在这个账户上"
    en = "This freeze was lifted already, or is not on this account."


class FreezeNotYours(BankError):
    """A freeze is lifted by whoever ordered it."""

    code = "LEDGER.FREEZE_NOT_YOURS"
    zh = "这项冻结由别的机关作出，只能由作出的机关解除"
    en = "Another authority ordered this freeze; only they can lift it."


class ConditionFailed(BankError):
    """A condition of a posting does not hold; `leg` counts from 0, `measure` says what was compared."""

    code = "LEDGER.CONDITION_FAILED"
    kind = Kind.CONFLICT
    zh = "账户的情况已经变了，钱没有动，请刷新后再试"
    en = "The account has changed meanwhile; nothing has moved. Please look again."


class NothingToMove(BankError):
    """The posting left its amount open, and it came to nothing."""

    code = "LEDGER.NOTHING_TO_MOVE"
    zh = "没有可以转动的金额，钱没有动"
    en = "There is nothing to move; nothing has moved."


class HoldExpired(BankError):
    """The hold's time is up; its funds are on their way back."""

    code = "LEDGER.HOLD_EXPIRED"
    kind = Kind.CONFLICT
    zh = "预留的时间已过，资金会退回原账户"
    en = "The time for these reserved funds is over; they go back to the account."


class NotReversible(BankError):
    """The entry is not there, or something in it did not move money: holds are voided, not reversed."""

    code = "LEDGER.NOT_REVERSIBLE"
    kind = Kind.CONFLICT
    zh = "这笔账不能冲正"
    en = "This entry cannot be reversed."


class AccountExists(BankError):
    """An account with that number is already open."""

    code = "LEDGER.ACCOUNT_EXISTS"
    kind = Kind.CONFLICT
    zh = "账户已经开过了"
    en = "The account is already open."


class BalanceNotZero(BankError):
    """Only an empty account without holds can be closed."""

    code = "LEDGER.BALANCE_NOT_ZERO"
    zh = "账户里还有钱或在途资金，转出后才能销户"
    en = "There is still money in the account, or on its way. Move it out before closing."


class AlreadyReversed(BankError):
    """The entry was reversed before."""

    code = "LEDGER.ALREADY_REVERSED"
    kind = Kind.CONFLICT
    zh = "这笔账已经冲正过了"
    en = "This entry was already reversed."


class RiderLocked(BankError):
    """A row that must change together with the posting is locked by somebody; try again."""

    code = "LEDGER.RIDER_LOCKED"
    kind = Kind.BUSY
    zh = "这笔业务正在别处办理，请稍后再试，钱没有动"
    en = "This is being handled elsewhere. Try again shortly; nothing has moved."


class EntryMalformed(ValueError):
    """A room built an entry that breaks the book's rules: a bug, not a customer's mistake."""

"""What a payment is refused for before the book is asked. Nothing moves."""

from __future__ import annotations

from fengshou.access import Cooling, DayLimit, LevelUnavailable
from fengshou.kernel import BankError, Kind


class PayeeMismatch(BankError):
    """The name does not belong to the account."""

    code = "PAYMENTS.PAYEE_MISMATCH"
    zh = "户名和账号对不上，钱没有动。请再核对收款人的姓名和账号"
    en = "The name does not belong to this account; nothing has moved. Check the payee's name and number."


class PayeeMissing(BankError):
    """No such account, at no bank of the federation."""

    code = "PAYMENTS.PAYEE_MISSING"
    kind = Kind.MISSING
    zh = "没有这个收款账号，请核对每一位数字"
    en = "There is no such payee account. Please check each digit."


class PayeeBankMissing(BankError):
    """An account outside the federation needs its bank."""

    code = "PAYMENTS.PAYEE_BANK_MISSING"
    kind = Kind.INVALID
    zh = "请选择收款账号的开户银行"
    en = "Please choose the payee's bank."


class PayeeLimit(BankError):
    """The payee's account may not take in that much, by its class. How much it took already is the payee's affair."""

    code = "PAYMENTS.PAYEE_LIMIT"
    zh = "对方账户按账户类别收不了这么多，钱没有动。可以改小金额，或请对方换一个账户"
    en = "The payee's class of account cannot take that much; nothing has moved. Send less, or ask for another one."


class YearLimit(BankError):
    """The paying account's class has a yearly cap."""

    code = "PAYMENTS.YEAR_LIMIT"
    zh = "这个账户今年还能转出 {left_fen} 元，可以换一个账户，或到网点升级账户"
    en = "This account can send {left_fen} more this year. Use another account, or upgrade it at a branch."


class DayClassLimit(BankError):
    """The paying account's class has a daily cap."""

    code = "PAYMENTS.DAY_LIMIT"
    zh = "这个账户今天还能转出 {left_fen} 元，可以改小金额或分两天转"
    en = "This account can send {left_fen} more today. Send less, or over two days."


class SingleLimit(LevelUnavailable):
    """One payment may be at most so much by phone."""

    code = "PAYMENTS.SINGLE_LIMIT"
    zh = "手机上单笔最多转 {most_fen} 元，钱没有动。可以分几笔转，或到网点办理"
    en = (
        "One transfer by phone is at most {most_fen}; nothing has moved. Send it in parts, or visit a branch."
    )


class DayTotal(DayLimit):
    """What goes out by phone in a day is capped by how surely the payer is known."""

    code = "PAYMENTS.DAY_TOTAL"
    zh = "今天手机上还能转 {left_fen} 元，钱没有动。可以改小金额、明天再转，或到网点办理"
    en = "You can send {left_fen} more by phone today; nothing has moved. Send less, wait a day, or visit a branch."


class NewDeviceLimit(Cooling):
    """A device is new for a day, and only small amounts go out of it."""

    code = "PAYMENTS.NEW_DEVICE_LIMIT"
    zh = "这台设备绑定未满 24 小时，今天还能转 {left_fen} 元，钱没有动。可以改小金额，或到网点办理"
    en = "This device is new: {left_fen} more can go out today, nothing has moved. Send less, or visit a branch."


class SameAccount(BankError):
    """Payer and payee are one account."""

    code = "PAYMENTS.SAME_ACCOUNT"
    kind = Kind.INVALID
    zh = "付款和收款是同一个账户"
    en = "That is the same account."


class FeeChanged(BankError):
    """The month's free transfers were used up, or the tariff rose, between ordering and paying."""

    code = "PAYMENTS.FEE_CHANGED"
    zh = "手续费已变为 {fee_fen} 元，这笔没有扣款。请重新发起并确认"
    en = "The fee is now {fee_fen} yuan; nothing has moved. Please start again and confirm."


class OrderConflict(BankError):
    """The client's key was used for another payment."""

    code = "PAYMENTS.ORDER_CONFLICT"
    kind = Kind.CONFLICT
    zh = "这笔转账已经提交过，内容却不一样，请重新发起"
    en = "This transfer was sent before with other contents. Please start again."


class OrderMissing(BankError):
    """No such order, or a stranger's."""

    code = "PAYMENTS.ORDER_MISSING"
    kind = Kind.MISSING
    zh = "没有找到这笔业务，或不属于您"
    en = "Not found, or not yours."


class OrderMoved(BankError):
    """The order is no longer in the state this act needs."""

    code = "PAYMENTS.ORDER_MOVED"
    kind = Kind.CONFLICT
    zh = "这笔业务的状态已经变了，请刷新后再看"
    en = "This order has moved on. Please refresh."


class NoReceiptYet(BankError):
    """There is a receipt once money moved."""

    code = "PAYMENTS.NO_RECEIPT_YET"
    kind = Kind.CONFLICT
    zh = "这笔业务还没有完成，完成后才有回单"
    en = "There is no receipt before the payment is done."


class PayeeName(BankError):
    """A payee needs a name of at most 60 characters."""

    code = "PAYMENTS.PAYEE_NAME"
    kind = Kind.INVALID
    zh = "请填写收款人姓名，最多 60 个字"
    en = "Please give the payee's name, at most 60 characters."


class Abandoned(BankError):
    """Nobody came back to confirm it within a day."""

    code = "PAYMENTS.ABANDONED"
    zh = "没有在一天内确认，已取消，钱没有动"
    en = "It was not confirmed within a day and is cancelled; nothing has moved."


class AccountStopped(BankError):
    """The paying account is frozen by its owner or closed."""

    code = "PAYMENTS.ACCOUNT_STOPPED"
    zh = "付款账户已冻结或销户，钱没有动。可到“安全”里解冻，或换一个账户"
    en = "The paying account is frozen or closed; nothing has moved. Unfreeze it under Security, or use another."

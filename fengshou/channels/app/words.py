"""What the app says about orders, movements and letters: fixed sentences in both languages."""

from __future__ import annotations

from typing import NamedTuple

from fengshou.access import UNKNOWN_DEVICE
from fengshou.channels.app.shapes import Bi
from fengshou.kernel import BankError, every_error


def bi(zh: str, en: str) -> Bi:
    """Both languages."""
    return Bi(zh=zh, en=en)


def of(words: dict[str, str]) -> Bi:
    """A room's `{"zh", "en"}`."""
    return Bi(zh=words["zh"], en=words["en"])


def device(name: str, locale: str) -> str:
    """A device's name; the one of a device that told nothing is a word of ours."""
    return "Unknown device" if name == UNKNOWN_DEVICE and locale == "en" else name


EMPTY = bi("", "")

# Title and note of a result, by the order's state.
STATES: dict[str, tuple[Bi, Bi]] = {
    "draft": (
        bi("待确认", "To be confirmed"),
        bi("还没有提交，钱没有动", "Not sent yet; nothing has moved."),
    ),
    "done": (bi("已到账", "Arrived"), bi("对方账户已入账", "It is in the payee's account.")),
    "held": (
        bi("等待核实", "Being checked"),
        bi(
            "钱还在您的账户里，已为这笔转账保留。核实完会告诉您",
            "The money is still in your account, kept for this transfer. We will tell you.",
        ),
    ),
    "sent": (
        bi("已转出", "Sent"),
        bi("等对方银行入账，一般 2 分钟内", "Waiting for the other bank, usually within 2 minutes."),
    ),
    "unknown": (
        bi("正在核实结果", "Outcome being checked"),
        bi(
            "对方银行还没有回音，我们会一直问到有结果。请不要重复转",
            "The other bank has not answered; we keep asking. Please do not send it again.",
        ),
    ),
    "rejected": (
        bi("对方银行没有收", "Not accepted"),
        bi("钱已回到您的可用余额", "The money is available in your account again."),
    ),
    "returned": (
        bi("已退回", "Returned"),
        bi("对方银行退回了这笔钱，已入您的账户", "The other bank sent it back; it is in your account."),
    ),
    "refused": (bi("没有转出", "Not sent"), bi("钱没有动", "Nothing has moved.")),
    "expired": (
        bi("核实超时，没有转出", "Not sent: the check ran out of time"),
        bi("钱已回到您的可用余额", "The money is available in your account again."),
    ),
}


class LineWords(NamedTuple):
    """How a kind of movement reads: its title, the broad kind, a category, an icon and a tone."""

    title: Bi
    kind: str
    category: str
    icon: str
    tone: str


_OTHER = LineWords(bi("其他", "Other"), "other", "other", "doc", "neutral")
LINES: dict[str, LineWords] = {
    "transfer_out": LineWords(bi("转账", "Transfer"), "transfer", "transfer", "transfer", "brand"),
    "transfer_in": LineWords(bi("转入", "Money in"), "transfer", "transfer", "transfer", "grain"),
    "transfer": LineWords(bi("转账", "Transfer"), "transfer", "transfer", "transfer", "brand"),
    "own_out": LineWords(bi("本人互转", "Own transfer"), "transfer", "own", "transfer", "info"),
    "own_in": LineWords(bi("本人互转", "Own transfer"), "transfer", "own", "transfer", "info"),
    "own": LineWords(bi("本人互转", "Own transfer"), "transfer", "own", "transfer", "info"),
    "outside_out": LineWords(bi("跨行转账", "To another bank"), "transfer", "transfer", "transfer", "brand"),
    "outside_in": LineWords(bi("跨行转入", "From another bank"), "transfer", "transfer", "transfer", "grain"),
    "inbound": LineWords(bi("跨行转入", "From another bank"), "transfer", "transfer", "transfer", "grain"),
    "remit": LineWords(bi("跨行转账", "To another bank"), "transfer", "transfer", "transfer", "brand"),
    "returned_in": LineWords(bi("退回", "Returned"), "return", "transfer", "undo", "info"),
    "fee": LineWords(bi("手续费", "Fee"), "fee", "fee", "doc", "neutral"),
    "salary": LineWords(bi("代发工资", "Salary"), "salary", "income", "user", "grain"),
    "pension": LineWords(bi("养老金", "Pension"), "pension", "income", "elder", "grain"),
    "interest": LineWords(bi("结息", "Interest"), "interest", "income", "sprout", "grain"),
    "takings": LineWords(bi("收款结算", "Takings"), "other", "income", "stall", "grain"),
    "shopping": LineWords(bi("扫码消费", "Purchase"), "other", "shopping", "basket", "soil"),
    "medicine": LineWords(bi("药店消费", "Pharmacy"), "other", "medicine", "heart", "gift"),
    "canteen": LineWords(bi("食堂消费", "Canteen"), "other", "food", "basket", "soil"),
    "utility": LineWords(bi("生活缴费", "Utility bill"), "other", "bills", "bills", "info"),
    "top_up": LineWords(bi("话费充值", "Phone top-up"), "other", "bills", "phone", "info"),
    "cash": LineWords(bi("取现", "Cash withdrawal"), "other", "cash", "card", "neutral"),
    "carried": LineWords(bi("承前余额", "Balance brought forward"), "opening", "opening", "doc", "neutral"),
    "bank": LineWords(bi("银行记账", "Bank booking"), "other", "other", "doc", "neutral"),
}
# What a posting's code tells when no words were kept with the movement.
CODES = {
    101: "transfer", 102: "fee", 103: "outside_out", 104: "outside_in", 105: "returned_in", 120: "carried",
    121: "interest", 122: "takings", 123: "shopping", 124: "utility", 125: "top_up", 126: "cash", 129: "bank",
}  # fmt: skip


def line_words(kind: str | None, code: int) -> LineWords:
    """The words of a movement."""
    return LINES.get(kind or CODES.get(code, ""), _OTHER)


class LetterWords(NamedTuple):
    """Where a letter belongs, and how it looks."""

    group: str
    icon: str
    tone: str


_SERVICE = LetterWords("service", "megaphone", "info")
LETTERS: dict[str, LetterWords] = {
    "money_in": LetterWords("money", "transfer", "grain"),
    "money_out": LetterWords("money", "transfer", "brand"),
    "payment_held": LetterWords("money", "clock", "grain"),
    "payment_released": LetterWords("money", "check", "brand"),
    "payment_refused": LetterWords("money", "close", "danger"),
    "payment_returned": LetterWords("money", "undo", "info"),
    "payment_unknown": LetterWords("money", "clock", "info"),
    "login": LetterWords("security", "device", "info"),
    "device_new": LetterWords("security", "device", "danger"),
    "password_changed": LetterWords("security", "lock", "danger"),
    "passkey_added": LetterWords("security", "finger", "brand"),
    "phone_changed": LetterWords("security", "phone", "danger"),
    "account_frozen": LetterWords("security", "lock", "danger"),
    "account_unfrozen": LetterWords("security", "lock", "brand"),
}


def letter_words(kind: str) -> LetterWords:
    """The look of a letter."""
    return LETTERS.get(kind, _SERVICE)


# ISO 20022 reasons of rejections and returns, as the rail's other banks give them.
_RAIL = {
    "AC01": bi("收款账号不存在", "There is no such account."),
    "AC04": bi("收款账户已销户", "The payee's account is closed."),
    "AC06": bi("收款账户已被冻结", "The payee's account is blocked."),
    "AG01": bi("收款账户不能接收这类转账", "The payee's account cannot take this kind of transfer."),
    "AM02": bi("金额超过对方银行的限额", "The amount is above the other bank's limit."),
    "BE01": bi("户名与账号不符", "The name does not belong to the account."),
    "MS03": bi("对方银行未说明原因", "The other bank gave no reason."),
    "RC01": bi("收款银行行号不存在", "There is no bank with that code."),
}


def reason(code: str | None) -> Bi | None:
    """Why an order did not go through, from the code kept with it."""
    if not code:
        return None
    if code in _RAIL:
        return _RAIL[code]
    cls: type[BankError] | None = next((e for e in every_error() if e.code == code), None)
    if cls is None or "{" in cls.zh or "{" in cls.en:
        return bi("没有通过核查", "It did not pass our checks.")
    return bi(cls.zh, cls.en)

"""Reading a file of history: each row checked for itself, then all of them against the book, in order. Pure.

    key,debit,credit,amount,happened_at,code

`debit` and `credit` are account numbers of 19 digits, or subjects of four for the bank's own accounts; `amount` is
yuan ("12.30"); `happened_at` a day, or an instant with its zone; `code` may be left out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple, TextIO

from fengshou.kernel import SHANGHAI, BankError, Money, parse_account_number
from fengshou.ledger.model import AccountFlag, AccountRef, Balance, own_account

COLUMNS = ("key", "debit", "credit", "amount", "happened_at")
_CODE_END = 1 << 31


class HistoryRow(NamedTuple):
    """One movement of the file. `row` counts from 1, the header being row 1."""

    row: int
    key: str
    debit: AccountRef
    credit: AccountRef
    fen: int
    happened_at: datetime
    code: int


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with one row, for those who read Chinese and those who read English."""

    row: int
    zh: str
    en: str


class _Fault(Exception):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def read(file: TextIO, bank: int, now: datetime) -> tuple[list[HistoryRow], list[RowFault]]:
    """The file's rows, and every row that cannot be one."""
    reader = csv.DictReader(file)
    missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        names = ", ".join(missing)
        return [], [RowFault(1, f"表头缺少 {names}", f"the header lacks {names}")]
    rows, faults = [], []
    seen: dict[str, int] = {}
    for number, values in enumerate(reader, start=2):
        try:
            found = _row(number, values, bank, now)
            if found.key in seen:
                first = seen[found.key]
                raise _Fault(f"编号与第 {first} 行相同", f"the key is that of row {first}")
            seen[found.key] = number
            rows.append(found)
        except _Fault as fault:
            faults.append(RowFault(number, fault.zh, fault.en))
    return rows, faults


def against(rows: Iterable[HistoryRow], balances: Mapping[AccountRef, Balance]) -> Iterator[RowFault]:
    """Rows that the book would refuse when posted in this order on top of `balances`."""
    moved: dict[AccountRef, int] = {}
    for r in rows:
        try:
            _check(r, balances, moved)
        except _Fault as fault:
            yield RowFault(r.row, fault.zh, fault.en)
            continue
        moved[r.debit] = moved.get(r.debit, 0) - r.fen
        moved[r.credit] = moved.get(r.credit, 0) + r.fen


def _row(number: int, values: Mapping[str, str | None], bank: int, now: datetime) -> HistoryRow:
    key = _text(values, "key")
    if not key:
        raise _Fault("没有编号", "there is no key")
    debit, credit = (_account(_text(values, side), bank) for side in ("debit", "credit"))
    if debit == credit:
        raise _Fault("借方和贷方是同一个账户", "debit and credit are the same account")
    amount = _text(values, "amount")
    try:
        fen = Money.parse(amount).fen
    except BankError:
        fen = 0
    if fen <= 0:
        raise _Fault(f"金额不对：{amount}", f"not an amount: {amount}")
    at = _instant(_text(values, "happened_at"))
    if at > now:
        raise _Fault("发生时间在将来", "it has not happened yet")
    code = _text(values, "code") or "0"
    if not code.isdecimal() or int(code) >= _CODE_END:
        raise _Fault(f"用途代码不对：{code}", f"not a code: {code}")
    return HistoryRow(number, key, debit, credit, fen, at, int(code))


def _account(text: str, bank: int) -> AccountRef:
    if len(text) == 4 and text.isdecimal():
        return own_account(bank, text)
    try:
        ref = AccountRef(*parse_account_number(text))
    except BankError:
        raise _Fault(f"账号不对：{text}", f"not an account number: {text}") from None
    if ref.bank != bank:
        raise _Fault("账户是别的银行的", "the account is at another bank")
    return ref


def _instant(text: str) -> datetime:
    try:
        if len(text) == len("2026-01-01"):
            return datetime.combine(date.fromisoformat(text), time.min, SHANGHAI)
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _Fault(f"时间不对：{text}", f"not a day, nor an instant with its zone: {text}")
    return at


def _check(r: HistoryRow, balances: Mapping[AccountRef, Balance], moved: Mapping[AccountRef, int]) -> None:
    debit, credit = balances.get(r.debit), balances.get(r.credit)
    if debit is None or credit is None:
        raise _Fault("没有这个账户", "there is no such account")
    if debit.currency != credit.currency:
        raise _Fault("两个账户的币种不同", "the two accounts hold different currencies")
    if debit.flags & (AccountFlag.CLOSED | AccountFlag.FROZEN_OUT):
        raise _Fault("付款账户已冻结或销户", "the debit account is frozen or closed")
    if credit.flags & (AccountFlag.CLOSED | AccountFlag.FROZEN_IN):
        raise _Fault("收款账户已冻结或销户", "the credit account is frozen or closed")
    left = debit.posted_fen - debit.held_fen + moved.get(r.debit, 0) - r.fen
    if debit.floor_fen is not None and left < debit.floor_fen:
        raise _Fault("余额不够", "not enough money in the account")


def _text(values: Mapping[str, str | None], name: str) -> str:
    return (values.get(name) or "").strip()

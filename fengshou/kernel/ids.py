"""Ids that carry their time and their bank, and the account numbers people read.

An id is a UUIDv7 (RFC 9562) whose random part is laid out as
    time 48 bit ms | version 4 | random 12 | variant 2 | random 36 | bank 16 | leg 10
so that any room can tell which member bank a row lives at without asking a directory, and the legs
of one ledger entry are numbered in the last ten bits (at most 1,023 legs). The ids a process makes
within one millisecond count up from a random start (§6.2, method 2): they sort in the order they were
made in, and no number of them made at one instant can collide.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, SafeUUID

from fengshou.kernel.errors import BankError, Kind

CENTRE = 1  # institution id of the provincial centre
LEGS_MAX = 1_023
_EPOCH, _MILLI = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_LEG_MASK = (1 << 10) - 1
ISSUER = "629"  # a fictional issuer prefix


class BadAccountNumber(BankError):
    """Not an account number of the federation: wrong length, digits or check digit."""

    code = "ACCOUNT.BAD_NUMBER"
    kind = Kind.INVALID
    zh = "账号不对，请核对每一位数字"
    en = "That account number is not right. Please check each digit."


def new_id(bank: int, at: datetime | None = None) -> UUID:
    """A fresh id at member bank `bank` (institution id), of the instant `at` or now."""
    assert 0 < bank < 1 << 16
    millis = (at - _EPOCH) // _MILLI if at else time.time_ns() // 1_000_000
    noise = _after(millis)
    value = (millis << 80) | (0x7 << 76) | ((noise >> 36) << 64) | (0b10 << 62)
    value |= ((noise & ((1 << 36) - 1)) << 26) | (bank << 10)
    id_ = _made(UUID)  # its own constructor asks ten questions first, which cost as much as all the rest
    _put(id_, "int", value)
    _put(id_, "is_safe", SafeUUID.unknown)
    return id_


_made, _put = object.__new__, object.__setattr__  # a UUID lets nobody set its number
_latest = [-1, 0]  # the millisecond of the newest id, and its noise


def _after(millis: int) -> int:
    """48 bits: a random start for a new millisecond, a random step beyond the id before for the same one."""
    try:
        drawn = _noise.pop()
    except IndexError:
        drawn = _draw()
    # The start leaves the top bit clear, so that steps have room above it.
    noise = _latest[1] + 1 + (drawn & 0xFFFF) if millis == _latest[0] else drawn >> 1
    if noise >> 48:
        noise = drawn >> 1
    _latest[:] = millis, noise
    return noise


# Random numbers drawn ahead: asking the system for each id costs more than all the rest of it.
_noise: list[int] = []
_DRAWN_AT_ONCE = 256


def _forget() -> None:
    """A forked child must not make the parent's ids."""
    _noise.clear()
    _latest[0] = -1


os.register_at_fork(after_in_child=_forget)


def _draw() -> int:
    """Fill `_noise` with fresh 48-bit numbers and return one more."""
    drawn = os.urandom(6 * _DRAWN_AT_ONCE)
    _noise.extend([int.from_bytes(drawn[at : at + 6], "big") for at in range(6, len(drawn), 6)])
    return int.from_bytes(drawn[:6], "big")


def bank_of(id_: UUID) -> int:
    """The member bank whose rows carry this id."""
    return (id_.int >> 10) & 0xFFFF


def id_at(bank: int, id_: UUID) -> UUID:
    """The same id as if it had been made at another member bank."""
    assert 0 < bank < 1 << 16
    return UUID(int=id_.int & ~(0xFFFF << 10) | bank << 10)


def time_of(id_: UUID) -> datetime:
    """The instant an id was made, to the millisecond."""
    return datetime.fromtimestamp((id_.int >> 80) / 1000, UTC)


def leg_id(entry: UUID, leg: int) -> UUID:
    """The id of an entry's leg number `leg` (0 is the entry's own id)."""
    assert 0 <= leg <= LEGS_MAX and not entry.int & _LEG_MASK
    return UUID(int=entry.int | leg)


def entry_of(leg: UUID) -> UUID:
    """The entry a journal row belongs to."""
    return UUID(int=leg.int & ~_LEG_MASK)


def account_number(bank: int, account: int) -> str:
    """The 19 digits on a card: issuer 629, bank 4, account 11, Luhn 1."""
    assert 0 < bank < 10_000 and 0 < account < 10**11
    body = f"{ISSUER}{bank:04d}{account:011d}"
    return body + str(_luhn(body))


def parse_account_number(text: str) -> tuple[int, int]:
    """Split an account number (spaces allowed) into (bank, account). Raises `BadAccountNumber`."""
    digits = text.replace(" ", "")
    if len(digits) != 19 or not digits.isascii() or not digits.isdigit() or not digits.startswith(ISSUER):
        raise BadAccountNumber()
    if _luhn(digits[:-1]) != int(digits[-1]):
        raise BadAccountNumber()
    bank, account = int(digits[3:7]), int(digits[7:18])
    if not bank or not account:
        raise BadAccountNumber()
    return bank, account


def _luhn(body: str) -> int:
    """The check digit of ISO/IEC 7812-1 for `body`."""
    total = 0
    for place, char in enumerate(reversed(body)):
        digit = int(char) * (2 if place % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return -total % 10

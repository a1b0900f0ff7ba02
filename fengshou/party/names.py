"""The payee name check: does this name belong to this account, at whichever bank it is?"""

from __future__ import annotations

from typing import Literal

from fengshou.kernel import CENTRE, BankError, Principal, parse_account_number
from fengshou.party import store_accounts
from fengshou.party.identity import normal_name
from fengshou.party.model import NameCheck
from fengshou.party.room import Room

_MISSING = NameCheck("missing", None, None, None, None)


async def name_check(room: Room, who: Principal | None, number: str, name: str) -> NameCheck:
    """Match, mismatch or missing; the masked name comes with a match only.

    A number that is no account of the federation is missing, a name no person can have is a mismatch.
    The caller limits the rate: with many guesses the answer would tell who holds an account.
    """
    try:
        bank, account = parse_account_number(number)
    except BankError:
        return _MISSING
    if bank not in room.banks or bank == CENTRE:
        return _MISSING
    async with room.db.read(who.bank if who else CENTRE, who) as work:
        row = await store_accounts.name_check(work, bank, account, _blind(room, name))
    if row is None:
        return _MISSING
    there = room.bank(bank)
    result: Literal["match", "mismatch"] = "match" if row["matches"] else "mismatch"
    return NameCheck(result, row["masked"], bank, there.name_zh, there.name_en)


def _blind(room: Room, name: str) -> bytes:
    """A name that cannot be one is compared all the same, so that the answer says only: not this one."""
    try:
        return room.vault.blind("name", normal_name(name))
    except BankError:
        return bytes(32)

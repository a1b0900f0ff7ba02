"""SMS codes: sent, tried, used up once.

A code belongs to a phone and a purpose, not to a customer, so nothing tells whether the phone is
known before its owner has proved to hold it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from fengshou.access import store_directory as store
from fengshou.access.errors import CodeEnded, CodeTooSoon, CodeWrong, RateLimited, SmsRefused
from fengshou.access.model import CodeSent, Purpose
from fengshou.access.policy import Rate
from fengshou.access.ports import SmsAnswer
from fengshou.access.room import Room
from fengshou.kernel import CENTRE, Invalid, Work, new_id

_PHONE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_CODE = re.compile(r"[0-9]{6}", re.ASCII)

_WHAT: dict[str, tuple[str, str]] = {
    "log_in": ("登录", "to log in"),
    "register": ("注册", "to register"),
    "reset": ("重设密码", "to reset your password"),
    "new_device": ("在新设备登录", "to log in on a new device"),
    "step_up": ("确认交易", "to confirm a transaction"),
    "freeze": ("冻结登录", "to freeze your log-in"),
}


class Codes:
    """Sends codes and checks them."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def send(
        self,
        phone: str,
        purpose: Purpose,
        *,
        address: str,
        locale: str = "zh-CN",
        binding: bytes = b"",
        about: str = "",
    ) -> CodeSent:
        """Send six digits to `phone`; the same answer for every phone.

        binding  what the code is for beyond the purpose (a transaction's digest): it works for that alone
        about    words for the message, e.g. the amount and the payee's last digits
        Raises   `Invalid`, `CodeTooSoon`, `RateLimited`, `SmsRefused`
        """
        if not _PHONE.fullmatch(phone):
            raise Invalid(field="phone")
        room, policy = self._room, self._room.policy
        blind, message_id = room.phone_blind(phone), new_id(CENTRE)
        code = f"{secrets.randbelow(1_000_000):06d}"
        async with room.db.work(CENTRE) as work:
            await take_windows(work, "sms.phone", blind, policy.code_rates_phone)
            await take_windows(work, "sms.address", room.address_blind(address), policy.code_rates_address)
            mark = room.code_mark(phone, purpose, binding, code)
            if not await store.put_code(
                work, blind, purpose, message_id, mark, policy.code_life, policy.code_resend
            ):
                sent_at = await store.code_sent_at(work, blind, purpose)
                raise CodeTooSoon(retry_after_s=_seconds_until(sent_at + policy.code_resend, work.now))
        answer = await room.sms.send(phone, _text(purpose, code, about, locale), message_id=message_id)
        if answer == SmsAnswer.REFUSED:
            async with room.db.work(CENTRE) as work:
                await store.kill_code(work, message_id, blind, purpose)
            raise SmsRefused()
        return CodeSent(int(policy.code_resend.total_seconds()), int(policy.code_life.total_seconds()))

    async def check(self, phone: str, purpose: Purpose, code: str, *, binding: bytes = b"") -> None:
        """Use the code up, or raise `CodeWrong` (a try is counted) or `CodeEnded`."""
        if not _PHONE.fullmatch(phone):
            raise Invalid(field="phone")
        if not _CODE.fullmatch(code):
            raise Invalid(field="code")
        room = self._room
        mark = room.code_mark(phone, purpose, binding, code)
        async with room.db.work(CENTRE) as work:
            row = await store.try_code(work, room.phone_blind(phone), purpose, mark, room.policy.code_tries)
        # The try is committed before anything is said about it.
        if row is None:
            raise CodeEnded()
        if not row["correct"]:
            left = room.policy.code_tries - row["tries"]
            raise CodeWrong(tries_left=left) if left else CodeEnded()


async def take_windows(work: Work, scope: str, key_blind: bytes, rates: Iterable[Rate]) -> None:
    """Count one more in each window of `rates`; raises `RateLimited`, and the caller's rollback uncounts it."""
    for rate in rates:
        seconds = int(rate.window.total_seconds())
        began = int(work.now.timestamp()) // seconds * seconds
        began_at, ends_at = datetime.fromtimestamp(began, UTC), datetime.fromtimestamp(began + seconds, UTC)
        if not await store.take_window(work, key_blind, f"{scope}.{seconds}", began_at, ends_at, rate.most):
            raise RateLimited(retry_after_s=_seconds_until(ends_at, work.now))


def _seconds_until(then: datetime, now: datetime) -> int:
    return max(1, -int((now - then).total_seconds() // 1))


def _text(purpose: Purpose, code: str, about: str, locale: str) -> str:
    zh, en = _WHAT[purpose]
    if locale.startswith("en"):
        tail = f" ({about})" if about else ""
        return f"[Fengshou] {code} is your code {en}{tail}. Valid 5 minutes. Never tell anyone, not even bank staff."
    tail = f"（{about}）" if about else ""
    return f"【丰收银行】验证码 {code}，用于{zh}{tail}，5 分钟内有效。请勿告诉任何人，银行人员也不会索要。"

"""What a transfer would cost and ask for, and what is left today. Asked while the form is being filled."""

from __future__ import annotations

from typing import Any

from fengshou.channels.app import words
from fengshou.channels.app.shapes import BankCode, Bi, LevelShow, LimitsShow, NameText, NumberText, Reach
from fengshou.channels.edge import Ask, Call, Show
from fengshou.kernel import BankError, Money
from fengshou.ledger import AccountRef, InsufficientFunds
from fengshou.party import CustomerAccount
from fengshou.payments import AccountStopped, DayTotal, Payee, SingleLimit

_METHODS: dict[int, tuple[str, ...]] = {0: (), 1: ("password", "passkey"), 2: ("passkey", "password+sms")}
_ARRIVES: dict[str, Bi] = {
    "own": words.bi("马上到账", "At once"),
    "federation": words.bi("马上到账", "At once"),
    "outside": words.bi("一般 2 分钟内到账", "Usually within 2 minutes"),
}


class ToAsk(Ask):
    """Whom to pay, as far as filled in."""

    number: NumberText
    bank_code: BankCode | None = None
    name: NameText | None = None


class Hindrance(Show):
    """What would be said to this transfer now."""

    code: str
    messages: Bi
    facts: dict[str, Any]


class Quoted(Show):
    """A forecast."""

    reach: Reach
    fee_fen: int
    waived_fen: int
    fee_note: Bi
    total_fen: int
    level: int
    remaining_fen: int
    single_max_fen: int
    available_fen: int
    arrives: Bi
    first_time: bool
    problem: Hindrance | None
    capitals: str


async def limits_show(call: Call, account: CustomerAccount) -> LimitsShow:
    """What the account may still send to others today."""
    doors, who = call.doors, call.who
    left = await doors.payments.limits_left(who, AccountRef(*account.ref))
    matrix, top = doors.catalog.limits(account.bank), doors.access.policy.level_max
    one = matrix.cap(1, "transfer")
    used = await doors.access.day_used(account.bank, who.id, "transfer", doors.clock.today())
    cooling = await doors.access.cooling_until(who)
    small = matrix.cap(matrix.cooling.level, "transfer").day_fen
    remaining = min(left.day_left_fen, max(0, small - used)) if cooling else left.day_left_fen
    return LimitsShow(
        levels=tuple(
            LevelShow(level=r.level, single_fen=r.single_fen, day_fen=r.day_fen, methods=_METHODS.get(r.level, ()))
            for r in matrix.rows("transfer")
            if 0 < r.level <= top
        ),
        used_today_fen=used, remaining_fen=remaining, day_cap_fen=left.day_cap_fen,
        single_max_fen=min(left.single_cap_fen, remaining),
        free_level1_fen=max(0, min(one.single_fen, one.day_fen - used, remaining)),
        year_left_fen=left.year_left_fen, new_device_until=cooling,
    )  # fmt: skip


async def quoted(call: Call, account: CustomerAccount, to: ToAsk | None, amount: str | None) -> Quoted:
    """The forecast; what is wrong with it is told as `problem`, not raised."""
    doors, who, ref = call.doors, call.who, AccountRef(*account.ref)
    payee = Payee(to.number.replace(" ", ""), to.name or "", to.bank_code) if to else None
    limits = await limits_show(call, account)
    available = max(0, (await doors.ledger.balance(ref)).available_fen)
    problem: BankError | None = None if account.status == "active" else AccountStopped()
    money: Money | None = None
    try:
        money = Money.parse(amount.strip()) if amount else None
        made = await doors.payments.quote(who, ref, payee, money)
    except BankError as refusal:
        problem, money = problem or refusal, None
        made = await doors.payments.quote(who, ref)
    fen = money.fen if money else 0
    if made.kind == "own":
        own = doors.catalog.limits(account.bank).cap(doors.access.policy.level_max, "own")
        remaining, single = own.day_fen, own.single_fen
    else:
        remaining, single = limits.remaining_fen, limits.single_max_fen
    problem = problem or _over(fen, remaining, single)
    if problem is None and fen + made.fee_fen > available:
        problem = InsufficientFunds()
    return Quoted(
        reach=made.kind, fee_fen=made.fee_fen, waived_fen=made.waived_fen,
        fee_note=_fee_note(made.fee_fen, made.waived_fen),
        total_fen=fen + made.fee_fen, level=made.level, remaining_fen=remaining, single_max_fen=single,
        available_fen=available, arrives=_ARRIVES[made.kind], first_time=made.first_time,
        problem=_hindrance(problem), capitals=money.capitals if money else "",
    )  # fmt: skip


def _over(fen: int, remaining_fen: int, single_max_fen: int) -> BankError | None:
    """The limit in the way, if there is one: the day's when it is the narrower."""
    if fen > remaining_fen:
        return DayTotal(left_fen=remaining_fen)
    return SingleLimit(most_fen=single_max_fen) if fen > single_max_fen else None


def _hindrance(problem: BankError | None) -> Hindrance | None:
    if problem is None:
        return None
    return Hindrance(code=problem.code, messages=words.of(problem.messages), facts=dict(problem.facts))


def _fee_note(fee_fen: int, waived_fen: int) -> Bi:
    if fee_fen:
        return words.bi(f"手续费 {Money(fee_fen).shown} 元", f"Fee {Money(fee_fen).shown}")
    if waived_fen:
        return words.bi(
            f"免手续费，省 {Money(waived_fen).shown} 元", f"No fee, {Money(waived_fen).shown} waived"
        )
    return words.bi("免手续费", "No fee")

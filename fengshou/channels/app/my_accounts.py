"""me.*, the part of it that opens, names, stops and closes my accounts."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from fengshou.channels.app import freezing, views
from fengshou.channels.app.enter import CHANNEL
from fengshou.channels.app.me_view import me_show
from fengshou.channels.app.ops import op
from fengshou.channels.app.proof import proof_for
from fengshou.channels.app.shapes import AccountShow, AccountText, AliasText, BankId, Bi, Me
from fengshou.channels.app.texts import ACCOUNT
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import bank_of
from fengshou.party import CustomerAccount


class OpenAsk(Ask):
    """Class II or III at a county bank."""

    key: UUID
    bank: BankId
    class_: Literal[2, 3] = Field(alias="class")
    agree: Literal[True]


class AccountAndMe(Show):
    """The account, and the person who now has it."""

    account: AccountShow
    me: Me


class BankAsk(Ask):
    """At which bank."""

    bank: BankId


class ClassShow(Show):
    """A class of account, and what it may do."""

    class_: int = Field(alias="class")
    name: Bi
    note: Bi
    single_max_fen: int | None
    day_max_fen: int | None
    year_max_fen: int | None
    balance_max_fen: int | None
    remote: bool


class Classes(Show):
    """All classes of a bank."""

    items: tuple[ClassShow, ...]


class AccountAsk(Ask):
    """One of my accounts."""

    account: AccountText


class RenameAsk(Ask):
    """What I call it."""

    account: AccountText
    alias: AliasText


class AccountOnly(Show):
    """The account afterwards."""

    account: AccountShow


class FrozenShow(Show):
    """How many accounts stopped."""

    frozen: int


@op("me.classes")
async def classes(call: Call, ask: BankAsk) -> Classes:
    """The classes of account a bank has."""
    doors = call.doors
    doors.party.bank(ask.bank)
    top = doors.catalog.limits(ask.bank).cap(doors.access.policy.level_max, "transfer")
    rules = [doors.catalog.account_class(ask.bank, number) for number in (1, 2, 3)]
    return Classes(
        items=tuple(
            ClassShow(
                class_=rule.number, name=Bi(zh=rule.name.zh, en=rule.name.en),
                note=Bi(zh=rule.about.zh, en=rule.about.en),
                single_max_fen=min(top.single_fen, rule.out_unbound.day_fen or top.single_fen),
                day_max_fen=rule.out_unbound.day_fen, year_max_fen=rule.out_unbound.year_fen,
                balance_max_fen=rule.balance_fen_max, remote=rule.remote_opening,
            )
            for rule in rules
        )
    )  # fmt: skip


@op("me.open_account", changes=True)
async def open_account(call: Call, ask: OpenAsk) -> AccountAndMe:
    """Open an account at a county bank; the same key opens one account."""
    doors, who = call.doors, call.who
    account = await doors.party.open_account(who, ask.bank, ask.class_, ask.key)
    async with doors.db.work(bank_of(who.id), who) as work:
        version = doors.catalog.text(ACCOUNT, ask.bank).version
        await doors.party.consent(work, who.id, ACCOUNT, version, CHANNEL)
    return AccountAndMe(account=await _show(call, account), me=await me_show(call))


@op("me.rename_account", changes=True)
async def rename_account(call: Call, ask: RenameAsk) -> AccountOnly:
    """What I call an account."""
    account = await views.own_account(call, ask.account)
    return AccountOnly(
        account=await _show(call, await call.doors.party.rename_account(call.who, account.ref, ask.alias))
    )


@op("me.freeze_account", changes=True)
async def freeze_account(call: Call, ask: AccountAsk) -> AccountOnly:
    """Stop payments out of one account, at once."""
    account = await views.own_account(call, ask.account)
    return AccountOnly(account=await _show(call, await call.doors.party.freeze(call.who, account.ref)))


@op("me.unfreeze_account", changes=True)
async def unfreeze_account(call: Call, ask: AccountAsk) -> AccountOnly:
    """Let an account pay out again; takes two factors."""
    account = await views.own_account(call, ask.account)
    proof = await proof_for(call, "unfreeze", account)
    return AccountOnly(
        account=await _show(call, await call.doors.party.unfreeze(call.who, account.ref, proof))
    )


@op("me.close_account", changes=True)
async def close_account(call: Call, ask: AccountAsk) -> AccountOnly:
    """Close an empty account for ever; takes two factors."""
    account = await views.own_account(call, ask.account)
    proof = await proof_for(call, "close", account)
    closed = await call.doors.party.close_account(call.who, account.ref, proof)
    return AccountOnly(account=await _show(call, closed))


@op("me.freeze", changes=True)
async def freeze(call: Call, ask: Empty) -> FrozenShow:
    """Stop payments out of every account of mine; I stay signed in."""
    return FrozenShow(frozen=await freezing.freeze_all(call.doors, call.who.id))


async def _show(call: Call, account: CustomerAccount) -> AccountShow:
    return (await views.show_accounts(call.doors, [account]))[0]

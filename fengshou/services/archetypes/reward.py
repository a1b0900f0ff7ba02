"""reward (积分权益抽奖): a coupon to take, or a draw whose odds are published and whose fairness can be checked.

A draw is commit and reveal: when it begins the bank fixes a seed and shows its SHA-256; the customer adds words of
their own; seed and words together say what is won, and the seed is shown afterwards (`roll` computes it again). Turns
of a person, stock and budget are tallies at the bank's own desk: what is used up is not promised.
"""

from __future__ import annotations

from base64 import b32encode
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Literal

from pydantic import Field, model_validator

from fengshou.catalog import Content, Words
from fengshou.kernel import BankError, Kind, day_of
from fengshou.services import handling
from fengshou.services.machine import (
    BEGIN,
    Act,
    Ask,
    Change,
    Defined,
    Facts,
    Later,
    Machine,
    NotYours,
    Run,
    Tell,
    step,
)

PARTS = 10_000
"""Odds are in ten-thousandths."""
_CLAW_BACK_FOR = timedelta(days=30)
_CODE_CHARS = 12
_SALT_MOST = 64


class CampaignOver(BankError):
    """The campaign has ended, or not begun."""

    code = "SERVICES.CAMPAIGN_OVER"
    zh = "活动还没有开始，或者已经结束"
    en = "This has not begun yet, or is over."


class CodeWrong(BankError):
    """The code shown is not the one of this coupon."""

    code = "SERVICES.CODE_WRONG"
    kind = Kind.INVALID
    zh = "券码不对，请再核对一遍"
    en = "This is not the coupon's code; please check it."


class Prize(Content):
    """What can be had: how many there are, and of a draw how likely, in ten-thousandths."""

    value: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    stock: int = Field(ge=1, le=10**9)
    odds: int = Field(default=0, ge=0, le=PARTS)
    worth_fen: int = Field(default=0, ge=0, le=10**6)


class RewardSpec(Content):
    """A campaign. `cap` turns a person has `per` day, month or campaign; a reward is kept `keep_days`."""

    kind: Literal["coupon", "draw"]
    campaign: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,79}$")
    prizes: tuple[Prize, ...] = Field(min_length=1, max_length=20)
    from_day: date
    until_day: date
    cap: int = Field(ge=1, le=1_000)
    per: Literal["day", "month", "campaign"] = "campaign"
    keep_days: int = Field(ge=1, le=730)
    budget_fen: int | None = Field(default=None, ge=1, le=10**9)

    @model_validator(mode="after")
    def _adds_up(self) -> RewardSpec:
        if len({one.value for one in self.prizes}) < len(self.prizes):
            raise ValueError("two prizes have one value; rename one")
        if self.kind == "coupon" and len(self.prizes) > 1:
            raise ValueError("a coupon campaign has one prize; make it a draw, or two campaigns")
        if self.kind == "draw" and not 0 < sum(one.odds for one in self.prizes) <= PARTS:
            raise ValueError(f"the odds of all prizes come to more than nothing and at most {PARTS}")
        if self.from_day > self.until_day:
            raise ValueError("`from_day` comes before `until_day`")
        return self


def roll(seed: str, salt: str) -> int:
    """What seed and words say: a number below `PARTS`. Anybody can compute it again."""
    return int.from_bytes(sha256(f"{seed}|{salt}".encode()).digest()[:8]) % PARTS


def won(spec: RewardSpec, number: int) -> Prize | None:
    """The prize of a number: the odds laid end to end, in the order they are written; None beyond them."""
    upto = 0
    for prize in spec.prizes:
        upto += prize.odds
        if number < upto:
            return prize
    return None


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    spec: RewardSpec = definition.section
    form = definition.checked(act.body.get("form", {}), act)
    today = day_of(act.at)
    if not spec.from_day <= today <= spec.until_day:
        raise CampaignOver()
    seed = handling.words(act, "chance")
    period = {"day": today.isoformat(), "month": today.isoformat()[:7], "campaign": ""}[spec.per]
    turn = {"name": f"{spec.campaign}|{run.customer}|{period}", "most": spec.cap, "says": "cap"}
    items = [turn, *_stock(spec, spec.prizes[0])] if spec.kind == "coupon" else [turn]
    facts = {"commitment": sha256(seed.encode()).hexdigest()}
    return Change(
        form={**form, "seed": seed}, facts=facts, effects=(Ask("count.take", "entered", {"items": items}),)
    )


def _stock(spec: RewardSpec, prize: Prize) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = [
        {"name": f"{spec.campaign}|{prize.value}|stock", "most": prize.stock, "says": "stock"}
    ]
    if spec.budget_fen is not None and prize.worth_fen:
        items.append(
            {
                "name": f"{spec.campaign}|budget",
                "by": prize.worth_fen,
                "most": spec.budget_fen,
                "says": "budget",
            }
        )
    return items


def _entered(definition: Defined, run: Run, act: Act) -> Change:
    spec: RewardSpec = definition.section
    if act.body["state"] == "refused":
        return Change(to="over", facts=_why(act.body), effects=(Tell("reward.over"),))
    if act.body["state"] != "done":
        return Change(to=run.state)
    if spec.kind == "coupon":
        return _issue(spec, run, act, spec.prizes[0])
    return Change(effects=(Later("expire", act.at + timedelta(days=spec.keep_days)),))


def _draw(definition: Defined, run: Run, act: Act) -> Change:
    """The customer's turn: their words, or else the key of their act, which they chose as well."""
    spec: RewardSpec = definition.section
    salt = handling.words(act, "salt", needed=False)[:_SALT_MOST] or str(act.key)
    seed = str(run.form["seed"])
    number = roll(seed, salt)
    facts = {"seed": seed, "salt": salt, "roll": number}
    prize = won(spec, number)
    if prize is None:
        return Change(to="lost", facts=facts, effects=(Tell("reward.lost"),))
    ask = Ask("count.take", "taken", {"items": _stock(spec, prize)})
    return Change(facts={**facts, "prize": prize.value}, effects=(ask,))


def _taken(definition: Defined, run: Run, act: Act) -> Change:
    spec: RewardSpec = definition.section
    if act.body["state"] == "refused":
        return Change(to="lost", facts={"prize": None, **_why(act.body)}, effects=(Tell("reward.over"),))
    if act.body["state"] != "done":
        return Change(to=run.state)
    return _issue(spec, run, act, next(one for one in spec.prizes if one.value == run.facts["prize"]))


def _issue(spec: RewardSpec, run: Run, act: Act, prize: Prize) -> Change:
    """A code of its own, known to nobody before; it lies with the form, sealed."""
    until = act.at + timedelta(days=spec.keep_days)
    code = b32encode(sha256(f"{run.id}|{run.form['seed']}|code".encode()).digest()).decode()[:_CODE_CHARS]
    outcome = {"prize_zh": prize.label.zh, "prize_en": prize.label.en, "code": code}
    facts = {"prize": prize.value, "until_at": until.isoformat()}
    return Change(
        to="issued", form={"outcome": outcome}, facts=facts,
        effects=(Later("expire", until), Tell("reward.issued")),
    )  # fmt: skip


def _redeem(definition: Defined, run: Run, act: Act) -> Change:
    """At a till of the bank's or a merchant's desk: once, by its code."""
    if handling.words(act, "code").upper() != run.form["outcome"]["code"]:
        raise CodeWrong()
    return Change(facts={"redeemed_at": act.at.isoformat()}, effects=(
        Later("close", act.at + _CLAW_BACK_FOR), Tell("reward.redeemed")))  # fmt: skip


def _claw_back(definition: Defined, run: Run, act: Act) -> Change:
    """Taken back from who cheated, by a supervisor, with the reason."""
    if "supervisor" not in act.roles:
        raise NotYours(act=act.name)
    why = handling.words(act, "why")
    return Change(facts={"note_zh": why, "note_en": why, "decided_by": [str(act.who_id)]})


def _why(said: Facts) -> dict[str, Any]:
    words = {"cap": ("您的次数已经用完", "You have had all your turns"), "stock": ("已经领完了", "All are taken"),
             "budget": ("活动预算已经用完", "The budget is used up")}  # fmt: skip
    zh, en = words.get(str(said.get("reason")), ("没有领到", "Not to be had"))
    return {"reason": said.get("reason"), "note_zh": zh, "note_en": en}


MACHINE = Machine(
    "reward",
    [
        step(BEGIN, "", "entering", "customer", _begin),
        step("entered", "entering", "eligible", "partner", _entered, also="entering issued over"),
        step("draw", "eligible", "won", "customer", _draw, also="lost"),
        step("taken", "won", "issued", "partner", _taken, also="won lost"),
        step("redeem", "issued", "redeemed", "clerk", _redeem),
        step("expire", "eligible issued", "expired", "system"),
        step("claw_back", "issued redeemed", "clawed_back", "clerk", _claw_back),
        step("close", "redeemed", "closed", "system"),
    ],
    final="over lost expired clawed_back closed",
)

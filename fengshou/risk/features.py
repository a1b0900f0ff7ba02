"""Features: the named facts a rule may ask for, and how they come about.

A feature is whole numbers, text, yes or no, or unknown (None). Amounts are fen. Counters are of the
same customer at the same bank before this event; money that was refused or given up is not counted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from fengshou.kernel import SHANGHAI
from fengshou.risk.events import LogIn, Outflow, RiskEvent

Value: TypeAlias = int | bool | str | None
Vector: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Feature:
    """A name in the vocabulary: its type, the events that have it, and what it says."""

    type: type
    scopes: frozenset[str]
    zh: str
    en: str


_BOTH = frozenset({"transfer", "login"})
_PAY, _LOGIN = frozenset({"transfer"}), frozenset({"login"})

FEATURES: dict[str, Feature] = {
    "hour": Feature(int, _BOTH, "发生在几点（0 到 23）", "hour of the day, 0 to 23"),
    "device_age_hours": Feature(int, _BOTH, "设备绑定多少小时", "hours since the device was bound"),
    "customer_age": Feature(int, _BOTH, "客户年龄", "the customer's age"),
    "failed_logins_24h": Feature(int, _BOTH, "24 小时内登录失败次数", "failed log-ins within 24 hours"),
    "level": Feature(int, _BOTH, "已核实的身份级别", "assurance proved so far"),
    "amount_fen": Feature(int, _PAY, "金额", "the amount"),
    "reach": Feature(str, _PAY, "own 本人、federation 系统内、outside 系统外", "own, federation or outside"),
    "payee_bank": Feature(str, _PAY, "收款行", "the payee's bank"),
    "payee_new": Feature(bool, _PAY, "首次向该收款人付款", "never paid before"),
    "payee_name_match": Feature(str, _PAY, "户名核对结果", "match, mismatch or unknown"),
    "payee_denied": Feature(bool, _PAY, "收款账户在禁止名单", "payee stands on the deny list"),
    "payee_watched": Feature(bool, _PAY, "收款账户在关注名单", "payee stands on the watch list"),
    "memo": Feature(str, _PAY, "附言", "what the payer wrote"),
    "tenure_days": Feature(int, _PAY, "成为客户多少天", "days since becoming a customer"),
    "session_minutes": Feature(int, _PAY, "登录后多少分钟", "minutes since log-in"),
    "drain_percent": Feature(int, _PAY, "占可用余额百分比", "share of the available balance, percent"),
    "outflows_10m": Feature(int, _PAY, "10 分钟内付款笔数", "payments within 10 minutes"),
    "outflows_1h": Feature(int, _PAY, "1 小时内付款笔数", "payments within an hour"),
    "outflows_24h": Feature(int, _PAY, "24 小时内付款笔数", "payments within 24 hours"),
    "outflow_fen_1h": Feature(int, _PAY, "1 小时内付款金额", "paid within an hour"),
    "outflow_fen_24h": Feature(int, _PAY, "24 小时内付款金额", "paid within 24 hours"),
    "payees_24h": Feature(int, _PAY, "24 小时内收款人数", "payees within 24 hours"),
    "to_payee_24h": Feature(
        int, _PAY, "24 小时内向该收款人付款笔数", "payments to this payee within 24 hours"
    ),
    "to_payee_fen_max_24h": Feature(
        int, _PAY, "24 小时内向该收款人单笔最大", "largest to this payee within 24 hours"
    ),
    "device_known": Feature(bool, _LOGIN, "设备已绑定", "the device is bound to this person"),
    "address_new": Feature(bool, _LOGIN, "从未在该网络登录", "first log-in from this network address"),
    "logins_10m": Feature(int, _LOGIN, "10 分钟内登录次数", "log-ins within 10 minutes"),
    "addresses_1h": Feature(int, _LOGIN, "1 小时内网络地址数", "network addresses within an hour"),
    "devices_24h": Feature(int, _LOGIN, "24 小时内设备数", "devices within 24 hours"),
}

# Read from the room's own tables by `store.counters`, under these names.
COUNTED = {
    "transfer": (
        "payee_denied", "payee_watched", "outflows_10m", "outflows_1h", "outflows_24h", "outflow_fen_1h",
        "outflow_fen_24h", "payees_24h", "to_payee_24h", "to_payee_fen_max_24h",
    ),
    "login": ("address_new", "logins_10m", "addresses_1h", "devices_24h"),
}  # fmt: skip


def assemble(event: RiskEvent, at: datetime, counted: Mapping[str, Any]) -> Vector:
    """The event's feature vector: its own facts, the time, and what the tables counted."""
    vector: Vector = {"hour": at.astimezone(SHANGHAI).hour}
    for name in ("device_age_hours", "customer_age", "failed_logins_24h", "level"):
        vector[name] = getattr(event, name)
    if isinstance(event, LogIn):
        vector["device_known"] = event.device_known
    else:
        vector |= _of_outflow(event, counted)
    return vector | {name: counted[name] for name in COUNTED[event.type]}


def _of_outflow(event: Outflow, counted: Mapping[str, Any]) -> Vector:
    new = event.payee_new if event.payee_new is not None else not counted["payee_seen"]
    balance = event.balance_fen
    return {
        "amount_fen": event.fen,
        "reach": event.reach,
        "payee_bank": event.payee_bank or None,
        "payee_new": new and event.reach != "own",
        "payee_name_match": event.payee_name_match,
        "memo": plain(event.memo),
        "tenure_days": event.tenure_days,
        "session_minutes": event.session_minutes,
        "drain_percent": event.fen * 100 // balance if balance else None,
    }


def plain(text: str) -> str:
    """Text as lists compare it: full-width and compatibility forms folded, no spaces or marks between."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum())

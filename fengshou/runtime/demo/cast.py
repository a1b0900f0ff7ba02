"""The people one meets in the pictures, and how to log in as them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from fengshou.kernel import CENTRE
from fengshou.ledger import AccountRef
from fengshou.runtime.demo.people import Life, Person, Registry

QINGHE, HAITANG, CHAXIANG = 109, 424, 523  # 青禾 (萧山), 海塘 (海盐), 茶乡 (安吉)
PASSWORD = "Harvest2026"  # noqa: S105 - shown on the log-in page of every demo
STAFF_PASSWORD = "Terrace2026"  # noqa: S105 - likewise


@dataclass(frozen=True, slots=True)
class Part:
    """A part somebody plays. `closing` says what each account holds in the end, in fen."""

    key: str
    name: str
    bank: int
    born_on: date
    gender: str
    life: Life
    phone: str
    elder: bool
    accounts: tuple[tuple[int, int, str], ...]  # bank, class, last four digits
    closing: tuple[int, ...]
    about_zh: str
    about_en: str


PARTS = (
    Part("zhou_ming", "周明", QINGHE, date(1991, 5, 17), "male", "worker", "16000000001", False,
         ((QINGHE, 1, "5678"), (HAITANG, 2, "2016")), (42_880_50, 6_315_20),
         "青禾农商银行和海塘农商银行的客户", "A customer of Qinghe and Haitang"),
    Part("lin_xiaohe", "林小禾", CHAXIANG, date(1997, 3, 12), "female", "worker", "16000000002", False,
         ((CHAXIANG, 1, "3107"),), (18_260_00,),
         "茶乡农商银行的客户", "A customer of Chaxiang"),
    Part("jin_acai", "金阿彩", CHAXIANG, date(1953, 10, 3), "female", "elder", "16000000003", True,
         ((CHAXIANG, 1, "8816"),), (63_427_80,),
         "茶乡农商银行的客户，用长辈版", "A customer of Chaxiang, in large type"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clerk:
    """Somebody who works at a bank or the centre."""

    key: str
    login: str
    name: str
    bank: int
    roles: frozenset[str]
    about_zh: str
    about_en: str


CLERKS = (
    Clerk("chen_yu", "chenyu", "陈玉", QINGHE, frozenset({"risk_officer", "teller"}),
          "青禾农商银行风控岗", "Risk officer at Qinghe"),
    Clerk("wang_fang", "wangfang", "王芳", QINGHE, frozenset({"supervisor"}),
          "青禾农商银行主管", "Supervisor at Qinghe"),
    Clerk("xu_jing", "xujing", "徐静", QINGHE, frozenset({"auditor"}),
          "青禾农商银行审计岗", "Auditor at Qinghe"),
    Clerk("lou_haiping", "louhaiping", "楼海平", CHAXIANG, frozenset({"risk_officer", "teller"}),
          "茶乡农商银行风控岗", "Risk officer at Chaxiang"),
    Clerk("ying_lina", "yinglina", "应丽娜", CHAXIANG, frozenset({"supervisor"}),
          "茶乡农商银行主管", "Supervisor at Chaxiang"),
    Clerk("shen_lan", "shenlan", "沈岚", CENTRE, frozenset({"centre_ops"}),
          "丰收省联社运营岗", "Operator at the provincial centre"),
    Clerk("qian_wei", "qianwei", "钱伟", CENTRE, frozenset({"supervisor"}),
          "丰收省联社主管", "Supervisor at the provincial centre"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoLogIn:
    """One tile of the demo's log-in page."""

    key: str
    kind: str
    id: UUID
    bank: int
    name: str
    log_in: str
    password: str
    about_zh: str
    about_en: str


def enter(registry: Registry) -> dict[str, Person]:
    """The parts as people with their accounts, by key."""
    people = {}
    for part in PARTS:
        person = registry.person(part.bank, part.name, part.born_on, part.gender, part.life)
        person.phone, person.elder, person.scripted = part.phone, part.elder, True
        for bank, class_, tail in part.accounts:
            registry.open(person, class_, ref=registry.account_ending(bank, tail))
        people[part.key] = person
    return people


def closing_balances(people: dict[str, Person]) -> dict[AccountRef, int]:
    """What the accounts of the cast hold in the end, in fen."""
    return {
        purse.ref: fen
        for part in PARTS
        for purse, fen in zip(people[part.key].purses, part.closing, strict=True)
    }

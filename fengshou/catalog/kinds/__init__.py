"""The kinds of content, one file each, and the register they stand in."""

from fengshou.catalog.kinds.account_class import ACCOUNT_CLASS, AccountClass
from fengshou.catalog.kinds.base import Content, Fen, Free, Key, Kind, Kinds, See, Source, Words
from fengshou.catalog.kinds.chart import CHART, Subject
from fengshou.catalog.kinds.fees import FEES, FeeQuote, Fees, Reach
from fengshou.catalog.kinds.limits import LIMITS, Cap, Level, Limits, MoneyKind
from fengshou.catalog.kinds.rule import RISK_POLICY, RULE, WORD_LIST, AnyOf, RiskPolicy, Rule, WordList
from fengshou.catalog.kinds.text import TEXT, Text

# Free until their owners register a schema: member banks (party), themes, pages, partners, the rest of bank/.
FREE = (
    Kind("setting", ("bank/*.yaml",)),
    Kind("bank", ("bank/banks.yaml",), key="institution", layered=False),
    Kind("branch", ("bank/branches.yaml",), key="institution", layered=False),
    Kind("party", ("bank/party.yaml",)),
    Kind("theme", ("themes/*.yaml",)),
    Kind("page", ("pages/*.yaml",)),
    Kind("partner", ("partners/*.yaml",)),
)

KINDS = Kinds((*FREE, ACCOUNT_CLASS, LIMITS, FEES, CHART, RULE, WORD_LIST, RISK_POLICY, TEXT))

__all__ = [
    "KINDS",
    "AccountClass",
    "AnyOf",
    "Cap",
    "Content",
    "FeeQuote",
    "Fees",
    "Fen",
    "Free",
    "Key",
    "Kind",
    "Kinds",
    "Level",
    "Limits",
    "MoneyKind",
    "Reach",
    "RiskPolicy",
    "Rule",
    "See",
    "Source",
    "Subject",
    "Text",
    "WordList",
    "Words",
]

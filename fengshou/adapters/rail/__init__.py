"""The interbank rail: money to and from banks outside the federation, in ISO 20022 messages.

`RailClient.send` hands over a credit transfer (pacs.008) and returns a `RailAnswer`; `query` asks what became
of one (pacs.028); `poll` brings what the rail has for us: later answers (pacs.002), returns (pacs.004) and
money from outside (pacs.008), which `answer_credit` accepts or rejects. An outcome nobody told us is
`unknown`: ask again, or send the very same message again; the rail takes a message once.
"""

from fengshou.adapters.rail.client import RailClient, RailMail
from fengshou.adapters.rail.mapping import REASONS, RailAnswer, RailState, Why, member_bank_code
from fengshou.adapters.rail.messages import CreditTransfer, Party

__all__ = [
    "REASONS",
    "CreditTransfer",
    "Party",
    "RailAnswer",
    "RailClient",
    "RailMail",
    "RailState",
    "Why",
    "member_bank_code",
]

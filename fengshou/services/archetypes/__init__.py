"""The kinds of services: one file each, with what it adds to a definition and the machine its runs go through."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from fengshou.catalog import Content
from fengshou.services.archetypes import (
    apply,
    assist,
    bill,
    cert,
    feed,
    mandate,
    paycode,
    presence,
    query,
    reward,
    setting,
    survey,
    task,
    ticket,
    topup,
    trade,
    transfer,
)
from fengshou.services.archetypes import map as near
from fengshou.services.machine import Defined, Facts, Machine, Run, Written
from fengshou.services.ports import Send

AtDesk: TypeAlias = Callable[[Defined, str, Facts], tuple[tuple[str, Facts], ...]]
"""What people do with a run of a sample that stands in a state with these facts: acts and their bodies, in order."""


def _nothing(definition: Defined, state: str, facts: Facts) -> tuple[tuple[str, Facts], ...]:
    return ()


def _no_lint(definition: Written) -> Iterator[str]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of service. `spec` types its section of a definition.

    turns      what the customer of a sample does where it is their turn: state to act and body
    at_desk    what clerks do with a sample where it is theirs
    send_of    what payments is asked to do for a run that is being confirmed
    mine       what its customer does, where `turns` cannot say it
    begun_by   who begins a sample
    key_of     the key of a run that there is but one of, however often it is begun
    lint       what is wrong between its section and the rest of a definition, in sentences that say what to do
    """

    name: str
    spec: type[Content]
    machine: Machine
    turns: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    at_desk: AtDesk = _nothing
    mine: AtDesk = _nothing
    send_of: Callable[[Defined, Run], Send] | None = None
    begun_by: Literal["customer", "clerk"] = "customer"
    lint: Callable[[Written], Iterator[str]] = _no_lint
    key_of: Callable[[Defined, str, UUID, Facts], UUID | None] | None = None


_ALL = (
    Archetype("query", query.QuerySpec, query.MACHINE),
    Archetype("apply", apply.ApplySpec, apply.MACHINE, {"draft": ("submit", {})}, apply.at_desk),
    Archetype("presence", presence.PresenceSpec, presence.MACHINE, mine=presence.mine),
    Archetype("survey", survey.SurveySpec, survey.MACHINE, lint=survey.lint),
    Archetype("setting", setting.SettingSpec, setting.MACHINE),
    Archetype("task", task.TaskSpec, task.MACHINE, at_desk=task.at_desk, begun_by="clerk"),
    Archetype("assist", assist.AssistSpec, assist.MACHINE, at_desk=assist.at_desk),
    Archetype("reward", reward.RewardSpec, reward.MACHINE, {"eligible": ("draw", {"salt": "sample"})}),
    Archetype("paycode", paycode.PaycodeSpec, paycode.MACHINE, mine=paycode.mine, send_of=paycode.send_of),
    Archetype("mandate", mandate.MandateSpec, mandate.MACHINE, mine=mandate.mine, send_of=mandate.send_of),
    Archetype("bill", bill.BillSpec, bill.MACHINE, mine=bill.mine, send_of=bill.send_of),
    Archetype(
        "topup", topup.TopupSpec, topup.MACHINE, mine=topup.mine, send_of=topup.send_of, lint=topup.lint
    ),
    Archetype("feed", feed.FeedSpec, feed.MACHINE, mine=feed.mine, lint=feed.lint, key_of=feed.key_of),
    Archetype("map", near.MapSpec, near.MACHINE, lint=near.lint),
    Archetype("cert", cert.CertSpec, cert.MACHINE, mine=cert.mine, lint=cert.lint),
    Archetype("trade", trade.TradeSpec, trade.MACHINE, mine=trade.mine, send_of=trade.send_of),
    Archetype(
        "transfer",
        transfer.TransferSpec,
        transfer.MACHINE,
        {"draft": ("submit", {})},
        send_of=transfer.send_of,
    ),
    Archetype("ticket", ticket.TicketSpec, ticket.MACHINE, {"resolved": ("rate", {"stars": 5})}),
)

ARCHETYPES: Mapping[str, Archetype] = {one.name: one for one in _ALL}
"""By name, as a definition says it."""

__all__ = ["ARCHETYPES", "Archetype"]

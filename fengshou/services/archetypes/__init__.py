"""The kinds of services: one file each, with what it adds to a definition and the machine its runs go through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fengshou.catalog import Content
from fengshou.services.archetypes import apply, query, ticket
from fengshou.services.machine import Machine


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of service. `spec` types its section of a definition.

    turns   what the customer of a sample does where it is their turn: state to act and body
    """

    name: str
    spec: type[Content]
    machine: Machine
    turns: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)


_ALL = (
    Archetype("query", query.QuerySpec, query.MACHINE),
    Archetype("apply", apply.ApplySpec, apply.MACHINE, {"draft": ("submit", {})}),
    Archetype("ticket", ticket.TicketSpec, ticket.MACHINE, {"resolved": ("rate", {"stars": 5})}),
)

ARCHETYPES: Mapping[str, Archetype] = {one.name: one for one in _ALL}
"""By name, as a definition says it."""

__all__ = ["ARCHETYPES", "Archetype"]

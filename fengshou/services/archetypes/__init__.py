"""The kinds of services: one file each, with what it adds to a definition and the machine its runs go through."""

from collections.abc import Mapping
from dataclasses import dataclass

from fengshou.catalog import Content
from fengshou.services.archetypes import apply, query, ticket
from fengshou.services.machine import Machine


@dataclass(frozen=True, slots=True)
class Archetype:
    """A kind of service. `spec` types its section of a definition."""

    name: str
    spec: type[Content]
    machine: Machine


_ALL = (
    Archetype("query", query.QuerySpec, query.MACHINE),
    Archetype("apply", apply.ApplySpec, apply.MACHINE),
    Archetype("ticket", ticket.TicketSpec, ticket.MACHINE),
)

ARCHETYPES: Mapping[str, Archetype] = {one.name: one for one in _ALL}
"""By name, as a definition says it."""

__all__ = ["ARCHETYPES", "Archetype"]

"""Who stands behind services: hospitals, offices, property companies, billers, of one county or of the province."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import Field

from fengshou.catalog import Content, Kind, Words
from fengshou.kernel import CENTRE, BankError
from fengshou.kernel import Kind as ErrorKind


class NoProvider(BankError):
    """Nobody offers this here yet."""

    code = "SERVICES.NO_PROVIDER"
    kind = ErrorKind.MISSING
    zh = "这里还没有开通这项服务"
    en = "This service is not offered here yet."


class Provider(Content):
    """One of them.

    key          what its system calls it
    system       the adapter that reaches it
    institution  the member bank of its county; 1 serves the whole province
    """

    key: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")
    system: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    institution: int = Field(ge=1, le=9_999)
    name: Words
    address: Words | None = None


OWN = "desk"
"""The system of what the bank's own staff handle."""


def own(bank: int) -> Provider:
    """A bank's own desk, as a provider like any other."""
    return Provider(key=f"{OWN}-{bank}", system=OWN, institution=bank, name=Words(zh="本行", en="Your bank"))


PROVIDER = Kind("provider", ("providers/*.yaml",), model=Provider, layered=False)


def by_system(providers: Iterable[Provider]) -> dict[str, list[Provider]]:
    """All of them, by the system that reaches them."""
    found: dict[str, list[Provider]] = {}
    for one in providers:
        found.setdefault(one.system, []).append(one)
    return found


def offering(of_system: Sequence[Provider], bank: int) -> list[Provider]:
    """Who of a system serves a county: its own, and those of the whole province after them."""
    own = [one for one in of_system if one.institution == bank]
    return own + [one for one in of_system if one.institution == CENTRE != bank]

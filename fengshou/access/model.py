"""What access is made of. Frozen values and pure rules; no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from fengshou.kernel import Principal

OwnerKind: TypeAlias = Literal["customer", "staff"]
Purpose: TypeAlias = Literal["log_in", "register", "reset", "new_device", "step_up", "freeze"]

PASSWORD = "password"  # noqa: S105 - the name of a factor
PASSKEY = "passkey"
SMS = "sms"


def level_of(factors: Iterable[str]) -> int:
    """The level a set of factors reaches (facts of the matrix: docs/decisions/0015-access.md).

    A passkey with user verification is two factors. An SMS code counts beside a password, never alone.
    """
    proved = set(factors)
    if PASSKEY in proved or {PASSWORD, SMS} <= proved:
        return 2
    return 1 if PASSWORD in proved else 0


@dataclass(frozen=True, slots=True)
class DeviceHint:
    """What a request tells of the device it comes from.

    secret   the value of the device cookie, None on a first visit
    address  the client's network address; only its blind index is ever stored
    """

    secret: str | None = None
    user_agent: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or phone a person logged in on. `trusted_from` in the future: it is cooling."""

    id: UUID
    name: str
    first_seen_at: datetime
    seen_at: datetime
    trusted_from: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as its owner sees it."""

    id: UUID
    name: str
    synced: bool
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A row of access.session, as read by `resolve`."""

    id: UUID
    principal_kind: OwnerKind
    principal_id: UUID
    device_id: UUID
    bank: int
    level: int
    factors: frozenset[str]
    proved_at: datetime | None
    roles: frozenset[str]
    locale: str
    trusted_from: datetime
    rotated_at: datetime
    seen_at: datetime
    expires_at: datetime

    @property
    def principal(self) -> Principal:
        """Who asks, for the use cases."""
        return Principal(
            self.principal_kind,
            self.principal_id,
            self.bank,
            session=self.id,
            device=self.device_id,
            level=self.level,
            proved_at=self.proved_at,
            factors=self.factors,
            roles=self.roles,
            locale=self.locale,
        )


@dataclass(frozen=True, slots=True)
class Entered:
    """A fresh log-in. `token` and `device_secret` go into cookies and are stored nowhere else."""

    token: str
    device_secret: str
    principal: Principal
    device_added: bool


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A code is on its way. Nothing here tells whether the phone is known."""

    resend_after_s: int
    expires_after_s: int


@dataclass(frozen=True, slots=True)
class Proof:
    """The answer to a step-up act.

    complete  the act may be sent again now
    missing   methods that would complete it
    token     a new session token when the session's level rose; the old one works until this one is seen
    """

    complete: bool
    level: int
    missing: tuple[str, ...]
    token: str | None


UNKNOWN_DEVICE = "未知设备"


def device_name(user_agent: str) -> str:
    """A name people recognise their device by: `iPhone·Safari`, or the program that speaks for them."""
    system = _first(_SYSTEMS, user_agent, "")
    if not system:
        program = re.match(r"([A-Za-z][\w.+-]{0,39})(/|$)", user_agent)
        return program[1] if program and program[1] != "Mozilla" else UNKNOWN_DEVICE
    browser = _first(_BROWSERS, user_agent, "")
    return f"{system}·{browser}" if browser else system


def _first(patterns: tuple[tuple[str, str], ...], text: str, otherwise: str) -> str:
    return next((name for pattern, name in patterns if re.search(pattern, text)), otherwise)


# Order matters: an iPhone says "Mac OS X", Edge says "Chrome", everybody says "Safari".
_SYSTEMS = (
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh|Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS", "Chrome"),
    ("Safari", "Safari"),
)

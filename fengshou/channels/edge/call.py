"""One request, as an operation sees it: who asks, from where, in which language, and the cookies of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from fengshou.access import DeviceHint, Entered, SessionEnded
from fengshou.channels.edge.doors import Doors
from fengshou.channels.edge.rates import Rates
from fengshou.kernel import Principal, Settings

SESSION_COOKIE, DEVICE_COOKIE = "fs_session", "fs_device"
_YEAR_S = 365 * 24 * 3600


@dataclass(slots=True)
class Call:
    """Handed to every operation.

    caller  who asks, None when nobody is logged in
    locale  `zh-CN` or `en`, as the request asks
    rates   how often somebody may guess whose an account is
    """

    doors: Doors
    settings: Settings
    hint: DeviceHint
    locale: str
    request_id: str
    rates: Rates
    caller: Principal | None = None
    token: str | None = None
    by_cookie: bool = False
    cookies: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def who(self) -> Principal:
        """Who asks, in an operation that takes a session."""
        if self.caller is None:
            raise SessionEnded(methods=["log_in"])
        return self.caller

    def enter(self, entered: Entered) -> None:
        """Let the answer's cookies open the new session from now on."""
        self.caller, self.token = entered.principal, entered.token
        self._set(SESSION_COOKIE, entered.token, None)
        self._set(DEVICE_COOKIE, entered.device_secret, _YEAR_S)

    def renew(self, token: str | None) -> None:
        """The session goes on under another token."""
        if token is not None:
            self.token = token
            self._set(SESSION_COOKIE, token, None)

    def leave(self) -> None:
        """The session is over; the device stays known."""
        self.caller = self.token = None
        self._set(SESSION_COOKIE, "", 0)

    def _set(self, name: str, value: str, max_age_s: int | None) -> None:
        secure = "; Secure" if self.settings.origin.startswith("https:") else ""
        age = "" if max_age_s is None else f"; Max-Age={max_age_s}"
        text = f"{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}"
        self.cookies = [c for c in self.cookies if not c[1].startswith(f"{name}=".encode())]
        self.cookies.append((b"set-cookie", text.encode()))

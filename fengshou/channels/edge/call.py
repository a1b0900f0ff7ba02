"""One request, as an operation sees it: who asks, from where, in which language, and the cookies of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from fengshou.access import DeviceHint, Entered, SessionEnded
from fengshou.channels.edge.doors import Doors
from fengshou.channels.edge.rates import Rates
from fengshou.kernel import Principal, Settings

DEVICE_COOKIE = "fs_device"
# Whose session, its cookie, and where it is sent: a clerk's never goes to the app, nor a customer's to the desk.
SESSION_COOKIES: dict[str, tuple[str, str]] = {
    "customer": ("fs_session", "/"),
    "staff": ("fs_staff", "/api/console"),
    "system": ("fs_session", "/"),
}
_YEAR_S = 365 * 24 * 3600


@dataclass(slots=True)
class Call:
    """Handed to every operation.

    caller  who asks, None when nobody is logged in
    kind    whose channel it is: `customer` or `staff`
    locale  `zh-CN` or `en`, as the request asks
    rates   how often somebody may guess whose an account is
    """

    doors: Doors
    settings: Settings
    hint: DeviceHint
    locale: str
    request_id: str
    rates: Rates
    kind: str = "customer"
    caller: Principal | None = None
    token: str | None = field(default=None, repr=False)
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
        kind = entered.principal.kind
        if kind == self.kind:
            self.caller, self.token = entered.principal, entered.token
        self._set(*SESSION_COOKIES[kind], entered.token, None)
        self._set(DEVICE_COOKIE, "/", entered.device_secret, _YEAR_S)

    def renew(self, token: str | None) -> None:
        """The session goes on under another token."""
        if token is not None:
            self.token = token
            self._set(*SESSION_COOKIES[self.kind], token, None)

    def leave(self) -> None:
        """The session is over; the device stays known."""
        self.caller = self.token = None
        self._set(*SESSION_COOKIES[self.kind], "", 0)

    def _set(self, name: str, path: str, value: str, max_age_s: int | None) -> None:
        secure = "; Secure" if self.settings.origin.startswith("https:") else ""
        age = "" if max_age_s is None else f"; Max-Age={max_age_s}"
        text = f"{name}={value}; Path={path}; HttpOnly; SameSite=Strict{secure}{age}"
        self.cookies = [c for c in self.cookies if not c[1].startswith(f"{name}=".encode())]
        self.cookies.append((b"set-cookie", text.encode()))

"""Letters about log-ins and keys: access says what happened, party writes to the customer."""

from __future__ import annotations

from uuid import UUID

from fengshou.kernel import Event, Relay
from fengshou.party import Party

_NOTICES = {
    "access.password_changed": "password_changed",
    "access.passkey_added": "passkey_added",
    "access.passkey_removed": "passkey_removed",
    "access.locked": "log_in_locked",
    "access.frozen": "log_in_frozen",
}
_LOGGED_IN = "access.logged_in"


def listen(relay: Relay, party: Party) -> None:
    """Register; before the relay starts."""

    async def write(event: Event) -> None:
        kind, facts = notice_of(event)
        principal = UUID(event.body["principal"])
        if await party.find_staff(principal) is None:
            await party.notify(event.bank, principal, kind, facts, source=str(event.id))

    for topic in (*_NOTICES, _LOGGED_IN):
        relay.on(topic, "letter", write)


def notice_of(event: Event) -> tuple[str, dict[str, str]]:
    """Which letter an event asks for, and its facts. A log-in from a new device is the graver one."""
    if event.topic != _LOGGED_IN:
        return _NOTICES[event.topic], {}
    kind = "device_new" if event.body["device_added"] else "login"
    return kind, {"device": event.body["device"]}

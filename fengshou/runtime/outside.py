"""The lines to the outside, and in a demo the simulators at their other ends.

Each address comes from the environment (`FENGSHOU_REALNAME_URL`, `_KEY`, `_SECRET`; likewise `SMS`
and `RAIL`). Where none is given and the bank is a demo, a simulator is served on a loopback port of
its own and the client speaks to it over a real socket.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fengshou.adapters import wire
from fengshou.adapters.rail import RailClient
from fengshou.adapters.rail import server as rail_server
from fengshou.adapters.realname import RealNameClient
from fengshou.adapters.realname import server as realname_server
from fengshou.adapters.sms import SmsClient
from fengshou.adapters.sms import server as sms_server
from fengshou.kernel import Clock, Vault
from fengshou.runtime.output import CommandError

_NAMES = ("realname", "sms", "rail")
_PATIENCE_MS = {"realname": 2_000, "sms": 1_000, "rail": 1_500}


class OutsideMissing(CommandError):
    """A bank that is no demo has no address for an outside system."""


@dataclass(slots=True)
class Outside:
    """The clients, and what must be closed with them."""

    realname: RealNameClient
    sms: SmsClient
    rail: RailClient
    simulators: wire.Running | None
    simulated: tuple[str, ...]
    simulators_url: str | None

    async def close(self) -> None:
        """Hang up."""
        for client in (self.realname, self.sms, self.rail):
            await client.aclose()
        if self.simulators:
            await self.simulators.stop()


async def connect(
    vault: Vault, clock: Clock, data_dir: Path, *, demo: bool, simulators_url: str | None = None
) -> Outside:
    """Open the lines; serve simulators for those without one, unless they are at `simulators_url`."""
    simulated = tuple(name for name in _NAMES if not os.environ.get(_variable(name, "URL")))
    if simulated and not demo:
        raise OutsideMissing(
            f"set {', '.join(_variable(name, 'URL') for name in simulated)}: only a demo bank runs on simulators"
        )
    own = {name: _credentials(name, vault, simulated=name in simulated) for name in _NAMES}
    running = None
    if simulated and simulators_url is None:
        apps = {
            "/simulators/realname": realname_server.build_app(own["realname"]),
            "/simulators/sms": sms_server.build_app(own["sms"]),
            rail_server.PATH: rail_server.build_app(
                own["rail"], journal=data_dir / "rail-simulator.journal", now=clock.now
            ),
        }
        running = await wire.serve(
            {path: app for path, app in apps.items() if path.split("/")[-1] in simulated}
        )
        simulators_url = running.base_url

    def line(name: str) -> wire.Line:
        url = os.environ.get(_variable(name, "URL")) or f"{simulators_url or ''}/simulators/{name}"
        return wire.Line(wire.Outside(name, url, own[name], read_timeout_ms=_PATIENCE_MS[name]))

    return Outside(
        RealNameClient(line("realname"), now=clock.now),
        SmsClient(line("sms")),
        RailClient(
            line("rail"), own_code=rail_server.OWN_CODE, rail_code=rail_server.RAIL_CODE, now=clock.now
        ),
        running,
        simulated,
        simulators_url if simulated else None,
    )


def _variable(name: str, what: str) -> str:
    return f"FENGSHOU_{name.upper()}_{what}"


def _credentials(name: str, vault: Vault, *, simulated: bool) -> wire.Credentials:
    if simulated:
        return wire.Credentials("centre", vault.key(f"simulator {name}"))
    key, secret = os.environ.get(_variable(name, "KEY")), os.environ.get(_variable(name, "SECRET"))
    if not key or not secret:
        raise OutsideMissing(
            f"set {_variable(name, 'KEY')} and {_variable(name, 'SECRET')} beside the address"
        )
    return wire.Credentials(key, secret.encode())

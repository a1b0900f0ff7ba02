"""The lines to the outside, and in a demo the simulators at their other ends.

Each address comes from the environment (`FENGSHOU_REALNAME_URL`, `_KEY`, `_SECRET`; likewise `SMS`,
`RAIL` and the systems of services' partners). Where none is given and the bank is a demo, a simulator is
served on a loopback port of its own and the client speaks to it over a real socket. A bank that is no demo
needs the first three; a partner it has no address of is not there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from starlette.types import ASGIApp

from fengshou.adapters import wire
from fengshou.adapters.biller import BillerClient
from fengshou.adapters.biller import server as biller_server
from fengshou.adapters.government import GovernmentClient
from fengshou.adapters.government import server as government_server
from fengshou.adapters.hospital import HospitalClient
from fengshou.adapters.hospital import server as hospital_server
from fengshou.adapters.product import ProductClient
from fengshou.adapters.product import server as product_server
from fengshou.adapters.property import PropertyClient
from fengshou.adapters.property import server as property_server
from fengshou.adapters.rail import RailClient
from fengshou.adapters.rail import server as rail_server
from fengshou.adapters.realname import RealNameClient
from fengshou.adapters.realname import server as realname_server
from fengshou.adapters.scanner import ClamdScanner, ScannerStand
from fengshou.adapters.sms import SmsClient
from fengshou.adapters.sms import server as sms_server
from fengshou.kernel import Clock, Vault
from fengshou.runtime.output import CommandError
from fengshou.services import Connector, Scan, Scanner

_NAMES = ("realname", "sms", "rail")
_PATIENCE_MS = {"realname": 2_000, "sms": 1_000, "rail": 1_500}
_PARTNER_PATIENCE_MS = 2_000
_PARTNERS: Mapping[str, tuple[Callable[[wire.Lines], wire.Speaker], Callable[..., ASGIApp]]] = {
    "biller": (BillerClient, biller_server.build_app),
    "hospital": (HospitalClient, hospital_server.build_app),
    "government": (GovernmentClient, government_server.build_app),
    "property": (PropertyClient, property_server.build_app),
    "product": (ProductClient, product_server.build_app),
}


class _Client(Protocol):
    async def aclose(self) -> None: ...


class NobodyScans:
    """No scanner has an address: files are refused rather than kept unseen."""

    async def scan(self, data: bytes) -> Scan:
        """Nobody looked."""
        return "away"


class OutsideMissing(CommandError):
    """A bank that is no demo has no address for an outside system."""


@dataclass(slots=True)
class Outside:
    """The clients, and what must be closed with them."""

    realname: RealNameClient
    sms: SmsClient
    rail: RailClient
    partners: Mapping[str, wire.Speaker]
    simulators: wire.Running | None
    simulated: tuple[str, ...]
    simulators_url: str | None
    scanner: Scanner
    scanner_stand: ScannerStand | None = None

    @property
    def connectors(self) -> Mapping[str, Connector]:
        """The systems of services' partners, by name."""
        return self.partners

    async def close(self) -> None:
        """Hang up."""
        clients: list[_Client] = [self.realname, self.sms, self.rail, *self.partners.values()]
        for client in clients:
            await client.aclose()
        if self.simulators:
            await self.simulators.stop()
        if self.scanner_stand:
            await self.scanner_stand.stop()


async def connect(
    vault: Vault, clock: Clock, data_dir: Path, *, demo: bool, simulators_url: str | None = None
) -> Outside:
    """Open the lines; serve simulators for those without one, unless they are at `simulators_url`."""
    simulated = tuple(name for name in _NAMES if not os.environ.get(_variable(name, "URL")))
    if simulated and not demo:
        raise OutsideMissing(
            f"set {', '.join(_variable(name, 'URL') for name in simulated)}: only a demo bank runs on simulators"
        )
    played = tuple(name for name in _PARTNERS if demo and not os.environ.get(_variable(name, "URL")))
    own = {name: _credentials(name, vault, simulated=name in simulated + played) for name in _NAMES + played}
    running = None
    if simulated + played and simulators_url is None:
        apps: dict[str, ASGIApp] = {
            "/simulators/realname": realname_server.build_app(own["realname"]),
            "/simulators/sms": sms_server.build_app(own["sms"]),
            rail_server.PATH: rail_server.build_app(
                own["rail"], journal=data_dir / "rail-simulator.journal", now=clock.now
            ),
        }
        apps |= {
            f"/simulators/{name}": _PARTNERS[name][1](
                own[name], journal=data_dir / f"{name}-simulator.journal", now=clock.now
            )
            for name in played
        }
        running = await wire.serve(
            {path: app for path, app in apps.items() if path.split("/")[-1] in simulated + played}
        )
        simulators_url = running.base_url

    def line(name: str) -> wire.Line:
        url = os.environ.get(_variable(name, "URL")) or f"{simulators_url or ''}/simulators/{name}"
        return wire.Line(wire.Outside(name, url, own[name], read_timeout_ms=_PATIENCE_MS[name]))

    scanner, stand = await _scanner(demo=demo)
    return Outside(
        RealNameClient(line("realname"), now=clock.now),
        SmsClient(line("sms")),
        RailClient(
            line("rail"), own_code=rail_server.OWN_CODE, rail_code=rail_server.RAIL_CODE, now=clock.now
        ),
        _partners(vault, played, simulators_url or ""),
        running,
        simulated + played,
        simulators_url if simulated + played else None,
        scanner,
        stand,
    )


async def _scanner(*, demo: bool) -> tuple[Scanner, ScannerStand | None]:
    """A clamd at `FENGSHOU_SCANNER_ADDRESS`; in a demo without one, its simulator, one for each process."""
    if address := os.environ.get("FENGSHOU_SCANNER_ADDRESS"):
        return ClamdScanner(address), None
    if not demo:
        return NobodyScans(), None
    stand = ScannerStand()
    await stand.start()
    return ClamdScanner(stand.address), stand


def _partners(vault: Vault, played: tuple[str, ...], simulators_url: str) -> dict[str, wire.Speaker]:
    """A client for each partner system that has an address or is played."""
    clients: dict[str, wire.Speaker] = {}
    for name, (client, _) in _PARTNERS.items():
        url = os.environ.get(_variable(name, "URL"))
        if name in played:
            url = f"{simulators_url}/simulators/{name}"
        if url:
            own = _credentials(name, vault, simulated=name in played)
            outside = wire.Outside(name, url, own, read_timeout_ms=_PARTNER_PATIENCE_MS, answers_signed=True)
            clients[name] = client(wire.Lines(outside))
    return clients


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

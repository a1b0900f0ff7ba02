"""Channels: how people come in. HTTP lives only here.

Promises: every operation has one name, one form of request and answer, and one form of refusal in both
languages; a stranger's id looks like one that does not exist; nothing changes on another site's say-so;
what a page of the bank may run is the bank's own; no answer carries more than its reader may see.

`build_app(doors, settings)` is the whole front as an ASGI app. Runtime serves it, and calls `close()` on it when it
begins to stop, so that open event streams end.
"""

from __future__ import annotations

from pathlib import Path

from fengshou import __version__
from fengshou.channels import console
from fengshou.channels.app import OPS
from fengshou.channels.console.samples import samples_of
from fengshou.channels.edge import DemoPort, DemoTile, Dispatcher, Doors, Front, Op, Ops
from fengshou.channels.edge.bench import noop_like
from fengshou.channels.edge.delivery import Delivery
from fengshou.channels.edge.openapi import as_bytes
from fengshou.channels.edge.site import Site
from fengshou.kernel import Settings

STAFF_OPS = console.OPS
"""What staff ask, as `OPS` is what customers ask."""

__all__ = [
    "OPS",
    "STAFF_OPS",
    "DemoPort",
    "DemoTile",
    "Doors",
    "Front",
    "Op",
    "Ops",
    "build_app",
    "samples_of",
]

_WEB_DIST = Path(__file__).parents[1] / "web_dist"


def build_app(doors: Doors, settings: Settings, *, web_dist: Path = _WEB_DIST, bench: bool = False) -> Front:
    """The ASGI app of one process. `bench` adds the no-op that benchmarks compare with."""
    app = OPS.joined(noop_like(OPS.all["transfer.submit"])) if bench else OPS
    site = Site(doors, web_dist, Delivery(doors, lambda: samples_of(OPS), bench=bench))
    doors.pages.ops = {"app": OPS.all, "console": console.OPS.all}
    apis = {
        ops.channel: (Dispatcher(ops, doors, settings), as_bytes(ops, title, __version__))
        for ops, title in ((app, "Fengshou: the app"), (console.OPS, "Fengshou: the console"))
    }
    return Front(settings, apis, site, site.close)

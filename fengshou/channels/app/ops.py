"""The registry of the app's operations; each module of this folder adds its own."""

from __future__ import annotations

from fengshou.channels.edge import Ops

OPS = Ops("app", "customer")
op = OPS.op

"""The edge: what every channel needs to speak HTTP, and no bank business.

Operations are registered with their models, answered by one dispatcher, refused in one form of
problem, and guarded by one set of headers, sizes, rates and cookies.
"""

from fengshou.channels.edge.call import Call
from fengshou.channels.edge.dispatch import Dispatcher
from fengshou.channels.edge.doors import DemoPort, DemoTile, Doors
from fengshou.channels.edge.front import Front
from fengshou.channels.edge.problems import STATUS, problem
from fengshou.channels.edge.rates import Rates
from fengshou.channels.edge.registry import Op, Ops
from fengshou.channels.edge.shapes import LINE, Ask, Empty, Show, Text

__all__ = [
    "LINE",
    "STATUS",
    "Ask",
    "Call",
    "DemoPort",
    "DemoTile",
    "Dispatcher",
    "Doors",
    "Empty",
    "Front",
    "Op",
    "Ops",
    "Rates",
    "Show",
    "Text",
    "problem",
]

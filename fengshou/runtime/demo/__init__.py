"""The demo bank: ninety banks, two thousand people who do not exist, and their last three months.

`seed(stage_of(…))` fills an empty database once; `log_ins(party)` lists who one may log in as.
"""

from fengshou.runtime.demo.cast import CLERKS, PARTS, DemoLogIn
from fengshou.runtime.demo.movement import TITLES, Kind, Line, Movement
from fengshou.runtime.demo.seed import CODES, Stage, Told, log_ins, seed
from fengshou.runtime.demo.wiring import stage_of

__all__ = [
    "CLERKS",
    "CODES",
    "PARTS",
    "TITLES",
    "DemoLogIn",
    "Kind",
    "Line",
    "Movement",
    "Stage",
    "Told",
    "log_ins",
    "seed",
    "stage_of",
]

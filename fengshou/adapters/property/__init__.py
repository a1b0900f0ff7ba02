"""Property companies and their doors: fees, deposits, repairs, visitor passes, who lives where.

`PropertyClient` answers in the words of `fengshou.services`. A door verifies a pass by itself (`tokens.py`,
`doors.py`): what `door.grant` answers stays with the holder, what `door.code` answers is shown.
"""

from fengshou.adapters.property.client import PropertyClient

__all__ = ["PropertyClient"]

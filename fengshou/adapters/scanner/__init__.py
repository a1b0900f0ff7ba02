"""The malware scanner: clamd's own protocol (INSTREAM over TCP or a unix socket), and a simulator of it.

The client speaks to a real clamd as it does to the simulator; the simulator knows one sample, EICAR's test file.
"""

from fengshou.adapters.scanner.client import ClamdScanner
from fengshou.adapters.scanner.server import ScannerStand
from fengshou.adapters.scanner.simulator import EICAR

__all__ = ["EICAR", "ClamdScanner", "ScannerStand"]

"""What the simulated scanner knows: one harmless sample that all real ones know too."""

from __future__ import annotations

# EICAR's test file, in two halves so that a real scanner does not take this source for it.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def verdict(data: bytes) -> bytes:
    """clamd's answer for these bytes."""
    return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"

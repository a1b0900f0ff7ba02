"""One frozen object of settings, built once in `runtime` and passed in. Each unit is in the name."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between two installations.

    dsn         PostgreSQL address; the connecting user must be a member of the fs_* roles
    data_dir    keys, logs, embedded database
    master_key  32 bytes from which field keys are derived; production takes it from a key store
    demo        shows demo log-ins, simulators and the clock control
    origin      the address people type: WebAuthn is bound to it
    shards      banks whose book is in a database of its own, as JSON; see `fengshou.ledger.shard_map`
    """

    dsn: str = field(repr=False)
    data_dir: Path
    master_key: bytes = field(repr=False)
    origin: str = "http://localhost:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    demo: bool = True
    web_pool_max: int = 12
    batch_max: int = 512
    queue_max: int = 20_000
    lock_wait_ms: int = 50
    shards: str = field(default="", repr=False)

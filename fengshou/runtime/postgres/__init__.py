"""The embedded database: our own supervisor over PostgreSQL's programs.

`Cluster(folder).start()` returns a DSN, making the database, recovering it or joining a running one as needed;
`stop()` leaves it and stops the server when nobody else is in; `keep_running` starts a killed one again.
`backup`, `restore`, `reset` and `upgrade` do what they say. `find_binaries()` says which programs are used.
Everything that can go wrong is a `PostgresProblem`: one line that says what to do.

The reasons are in docs/decisions/0002-embedded-postgresql.md.
"""

from fengshou.runtime.postgres.backup import backup
from fengshou.runtime.postgres.binaries import Binaries, binaries_in, find_binaries
from fengshou.runtime.postgres.cluster import Cluster, Status
from fengshou.runtime.postgres.keep import keep_running
from fengshou.runtime.postgres.problem import PostgresProblem
from fengshou.runtime.postgres.restore import reset, restore, upgrade

__all__ = [
    "Binaries",
    "Cluster",
    "PostgresProblem",
    "Status",
    "backup",
    "binaries_in",
    "find_binaries",
    "keep_running",
    "reset",
    "restore",
    "upgrade",
]

"""The embedded database: our own supervisor over PostgreSQL's programs.

`Cluster(folder).start()` returns a DSN, making the database, recovering it or joining a running one as needed;
`stop()` leaves it and stops the server when nobody else is in. `find_binaries()` says which programs are used.
Everything that can go wrong is a `PostgresProblem`: one line that says what to do.

The reasons are in docs/decisions/0002-embedded-postgresql.md.
"""

from fengshou.runtime.postgres.binaries import Binaries, binaries_in, find_binaries
from fengshou.runtime.postgres.cluster import Cluster, Status
from fengshou.runtime.postgres.problem import PostgresProblem

__all__ = ["Binaries", "Cluster", "PostgresProblem", "Status", "binaries_in", "find_binaries"]

"""Several statements and the rows of a COPY, sent to the database together: one trip where there were four.

A trip costs more than its way: each answer waits until the event loop, busy with a thousand callers, looks at the
socket. PostgreSQL runs the statements of one simple query one after the other and takes the rows from the bytes
behind it. When a statement fails the rest is not run, and the rows are thrown away by the server.
"""

from __future__ import annotations

from typing import Any

from fengshou.kernel import Connection


async def copy_within(db: Connection, statements: list[str], rows: bytes) -> None:
    """Run `statements`, of which exactly one is a COPY from us in binary form, whole: `rows`."""
    # The driver's own `copy_to_table` ends in this call; its public form knows only a single statement. Bytes
    # would be taken for the name of a file, a view of them is not.
    driver: Any = db  # its types know the public form only
    await driver._copy_in("; ".join(statements), memoryview(rows), None)

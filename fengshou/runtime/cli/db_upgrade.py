"""`db upgrade`: data of an older PostgreSQL to the one in use."""

from __future__ import annotations

import argparse

from fengshou.runtime.cli.db_place import add_data, cluster_in, data_dir_of
from fengshou.runtime.output import add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose."""
    add_data(parser)
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Upgrade, leave the database stopped, and say where the old data is."""
    from fengshou.runtime.postgres import upgrade

    cluster = cluster_in(data_dir_of(args))
    with step("upgrading") as shown:
        kept = upgrade(cluster, shown.say)
        if kept is not None:
            cluster.stop(shown.say)
    major = cluster.binaries.major
    if kept is None:
        text = f"nothing to do: the data is of PostgreSQL {major} already; tables are brought up to date by `run`"
    else:
        text = f"the data is of PostgreSQL {major} now; delete {kept} when you are content"
    emit(args, {"ok": True, "major": major, "old_data": str(kept) if kept else None}, text)
    return 0

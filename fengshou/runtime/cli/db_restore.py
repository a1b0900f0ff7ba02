"""`db restore`: a backup into a data folder that holds no bank."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from fengshou.runtime.cli.db_place import add_data, cluster_in, data_dir_of, key_file
from fengshou.runtime.output import add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where from, and where to."""
    parser.add_argument("file", metavar="FILE", type=Path, help="a file that `db backup` wrote")
    add_data(parser)
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Restore, leave the database stopped, and say whether the key is there."""
    from fengshou.runtime.postgres import restore

    data_dir, file = data_dir_of(args), args.file.absolute()
    data_dir.mkdir(parents=True, exist_ok=True)
    cluster = cluster_in(data_dir, must_exist=False)
    with step("restoring") as shown:
        restore(cluster, file, shown.say)
        cluster.stop(shown.say)
    has_key = "FENGSHOU_MASTER_KEY" in os.environ or key_file(data_dir).exists()
    text = f"{file} is restored to {data_dir}"
    if not has_key:
        text += (
            f"\nThe master key is not here: put the one of that bank at {key_file(data_dir)} before you start it,"
            " or its sealed fields do not open."
        )
    emit(args, {"ok": True, "data": str(data_dir), "has_key": has_key}, text)
    return 0

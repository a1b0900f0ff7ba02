"""`db backup`: a copy of the bank's database in one file, also while the bank is open."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from fengshou.runtime.cli.db_place import add_data, cluster_in, data_dir_of, key_file
from fengshou.runtime.output import add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to, and whose."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to write; it must not exist")
    add_data(parser)
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Write the file and say what is not in it."""
    from fengshou.runtime.postgres import backup

    data_dir, file = data_dir_of(args), args.file.absolute()
    cluster = cluster_in(data_dir)
    with step("backing up") as shown:
        cluster.start(shown.say)
        try:
            backup(cluster, file, shown.say)
        finally:
            cluster.stop(shown.say)
    size = file.stat().st_size
    text = f"{file}  {size:,} bytes\n{where_the_key_is(data_dir)}"
    key = None if "FENGSHOU_MASTER_KEY" in os.environ else str(key_file(data_dir))
    emit(args, {"ok": True, "file": str(file), "bytes": size, "key_not_in_it": key}, text)
    return 0


def where_the_key_is(data_dir: Path) -> str:
    """What a person must keep beside the backup."""
    where = (
        "FENGSHOU_MASTER_KEY holds it"
        if "FENGSHOU_MASTER_KEY" in os.environ
        else f"it is {key_file(data_dir)}"
    )
    return (
        f"The master key is NOT in this file: {where}."
        " Keep a copy of it apart; without it names, numbers and phones in the backup never open again."
    )

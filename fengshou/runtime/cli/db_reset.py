"""`db reset`: delete a bank for good."""

from __future__ import annotations

import argparse
import shutil

from fengshou.runtime.cli.db_place import add_data, cluster_in, data_dir_of, key_file
from fengshou.runtime.output import add_json, emit, step


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, and whether it is meant."""
    parser.add_argument("--yes", action="store_true", help="it is meant: everything is deleted")
    add_data(parser)
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Delete database, keys and logs of a bank that is not running; the folder itself stays."""
    from fengshou.runtime.postgres import reset

    data_dir = data_dir_of(args)
    cluster = cluster_in(data_dir)
    with step("deleting") as shown:
        reset(cluster, confirmed=args.yes, say=shown.say)
        # Only after the database: a key without a bank is harmless, a bank without its key is lost.
        shutil.rmtree(key_file(data_dir).parent, ignore_errors=True)
        for file in (data_dir / "bank.log", data_dir / "rail-simulator.journal"):
            file.unlink(missing_ok=True)
    emit(args, {"ok": True, "data": str(data_dir)}, f"{data_dir} is empty: database, keys and logs are gone")
    return 0

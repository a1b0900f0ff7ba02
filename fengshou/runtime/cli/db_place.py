"""What the `db` commands share: which folder is meant, and what of it is kept beside the database."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from fengshou.runtime.output import CommandError

if TYPE_CHECKING:
    from fengshou.runtime.postgres import Cluster


def add_data(parser: argparse.ArgumentParser) -> None:
    """Give a command `--data`."""
    parser.add_argument(
        "--data", type=Path, default=None, help="the data folder (default: data/ of the checkout)"
    )


def data_dir_of(args: argparse.Namespace) -> Path:
    """The data folder that is meant; refuses when the bank's database is none of ours."""
    from fengshou.runtime.standing import default_data_dir

    if os.environ.get("FENGSHOU_DATABASE_URL"):
        raise CommandError(
            "FENGSHOU_DATABASE_URL names a database that is not in a data folder: use that server's own tools"
        )
    folder: Path = args.data or default_data_dir()
    return folder.absolute()


def cluster_in(data_dir: Path, *, must_exist: bool = True) -> Cluster:
    """The database of a data folder."""
    from fengshou.runtime.standing import cluster_of

    cluster = cluster_of(data_dir)
    if must_exist and (not data_dir.exists() or cluster.status().state == "absent"):
        raise CommandError(f"there is no bank in {data_dir}; name its folder with --data")
    return cluster


def key_file(data_dir: Path) -> Path:
    """Where a data folder keeps the key that opens its sealed fields."""
    return data_dir / "keys" / "master"

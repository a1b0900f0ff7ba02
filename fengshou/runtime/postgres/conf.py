"""The settings our clusters run with, and who may connect."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from fengshou.runtime.postgres.account import Account
from fengshou.runtime.postgres.place import Place

OWNER = "fengshou"  # the owning role and its database
_GIB = 1 << 30
_MIB = 1 << 20


def write_settings(place: Place, socket: Path, extra: Mapping[str, str]) -> None:
    """Write the cluster's configuration anew; what an operator put into `local.conf` beside it wins over it."""
    settings = {**_settings(place, socket), **extra}
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    head = "# Written by Fengshou at every start. Your own settings belong in local.conf beside this file."
    data, account = place.data, place.account
    _write(data / "fengshou.conf", account, "\n".join([head, *lines, ""]))
    _write(
        data / "postgresql.conf",
        account,
        f"{head}\ninclude 'fengshou.conf'\ninclude_if_exists 'local.conf'\n",
    )
    # `peer` asks the kernel who calls: only root and the account itself become the owner, on whichever socket.
    _write(data / "pg_hba.conf", account, f"{head}\nlocal all,replication all peer map=fengshou\n")
    callers = dict.fromkeys(("root", account.name))
    _write(data / "pg_ident.conf", account, "".join(f'fengshou "{name}" {OWNER}\n' for name in callers))


def _settings(place: Place, socket: Path) -> dict[str, str]:
    memory = _memory_bytes()
    free = shutil.disk_usage(place.data).free
    return {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        # Durable always: an acknowledged payment is on disk.
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "replica",
        "shared_buffers": f"{max(64, min(memory // 4, 2 * _GIB) // _MIB)}MB",
        "effective_cache_size": f"{max(128, memory // 2 // _MIB)}MB",
        # A tenth of the free disk on a small one, so that the journal alone never fills it.
        "max_wal_size": f"{max(128, min(free // 10, 4 * _GIB) // _MIB)}MB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "shared_preload_libraries": "pg_stat_statements"
        if place.binaries.has_module("pg_stat_statements")
        else "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        # One file for each day of the week, so that the log never fills the disk.
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] ",
        "log_checkpoints": "off",
        # The supervisor reads these lines aloud while a long recovery runs.
        "log_startup_progress_interval": "2s",
    }


def _memory_bytes() -> int:
    """The memory this machine or container may use."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if re.fullmatch(r"\d+", limit) else whole


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _write(path: Path, account: Account, text: str) -> None:
    """Put a file of the account's in place all at once: a full disk leaves the old one whole.

    Root writes here into another user's folder, so it follows no link that user may have laid.
    """
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        if account.is_other:
            os.fchown(file.fileno(), account.uid, account.gid)
        file.write(text)
    partial.replace(path)

"""The running server as the machine shows it: its pid file, its process, what it logs."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_STATUS_LINE = 8  # of postmaster.pid, since PostgreSQL 10
_SOCKET_LINE = 5
_BEGAN_LINE = 3


@dataclass(frozen=True)
class Postmaster:
    """A live PostgreSQL server that really serves the data folder it was looked up by."""

    pid: int
    began: float  # seconds of the Unix clock
    socket: Path | None
    state: str

    @property
    def is_ready(self) -> bool:
        """Whether it takes connections: recovery, if there was one, is over."""
        return self.state == "ready"


def running(data: Path) -> Postmaster | None:
    """The live server of `data`, or None: a stale pid file, a recycled pid and a zombie do not count."""
    lines = _pid_lines(data)
    if not lines or not is_server_of(lines[0], data):
        return None
    socket = lines[_SOCKET_LINE - 1].strip() if len(lines) >= _SOCKET_LINE else ""
    state = lines[_STATUS_LINE - 1].strip() if len(lines) >= _STATUS_LINE else "starting"
    began = float(lines[_BEGAN_LINE - 1]) if len(lines) >= _BEGAN_LINE else time.time()
    return Postmaster(int(lines[0]), began, Path(socket) if socket else None, state)


def forget_the_dead(data: Path) -> bool:
    """Remove a pid file that speaks of no live server; True when the way is free for a new one.

    PostgreSQL itself takes any live pid of its user for a server, and a killed one that nobody has reaped yet counts
    as alive; in a container whose first process reaps nobody that would last for ever. As long as a child of the old
    server still runs (it holds the shared memory) the file stays and the answer is False.
    """
    if running(data) is not None or orphans(data):
        return False
    (data / "postmaster.pid").unlink(missing_ok=True)
    return True


def orphans(data: Path) -> list[int]:
    """Every live postgres process, server or child, that works in `data`."""
    return [
        int(p.name) for p in Path("/proc").glob("[0-9]*") if _is_postgres(p) and _working_folder(p) == data
    ]


def work_done(data: Path) -> tuple[tuple[int, int], ...] | None:
    """The processor ticks each process of `data` has used; None when one waits for the disk or for a
    processor, or where none can be seen.

    Two equal answers in a row mean that none of them has done anything in between.
    """
    ticks: list[tuple[int, int]] = []
    for pid in orphans(data):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] in "DR":
            return None
        ticks.append((pid, int(fields[11]) + int(fields[12])))  # user and system time
    return tuple(sorted(ticks)) or None


def is_server_of(pid_text: str, data: Path) -> bool:
    """Whether that pid is a live `postgres` whose working folder, or command line, is `data`."""
    if not pid_text.strip().isdigit() or int(pid_text) < 1:
        return False
    pid = int(pid_text)
    proc = Path("/proc") / str(pid)
    if Path("/proc/self/stat").exists():
        return _is_postgres(proc) and _working_folder(proc) == data
    shown = subprocess.run(
        ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split(maxsplit=1)
    return (
        len(shown) > 1 and not shown[0].startswith("Z") and "postgres" in shown[1] and str(data) in shown[1]
    )


def log_lines(data: Path, since: float) -> list[str]:
    """What the server has logged since the instant `since` (seconds of the Unix clock), oldest first."""
    files = [data.parent / "start.log", *(data / "log").glob("postgresql-*.log")]
    fresh = [(path.stat().st_mtime, path) for path in files if path.exists()]
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(since))
    lines: list[str] = []
    for _, path in sorted(entry for entry in fresh if entry[0] >= since - 1):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 65_536))
            recent = file.read().decode(errors="replace").splitlines()
        # Lines of an earlier start carry an earlier stamp; continuation lines have none and stay with their own.
        keep = False
        for line in recent:
            keep = line[:19] >= stamp if line[:2].isdigit() else keep or not line[:1].isspace()
            if keep:
                lines.append(line)
    return lines


def _pid_lines(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _is_postgres(proc: Path) -> bool:
    try:
        # "123 (postgres) S 1 …"; a zombie has nothing left but this line.
        name, _, rest = (proc / "stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return False
    return name.startswith("postgres") and rest.split()[0] not in "ZX"


def _working_folder(proc: Path) -> Path | None:
    try:
        return Path(os.readlink(proc / "cwd"))
    except OSError:
        return None

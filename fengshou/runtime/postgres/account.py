"""Whose the database is: PostgreSQL refuses to run as root, so root lends it a user that cannot log in."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fengshou.runtime.postgres.problem import PostgresProblem

SYSTEM_USER = "fengshou"


@dataclass(frozen=True)
class Account:
    """The operating system's user that PostgreSQL runs as and that owns its files."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether this process has to change users to act as this account."""
        return self.uid != os.geteuid()

    def spawn(
        self, args: Sequence[str], *, stdin: int = subprocess.DEVNULL, stdout: int, stderr: int
    ) -> "subprocess.Popen[bytes]":
        """Start a program as this account, in a session of its own, so that Ctrl-C in the terminal passes it by."""
        try:
            return subprocess.Popen(
                args,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
                cwd="/",
                umask=0o077,
                env=_environment(),
                user=self.uid if self.is_other else None,
                group=self.gid if self.is_other else None,
                extra_groups=[] if self.is_other else None,
            )
        except PermissionError as error:
            raise PostgresProblem(
                f"May not run {args[0]} as {self.name} ({error.strerror}): a container needs the capabilities"
                f" SETUID and SETGID for that; or start as an ordinary user."
            ) from error

    def run(self, args: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        """Run a program to its end as this account and return what it printed."""
        with self.spawn(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            out, err = child.communicate()
        return subprocess.CompletedProcess(
            args, child.returncode, out.decode(errors="replace"), err.decode(errors="replace")
        )

    def owns(self, path: Path) -> bool:
        """Whether the file or folder belongs to this account."""
        return path.stat().st_uid == self.uid

    def give(self, path: Path, mode: int) -> None:
        """Make `path` this account's own, with exactly `mode`."""
        if self.is_other:
            try:
                os.chown(path, self.uid, self.gid)
            except PermissionError as error:
                raise PostgresProblem(
                    f"May not give {path} to {self.name} ({error.strerror}): a container needs the capability"
                    f" CHOWN for that; or start as an ordinary user."
                ) from error
        path.chmod(mode)

    def can_enter_through(self, folder: Path) -> bool:
        """Whether this account can get into `folder`, found out by trying, which minds every kind of permission."""
        return not self.is_other or self.run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]).returncode == 0

    def can_run(self, program: Path, *reads: Path) -> bool:
        """Whether this account can run `program --version` and read the files `reads`."""
        if not self.is_other:
            return True
        script = 'p=$1; shift; for f; do test -r "$f" || exit 1; done; exec "$p" --version'
        return self.run(["/bin/sh", "-c", script, "sh", str(program), *map(str, reads)]).returncode == 0


def account_for(data: Path) -> Account:
    """The account to run PostgreSQL as.

    data    the data folder, which need not exist; one that does decides, because PostgreSQL serves its owner only
    Returns the owner of `data` when root asks, the system user when root starts afresh, and else whoever we are
    """
    if os.geteuid() != 0:
        mine = _known(os.geteuid())
        if data.exists() and not mine.owns(data):
            raise PostgresProblem(
                f"The data in {data} belongs to another user (number {data.stat().st_uid}):"
                f" run as that user, or as root, or choose another folder with --data."
            )
        return mine
    if data.exists() and (uid := data.stat().st_uid) != 0:
        return _known(uid)
    return _system_user()


def _known(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise PostgresProblem(
            f"User number {uid} has no name on this machine, and PostgreSQL needs one:"
            f" add it with `useradd -u {uid} NAME`."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _system_user() -> Account:
    try:
        return _known(pwd.getpwnam(SYSTEM_USER).pw_uid)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if useradd is None:
        raise PostgresProblem(
            f"PostgreSQL does not run as root, and there is no `useradd` to make it a user:"
            f" add a user named {SYSTEM_USER}, or start as an ordinary user."
        )
    nologin = next((p for p in ("/usr/sbin/nologin", "/sbin/nologin") if Path(p).exists()), "/bin/false")
    no_home = ["--no-create-home", "--home-dir", "/nonexistent", "--shell", nologin]
    command = [useradd, "--system", "--user-group", *no_home, SYSTEM_USER]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return _known(pwd.getpwnam(SYSTEM_USER).pw_uid)
    except KeyError:
        raise PostgresProblem(
            f"Could not add the user {SYSTEM_USER} for the database: {made.stderr}"
            f" Add it, or start as an ordinary user."
        ) from None


def _environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables reaches the server or its tools, and their messages are in English."""
    path = os.environ.get("PATH", "/usr/bin:/bin")
    return {"PATH": path, "LC_ALL": "C", "HOME": "/nonexistent"}

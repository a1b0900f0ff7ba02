"""Where things lie: the data, the programs and the socket, each in a folder the database's user can enter."""

import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fengshou.runtime.postgres.account import Account, account_for
from fengshou.runtime.postgres.binaries import Binaries
from fengshou.runtime.postgres.problem import PostgresProblem

STATE_DIR = Path("/var/lib/fengshou")
SOCKET_BYTES_MAX = 107  # sun_path of Linux, less its closing zero
_SOCKET_NAME = "/.s.PGSQL.5432"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Everything a cluster needs to know about the machine it stands on.

    data     the real data folder (PGDATA), links followed
    account  who owns and runs it
    """

    data: Path
    account: Account
    binaries: Binaries

    @property
    def log(self) -> Path:
        """What the server says before its own log files are open: why it did not start, for instance."""
        return self.data.parent / "start.log"


def find_data(folder: Path) -> Path:
    """The data folder that belongs to `folder`, its link followed."""
    return (folder / "data").resolve()


def settle(folder: Path, binaries: Binaries, state_dir: Path, say: Say) -> Place:
    """Choose and prepare the place of the cluster whose folder is `folder`; never changes the mode of a parent.

    The data lies in `folder`/data. When root starts and the database's user cannot enter there (below a private
    home, for instance), it lies in the state folder of the system and `folder`/data is a link to it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "data"
    if link.is_symlink() and not link.resolve().parent.exists():
        raise PostgresProblem(
            f"{link} points to {link.readlink()}, which is gone: put that folder back,"
            f" or remove the link to begin with an empty database."
        )
    account = account_for(link)
    if not link.exists() and not link.is_symlink() and not account.can_enter_through(folder):
        home = _state_folder(folder, state_dir)
        link.symlink_to(home / "data")
        say(
            f"The database's user {account.name} cannot enter {folder}: the data lies in {home}, {link} links to it."
        )
    elif link.exists() and not account.can_enter_through(link.resolve()):
        raise PostgresProblem(
            f"The database's user {account.name} can no longer enter {link.resolve()}:"
            f" open its parent folders to others (`chmod o+x`), or move the data to where it can."
        )
    if not account.can_run(binaries.bindir / "postgres", *binaries.sample_files()):
        binaries = _moved(binaries, account, state_dir, say)
    return Place(find_data(folder), account, binaries)


def socket_folder(place: Place) -> Path:
    """A short folder, open to the database's user alone, that the socket of this cluster lives in.

    Even where its mode kept nobody out the server would: it asks the kernel who is calling (`peer`).
    """
    mark = hashlib.sha256(os.fsencode(place.data)).hexdigest()[:12]
    if os.geteuid() == 0:
        base = Path("/run/fengshou") if Path("/run").is_dir() else Path("/var/run/fengshou")
        base.mkdir(mode=0o755, exist_ok=True)
    else:
        base = _own_runtime_folder(place.account)
    folder = base / mark
    if len(os.fsencode(folder)) + len(_SOCKET_NAME) > SOCKET_BYTES_MAX:
        raise PostgresProblem(
            f"{folder} is too long for a socket: set XDG_RUNTIME_DIR to a shorter folder of your own."
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or (os.geteuid() != 0 and not place.account.owns(folder)):
        raise PostgresProblem(f"{folder} belongs to somebody else: remove it, then start again.")
    place.account.give(folder, 0o700)
    return folder


def _own_runtime_folder(account: Account) -> Path:
    """`XDG_RUNTIME_DIR` when it is really ours, else a private folder in /tmp."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    if given and Path(given).is_dir() and account.owns(Path(given)) and len(given) < 60:
        base = Path(given) / "fengshou"
    else:
        base = Path(f"/tmp/fengshou-{account.uid}")  # noqa: S108  # its owner and mode are checked just below
    base.mkdir(mode=0o700, exist_ok=True)
    if base.is_symlink() or not account.owns(base):
        raise PostgresProblem(f"{base} belongs to somebody else: ask them or root to remove it.")
    base.chmod(0o700)
    return base


def _state_folder(folder: Path, state_dir: Path) -> Path:
    """A new folder for the data of `folder`.

    Its name is new each time: whoever deletes `folder` and begins again must not find the old data under keys
    that were deleted with it. A note inside says where it came from.
    """
    mark = hashlib.sha256(os.fsencode(folder.resolve()) + secrets.token_bytes(8)).hexdigest()[:12]
    home = state_dir / mark
    _public(state_dir)
    _public(home)
    (home / "origin").write_text(f"{folder.resolve()}\n")
    return home


def _moved(binaries: Binaries, account: Account, state_dir: Path, say: Say) -> Binaries:
    _public(state_dir)
    _public(state_dir / "binaries")
    copy, is_new = binaries.copied_to(state_dir / "binaries")
    if not account.can_run(copy.bindir / "postgres"):
        raise PostgresProblem(
            f"The database's user {account.name} cannot run {copy.bindir}/postgres:"
            f" see that {state_dir} and its parents are open to others (`chmod o+x`) and not mounted noexec."
        )
    if is_new:
        say(f"PostgreSQL runs from {copy.bindir}: {account.name} cannot read {binaries.bindir}.")
    return copy


def _public(folder: Path) -> None:
    """Make a folder that everyone may enter, whatever the umask; one that exists is left as it is."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return
    folder.chmod(0o755)

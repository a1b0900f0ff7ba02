"""Two lock files keep processes apart: `lock` for starting and stopping, `users` for counting who is in."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class Membership:
    """A shared lock held for as long as this process uses the cluster; the kernel drops it when the process dies."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def leave(self) -> None:
        """Give the lock back."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextmanager
def exclusive(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Be the only process that starts or stops the cluster of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = _open(folder / "lock")
    try:
        if not _try(handle, fcntl.LOCK_EX):
            say("Another process is starting or stopping this database; waiting for it.")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def join(folder: Path) -> Membership:
    """Count this process as a user; call it inside `exclusive`."""
    handle = _open(folder / "users")
    fcntl.flock(handle, fcntl.LOCK_SH)
    return Membership(handle)


def is_used(folder: Path) -> bool:
    """Whether any process is a member; call it inside `exclusive`, or the answer is old at once."""
    handle = _open(folder / "users")
    try:
        return not _try(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def _try(handle: int, how: int) -> bool:
    try:
        fcntl.flock(handle, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

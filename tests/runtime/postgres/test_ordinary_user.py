"""Root runs the main tests once more as an ordinary user, who needs no help from root."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.runtime.postgres.conftest import needs_root

pytestmark = needs_root

ROOT = Path(__file__).parents[3]
USER = "fengshou-tester"
FILES = ("test_cluster.py", "test_kill.py", "test_place.py", "test_backup.py")


@pytest.fixture(scope="module")
def ordinary() -> Iterator[list[str]]:
    """The beginning of a command that runs the rest of it as a user of no privilege."""
    made = False
    try:
        pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(["useradd", "--create-home", USER], check=True, capture_output=True)
        made = True
    yield [
        "setpriv",
        f"--reuid={USER}",
        f"--regid={USER}",
        "--clear-groups",
        "--inh-caps=-all",
        "--reset-env",
    ]
    shutil.rmtree(Path(tempfile.gettempdir()) / f"fengshou-{pwd.getpwnam(USER).pw_uid}", ignore_errors=True)
    if made:
        subprocess.run(["userdel", "--remove", USER], check=True, capture_output=True)


def test_everything_works_for_an_ordinary_user(ordinary: list[str]) -> None:
    packages = Path(asyncpg.__file__).parents[1]
    env = ["env", f"PYTHONPATH={ROOT}:{packages}", "PYTHONDONTWRITEBYTECODE=1"]
    wanted = "import asyncpg, pytest, pytest_asyncio, pytest_socket, fengshou.runtime.postgres"
    for python in (sys.executable, shutil.which("python3", path="/usr/bin:/bin")):
        probe = [*ordinary, *env, str(python), "-c", wanted]
        if python and subprocess.run(probe, capture_output=True, cwd="/", check=False).returncode == 0:
            break
    else:
        pytest.skip("no Python here that an ordinary user can run can read the checkout and its packages")
    files = [str(Path(__file__).with_name(name)) for name in FILES]
    command = [
        *ordinary,
        *env,
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--rootdir={ROOT}",
        *files,
    ]

    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout.splitlines()[-1]
    assert os.geteuid() == 0

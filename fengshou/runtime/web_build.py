"""Builds the web client of a checkout when its sources changed.

The built client carries the hash of its sources; as long as that is right nothing runs, Node is not even looked
for. Node comes from PATH, or, where there is none that is new enough, from the wheel in requirements/web.txt.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fengshou.runtime.install import ensure
from fengshou.runtime.output import CommandError, step
from fengshou.runtime.places import checkout, web_folder

_NOT_SOURCES = frozenset({"node_modules", "dist", "coverage", "test-results", ".vite", "tests"})
_NO_SOURCE_ENDS = (".test.ts", ".tsbuildinfo", ".log")
_STAMP = ".built-from"
_REASON_LINES = 15


def build_if_stale() -> bool:
    """Build web/ into fengshou/web_dist if it is not built from these sources; True if it was built now."""
    root = checkout()
    if root is None or not (root / "web" / "package.json").is_file():
        return False
    wanted = sources_hash(root / "web")
    stamp = web_folder() / _STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    install_packages()
    with step("building the web client"):
        stamp.unlink(missing_ok=True)
        _npm(root / "web", "run", "build", build_name=wanted[:12])
    if not (web_folder() / "index.html").is_file():
        raise CommandError("`npm run build` in web/ left no fengshou/web_dist/index.html")
    stamp.write_text(wanted)
    return True


def install_packages() -> None:
    """`npm ci` in web/, if package-lock.json is not the one that was installed last."""
    root = checkout()
    if root is None or not (root / "web" / "package-lock.json").is_file():
        return
    ensure_node()
    web = root / "web"
    wanted = hashlib.sha256((web / "package-lock.json").read_bytes()).hexdigest()
    stamp = web / "node_modules" / ".installed-lock"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    if not _npm_installed_since_lock_changed(web):
        with step("installing the web client's packages"):
            _npm(web, "ci", "--no-audit", "--no-fund")
        stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted)


def _npm_installed_since_lock_changed(web: Path) -> bool:
    """Whether somebody who works on the client ran npm by hand; npm writes its own note when it has ended."""
    note = web / "node_modules" / ".package-lock.json"
    return note.is_file() and note.stat().st_mtime > (web / "package-lock.json").stat().st_mtime


def ensure_node() -> None:
    """Node on PATH, or the one from the wheel."""
    if not _path_has_node():
        ensure(("web",))


def npm_environment() -> dict[str, str]:
    """What npm needs beside our own environment: the wheel's Node first if it is used, and a cache it can write."""
    environment = {"npm_config_update_notifier": "false", "NO_COLOR": "1"}
    if not _path_has_node():
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    home_cache = Path.home() / ".npm"
    if not os.access(home_cache if home_cache.exists() else home_cache.parent, os.W_OK):
        environment["npm_config_cache"] = str(Path(sys.prefix) / ".bank" / "npm")
    return environment


def sources_hash(web: Path) -> str:
    """A hash of everything in web/ that can change what is built."""
    digest = hashlib.sha256()
    for path in sorted(_sources(web)):
        digest.update(f"{path.relative_to(web).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for folder, subfolders, files in os.walk(web):
        subfolders[:] = [name for name in subfolders if name not in _NOT_SOURCES]
        yield from (Path(folder) / name for name in files if not name.endswith(_NO_SOURCE_ENDS))


def _path_has_node() -> bool:
    if shutil.which("node") is None or shutil.which("npm") is None:
        return False
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    return is_new_enough(said.strip())


def is_new_enough(version: str) -> bool:
    """Whether Vite runs on this Node ("v22.12.0"): 20.19 or later of 20, 22.12 or later of all that follow."""
    parts = version.removeprefix("v").split(".")
    if len(parts) < 3 or not all(part.isdigit() for part in parts[:2]):
        return False
    major, minor = int(parts[0]), int(parts[1])
    return (major == 20 and minor >= 19) or (major, minor) >= (22, 12)


def _npm(web: Path, *words: str, build_name: str = "") -> None:
    environment = {**os.environ, **npm_environment(), "FENGSHOU_BUILD": build_name}
    if shutil.which("npm", path=environment.get("PATH")) is None:
        raise CommandError("the web client needs Node 20.19 or newer with npm to be built")
    done = subprocess.run(
        ["npm", *words],
        cwd=web,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        tail = "\n    ".join(done.stdout.strip().splitlines()[-_REASON_LINES:])
        raise CommandError(f"`npm {' '.join(words)}` in web/ failed:\n    {tail}")

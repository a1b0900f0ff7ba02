"""What is committed works elsewhere: no registry's address, no path of one machine."""

import json
import re
from pathlib import Path

from tests.style.tree import ROOT, Finding, files, report, text_of

# Letters in brackets keep this file from finding itself.
REGISTRY = re.compile(
    r"p[y]pi\.org|python[h]osted|registry\.(?:npm[j]s|npm[m]irror|y[a]rnpkg)|deb\.d[e]bian|tuna\.tsin[g]hua|mirrors\.a[l]iyun"
)
MACHINE_PATH = re.compile(r"(?:^|[\s\"'=(:`])/(?:w[o]rk|r[o]ot|f[a]rm|h[o]me/[a-z])/?[\w.-]")
ADDRESS = re.compile(r"https?://|--index-url|--find-links|--extra-index")


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    findings = [
        Finding(name, number, line.strip()[:100])
        for name in files()
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if REGISTRY.search(line) or MACHINE_PATH.search(line)
    ]

    assert not findings, report(findings, "Whoever installs brings their own registry and folders.")


def test_python_locks_hold_hashes_and_no_address() -> None:
    locks = [name for name in files() if name.parent == Path("requirements") and name.suffix == ".txt"]

    assert {lock.stem for lock in locks} == {"run", "dev", "bench", "web"}
    for lock in locks:
        text = text_of(lock)
        pins = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==", text, re.MULTILINE)
        assert not ADDRESS.search(text), f"{lock}: write it with ./bank lock"
        assert len(pins) >= 1
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) >= len(pins), (
            f"{lock} has pins without hashes"
        )


def test_npm_locks_hold_hashes_and_no_address() -> None:
    for lock in (name for name in files() if name.name == "package-lock.json"):
        packages = json.loads(text_of(lock))["packages"]
        outside = {path: entry for path, entry in packages.items() if path and not entry.get("link")}
        resolved = [path for path, entry in outside.items() if "resolved" in entry]
        bare = [path for path, entry in outside.items() if "integrity" not in entry]
        assert not resolved, (
            f"{lock}: {resolved[:5]}; .npmrc has omit-lockfile-registry-resolved, install with it"
        )
        assert not bare, f"{lock}: {bare[:5]} have no integrity hash"


def test_the_scripts_of_the_root_can_be_run() -> None:
    for script in ("bank", ".ci/run"):
        assert (ROOT / script).stat().st_mode & 0o111, f"chmod +x {script}"
    assert "bank test" in text_of(Path(".ci/run"))

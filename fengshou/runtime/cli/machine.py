"""What the browser journeys need from the system: Chromium, and a font that draws Chinese."""

import os
import shutil
import subprocess

from fengshou.runtime.output import CommandError, step

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """The path of a Chromium: FENGSHOU_CHROMIUM, else the first known name on PATH."""
    named = os.environ.get("FENGSHOU_CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


def draws_chinese() -> bool:
    """Whether fontconfig knows a font for Chinese; without one, pictures show empty boxes."""
    if shutil.which("fc-list") is None:
        return False
    said = subprocess.run(
        ["fc-list", ":lang=zh", "family"], capture_output=True, text=True, check=False
    ).stdout
    return bool(said.strip())


def ensure_browser() -> None:
    """Install what is missing from Debian's packages when root; else say what to install."""
    missing = _missing_packages()
    if not missing:
        return
    packages = " ".join(missing)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CommandError(f"the browser journeys need more: `apt install {packages}` as root, or their like")
    with step(f"installing {packages}"):
        _apt("update", "-qq")
        _apt("install", "-qq", "-y", "--no-install-recommends", *missing)
    if still := _missing_packages():
        raise CommandError(f"{' '.join(still)}: installed, but not found")


def _missing_packages() -> list[str]:
    missing = [] if find_chromium() else ["chromium"]
    return missing if draws_chinese() else [*missing, "fontconfig", "fonts-noto-cjk"]


def _apt(*words: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(["apt-get", *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"`apt-get {' '.join(words)}` failed: {' '.join(done.stderr.split())[-300:]}")

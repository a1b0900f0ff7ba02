"""Chromium and a Chinese font: found, installed when root, or named in one line."""

import os
from pathlib import Path

import pytest

from fengshou.runtime.cli import machine
from fengshou.runtime.output import CommandError


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without browser and fonts, whose apt-get writes down its calls and installs."""
    monkeypatch.delenv("FENGSHOU_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    install = f'echo "$@" >>{tmp_path}/calls; case "$1" in install) {make_here(tmp_path)};; esac'
    make_program(tmp_path / "apt-get", install)
    return tmp_path


def make_here(folder: Path) -> str:
    """What a successful installation does, as a shell command without any program."""
    return "; ".join(
        f'printf "#!/bin/sh\\necho Noto\\n" >{folder}/{name}; {os.sep}bin{os.sep}chmod 755 {folder}/{name}'
        for name in ("chromium", "fc-list")
    )


def make_program(path: Path, behaviour: str) -> None:
    path.write_text(f"#!/bin/sh\n{behaviour}\n")
    path.chmod(0o755)


def test_root_installs_what_is_missing_once(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    machine.ensure_browser()
    machine.ensure_browser()

    assert (bare / "calls").read_text().splitlines() == [
        "update -qq",
        "install -qq -y --no-install-recommends chromium fontconfig fonts-noto-cjk",
    ]
    assert machine.find_chromium() == str(bare / "chromium")


def test_a_user_is_told_what_to_install(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(CommandError, match="`apt install chromium fontconfig fonts-noto-cjk` as root"):
        machine.ensure_browser()
    assert not (bare / "calls").exists()


def test_a_font_without_chinese_does_not_count(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(bare / "chromium", "true")
    make_program(bare / "fc-list", "true")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(CommandError, match="`apt install fontconfig fonts-noto-cjk` as root"):
        machine.ensure_browser()


def test_a_failed_installation_gives_its_reason(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(bare / "apt-get", "echo 'E: no network' >&2; exit 100")
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    with pytest.raises(CommandError, match="`apt-get update -qq` failed: E: no network"):
        machine.ensure_browser()


def test_a_named_chromium_comes_first(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(bare / "chromium", "true")
    monkeypatch.setenv("FENGSHOU_CHROMIUM", "/opt/chromium/chrome")

    assert machine.find_chromium() == "/opt/chromium/chrome"

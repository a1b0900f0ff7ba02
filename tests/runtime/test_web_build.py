"""The web client is built when its sources changed, and only then."""

import os
import sys
from pathlib import Path

import pytest

from fengshou.runtime import web_build
from fengshou.runtime.output import CommandError


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a small web/, and an npm on PATH that writes down its calls and "builds"."""
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "node_modules").mkdir()
    (web / "package.json").write_text("{}")
    (web / "package-lock.json").write_text("{}")
    (web / "src" / "main.ts").write_text("one")
    (tmp_path / "dist").mkdir()
    make_program(tmp_path / "bin" / "node", "echo v22.12.0")
    make_program(
        tmp_path / "bin" / "npm", f'echo "$@" >>"{tmp_path}/calls"; echo built >"{tmp_path}/dist/index.html"'
    )
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(web_build, "checkout", lambda: tmp_path)
    monkeypatch.setattr(web_build, "web_folder", lambda: tmp_path / "dist")
    return tmp_path


def make_program(path: Path, behaviour: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{behaviour}\n")
    path.chmod(0o755)


def calls(house: Path) -> list[str]:
    return (house / "calls").read_text().splitlines()


def test_it_is_built_once_and_again_when_a_source_changed(house: Path) -> None:
    assert web_build.build_if_stale()
    assert not web_build.build_if_stale()
    assert calls(house) == ["ci --no-audit --no-fund", "run build"]

    (house / "web" / "src" / "main.ts").write_text("two")
    (house / "web" / "node_modules" / "noise.js").touch()
    assert web_build.build_if_stale()
    assert calls(house)[2:] == ["run build"]


def test_packages_are_installed_again_when_their_lock_changed(house: Path) -> None:
    web_build.build_if_stale()
    (house / "web" / "package-lock.json").write_text('{"new": 1}')

    assert web_build.build_if_stale()
    assert calls(house)[2:] == ["ci --no-audit --no-fund", "run build"]


def test_what_npm_was_told_by_hand_is_not_done_again(house: Path) -> None:
    lock, note = house / "web" / "package-lock.json", house / "web" / "node_modules" / ".package-lock.json"
    note.touch()
    os.utime(lock, (1_000, 1_000))
    os.utime(note, (2_000, 2_000))

    web_build.install_packages()
    assert not (house / "calls").exists()

    lock.write_text('{"new": 1}')
    web_build.install_packages()
    assert calls(house) == ["ci --no-audit --no-fund"]


def test_a_failed_build_is_told_and_tried_again(house: Path) -> None:
    make_program(house / "bin" / "npm", 'echo "main.ts: no such name"; exit 1')
    for _ in range(2):
        with pytest.raises(CommandError, match=r"npm ci.*\n.*no such name"):
            web_build.build_if_stale()


def test_a_build_that_leaves_nothing_is_a_failure(house: Path) -> None:
    make_program(house / "bin" / "npm", "true")

    with pytest.raises(CommandError, match=r"left no fengshou/web_dist/index\.html"):
        web_build.build_if_stale()


def test_without_node_the_wheel_is_installed_and_comes_first(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(web_build, "ensure", asked.append)
    make_program(house / "bin" / "node", "echo v18.19.0")

    web_build.ensure_node()

    assert asked == [("web",)]
    path = web_build.npm_environment()["PATH"].split(":")
    assert path[0] == str(Path(sys.executable).parent)
    assert str(house / "bin") in path[1:]


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("v20.19.0", True),
        ("v20.18.9", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.0.1", True),
        ("", False),
        ("v24.0.0-nightly", True),
        ("weekly", False),
    ],
)
def test_vites_minimum_is_known(version: str, good: bool) -> None:
    assert web_build.is_new_enough(version) is good


def test_the_hash_sees_names_as_well_as_bytes(house: Path) -> None:
    before = web_build.sources_hash(house / "web")
    (house / "web" / "src" / "main.ts").rename(house / "web" / "src" / "other.ts")

    assert web_build.sources_hash(house / "web") != before

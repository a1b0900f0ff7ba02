"""What the documents tell people to type works as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.style.tree import ROOT, files, text_of

FOLLOWED = (Path("docs/start.md"), Path("docs/guides/outside-systems.md"))
BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?:\]\(|src=\")([^)#\"\s]+)")
READMES = ("README.md", "README.zh.md")


def blocks() -> list[tuple[str, str, str]]:
    """Each block of the followed pages: its name, language and text."""
    return [
        (f"{page.name}-{number}-{language}", language, text)
        for page in FOLLOWED
        for number, (language, text) in enumerate(BLOCK.findall(text_of(page)), 1)
    ]


@pytest.mark.parametrize(("language", "text"), [pytest.param(b[1], b[2], id=b[0]) for b in blocks()])
def test_a_block_runs(language: str, text: str) -> None:
    command = [sys.executable, "-c", text] if language == "python" else ["sh", "-eu", "-c", text]
    # The virtual environment of the tests is the one `./bank` shall use, wherever it lies.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "FENGSHOU_VENV": sys.prefix}
    environment.pop("FENGSHOU_DATABASE_URL", None)

    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )

    assert done.returncode == 0, done.stderr[-2_000:]


def test_both_pages_have_something_to_run() -> None:
    names = [name for name, _, _ in blocks()]

    assert {"start.md-1-sh", "start.md-2-python", "outside-systems.md-1-python"} <= set(names)


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{name}: {target}"
        for name in files()
        if name.suffix == ".md" and (name.parts[0] == "docs" or len(name.parts) == 1)
        for target in LINK.findall(text_of(name))
        if "://" not in target and not (ROOT / name.parent / unquote(target)).exists()
    ]

    assert not broken


def test_every_decision_and_guide_is_in_the_index() -> None:
    index = text_of(Path("docs/README.md"))
    pages = [
        name.relative_to("docs").as_posix()
        for name in files()
        if name.suffix == ".md" and name.parts[:1] == ("docs",) and len(name.parts) > 2
    ]

    assert [page for page in pages if f"]({page})" not in index] == []


@pytest.mark.parametrize("name", READMES)
def test_a_readme_opens_with_the_two_commands(name: str) -> None:
    first_screen = text_of(Path(name)).splitlines()[:24]
    commands = [line.split("#")[0].strip() for line in first_screen if line.startswith("    ")]

    assert commands == ["./bank run", "./bank test"]


@pytest.mark.parametrize("name", READMES)
def test_a_readme_shows_the_app_in_small_pictures(name: str) -> None:
    pictures = [target for target in LINK.findall(text_of(Path(name))) if target.endswith(".png")]

    assert len(pictures) >= 3
    assert all((ROOT / picture).stat().st_size <= 150_000 for picture in pictures)

"""The generated files are those of the models."""

from pathlib import Path

from fengshou.pages.generate import generated

ROOT = Path(__file__).parents[2]


def test_generated_files_are_current() -> None:
    stale = [path.name for path, text in generated(ROOT).items() if path.read_text("utf-8") != text]

    assert stale == [], "run `python -m fengshou.pages.generate`"

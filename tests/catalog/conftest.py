"""A content folder to write in, and a catalogue over a real database."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from fengshou.catalog import Catalog
from fengshou.kernel import Database

Write = Callable[[str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "content"
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Write:
    """Write a file of the content folder: `write("bank/fees.yaml", "key: …")`."""

    def write(name: str, text: str) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), "utf-8")

    return write


@pytest.fixture
def catalog(db: Database) -> Catalog:
    return Catalog(db, db.clock)

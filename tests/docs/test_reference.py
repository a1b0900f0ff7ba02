"""The generated pages say what the code says."""

import re
from pathlib import Path

import pytest

from fengshou.runtime import reference
from tests.style.tree import ROOT, files, text_of

VARIABLE = re.compile(r"\bFENGSHOU_[A-Z]+(?:_[A-Z]+)*\b")
MEMBERS = {"_KEY", "_SECRET"}  # said in words beside the address


@pytest.mark.parametrize("name", ["errors.md", "commands.md", "settings.md"])
def test_a_generated_page_is_current(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")

    assert written == reference.pages()[name], "run `python -m fengshou.runtime.reference`"


def test_every_page_is_looked_at() -> None:
    assert set(reference.pages()) == {"errors.md", "commands.md", "settings.md"}


SYSTEMS = ("REALNAME", "SMS", "RAIL", "BILLER", "HOSPITAL", "GOVERNMENT", "PROPERTY", "PRODUCT")


def test_every_variable_is_explained_and_read() -> None:
    own = Path("fengshou/runtime/reference.py")
    sources = [  # benchmarks have switches for who works on them
        name
        for name in files()
        if name == Path("bank") or (name.parts[0] == "fengshou" and "bench" not in name.parts)
    ]
    read = {
        variable
        for name in sources
        if name == Path("bank") or (name.suffix == ".py" and name != own)
        for variable in VARIABLE.findall(text_of(name))
        if not variable.endswith(tuple(MEMBERS)) or variable == "FENGSHOU_MASTER_KEY"
    }
    # outside.py makes the names of the three addresses from the names of the systems
    made = {f"FENGSHOU_{system}_URL" for system in SYSTEMS}

    assert (read | made) - reference.INTERNAL == set(reference.ENVIRONMENT)


def test_the_errors_page_holds_what_customers_hear() -> None:
    page = reference.pages()["errors.md"]

    assert "| `LEDGER.INSUFFICIENT_FUNDS` | refused | 403 |" in page
    assert "| `ACCESS.STEP_UP` | step_up | 401 |" in page
    assert page.count("`REQUEST.MISSING`") == 1

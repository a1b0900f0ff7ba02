"""The guide's example runs as it stands."""

import re
import runpy
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "outside-systems.md"


def test_the_example_of_the_guide_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example, "utf-8")

    assert "assert asyncio.run" in example
    runpy.run_path(str(script))

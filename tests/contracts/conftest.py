"""Every port's suite runs against the simulator's pure core and against the client over a real socket.

`pytest tests/contracts --live` adds the real outside, where its address is given:
FENGSHOU_LIVE_<PORT>_URL, FENGSHOU_LIVE_<PORT>_KEY and FENGSHOU_LIVE_<PORT>_SECRET.
"""

import contextlib
import os

import pytest

from fengshou.adapters.wire import Credentials, Outside


def pytest_addoption(parser: pytest.Parser) -> None:
    with contextlib.suppress(ValueError):  # the root's conftest may have added it already
        parser.addoption(
            "--live", action="store_true", default=False, help="also ask the real outside systems"
        )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--live", default=False):
        return
    for item in items:
        if "live" in getattr(getattr(item, "callspec", None), "params", {}).values():
            item.add_marker(pytest.mark.skip(reason="the real outside is asked with --live only"))


def live_outside(port: str) -> Outside:
    """Where the real outside system of `port` is; skips when nobody said."""
    prefix = f"FENGSHOU_LIVE_{port.upper()}"
    url = os.environ.get(f"{prefix}_URL")
    if not url:
        pytest.skip(f"{prefix}_URL is not set")
    own = Credentials(os.environ[f"{prefix}_KEY"], os.environ[f"{prefix}_SECRET"].encode())
    return Outside(port, url, own)

"""The frame of the app with the start of its page laid into it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from fengshou.channels.edge.boot import Frames, View, view_of
from fengshou.kernel import Missing

INDEX = b"<html><head></head><body></body></html>"
LISTED = {"shell": "s", "pages": {"home": "h", "bills": "b"}, "elder": {"home": "e"}}
BODIES = {"s": b'{"home":"home"}', "h": b'{"text":"</script><script>x"}', "e": b'{"e":1}', "b": b'{"b":1}'}


class Published:
    """Pages as the frames ask for them."""

    public_key = "key"

    def manifest(self, locale: str, cohort: str, kit: int) -> Any:
        """One list for everybody."""
        return SimpleNamespace(etag=f'"{locale}"', body=orjson.dumps(LISTED))

    async def page(self, page_hash: str) -> bytes:
        """A page."""
        return BODIES[page_hash]


class Nothing(Published):
    """A bank that has published nothing."""

    def manifest(self, locale: str, cohort: str, kit: int) -> Any:
        """Nothing."""
        raise Missing(what="page")


async def _start(view: View, page: str) -> dict[str, Any]:
    frame = await Frames(Published(), INDEX).frame(view, page)  # type: ignore[arg-type]  # stands in for Pages
    _, _, rest = frame.body.partition(b'id="start">')
    words, end, _ = rest.partition(b"</script>")
    assert end
    found: dict[str, Any] = orjson.loads(words)
    return found


@pytest.mark.parametrize(
    ("page", "elder", "shown"),
    [("", False, "h"), ("home", True, "e"), ("bills", True, "b"), ("no-such", False, "h")],
)
async def test_frame_holds_list_key_shell_and_its_page(page: str, elder: bool, shown: str) -> None:
    start = await _start(View("zh-CN", elder, ""), page)
    assert start["manifest"] == LISTED
    assert start["key"] == "key"
    assert start["bodies"] == {name: BODIES[name].decode() for name in ("s", shown)}


async def test_a_frame_without_publication_is_the_built_one() -> None:
    frame = await Frames(Nothing(), INDEX).frame(View("en", False, ""), "")  # type: ignore[arg-type]  # stands in
    assert frame.body == INDEX


def test_a_view_is_a_hint_that_may_be_anything() -> None:
    assert view_of("en~1~abc", "") == View("en", True, "abc")
    assert view_of("x~y~z", "") == View("zh-CN", False, "z")
    assert view_of("rubbish", "en-GB,en") == View("en", False, "")
    assert view_of(None, "zh-TW") == View("zh-CN", False, "")

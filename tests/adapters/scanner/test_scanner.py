"""clamd's protocol over a real socket: only a clear `OK` is clean."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fengshou.adapters.scanner import EICAR, ClamdScanner, ScannerStand, mapping
from fengshou.adapters.scanner.server import STREAM_MAX, Mode


@pytest.fixture
async def stand() -> AsyncIterator[ScannerStand]:
    """A simulator of one's own."""
    stand = ScannerStand()
    await stand.start()
    yield stand
    await stand.stop()


@pytest.mark.parametrize(("name", "said"), [("clean", "clean"), ("found", "found"), ("too-large", "away")])
def test_samples_are_read(name: str, said: str) -> None:
    samples = Path(mapping.__file__).parent / "samples"

    assert mapping.read((samples / f"answer-{name}.bin").read_bytes()) == said


async def test_a_clean_file_is_clean_and_the_sample_is_found(stand: ScannerStand) -> None:
    scanner = ClamdScanner(stand.address)

    assert await scanner.scan(b"a form") == "clean"
    assert await scanner.scan(b"") == "clean"
    assert await scanner.scan(b"x" * 700_000 + EICAR) == "found"
    assert stand.scanned == 3


@pytest.mark.parametrize("mode", ["silent", "garbage", "endless", "hangs up"])
async def test_no_clear_answer_is_no_scan(stand: ScannerStand, mode: Mode) -> None:
    stand.mode = mode

    assert await ClamdScanner(stand.address, timeout_s=0.5).scan(EICAR) == "away"


async def test_more_than_it_takes_is_no_scan(stand: ScannerStand) -> None:
    assert await ClamdScanner(stand.address).scan(b"x" * (STREAM_MAX + 1)) == "away"


async def test_nobody_there_is_no_scan() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        assert await ClamdScanner(f"127.0.0.1:{nobody.getsockname()[1]}").scan(b"x") == "away"
    assert await ClamdScanner("/nowhere/clamd.sock").scan(b"x") == "away"

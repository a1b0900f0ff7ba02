"""The benchmark measures what it says; how fast anything is, is not a test's business."""

from __future__ import annotations

import argparse
import gc
import json
import random
from collections.abc import Iterator

import pytest

from fengshou.runtime import collector
from fengshou.runtime.bench.ledger import _ratios
from fengshou.runtime.bench.load import Load, Measured, drive, pick
from fengshou.runtime.cli import bench_ledger


@pytest.fixture(autouse=True)
def as_the_collector_was() -> Iterator[None]:
    """A benchmark settles the collector of its process; this process is not its own."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.mark.parametrize("accounts", [2, 3, 50])
@pytest.mark.parametrize("mode", ["uniform", "hot50"])
def test_two_different_accounts_are_picked(accounts: int, mode: str) -> None:
    chance = random.Random(5)
    pairs = [pick(chance, accounts, mode) for _ in range(5_000)]

    assert all(0 <= a < accounts and 0 <= b < accounts and a != b for a, b in pairs)
    assert {a for a, _ in pairs} >= set(range(1, accounts))


def test_half_of_the_hot_load_goes_to_one_account() -> None:
    chance = random.Random(5)
    hot = sum(pick(chance, 1_000, "hot50")[1] == 0 for _ in range(10_000))

    assert 4_700 < hot < 5_300


def test_percentiles_are_of_the_latencies() -> None:
    load = Load(2.0, [n / 1000 for n in range(1, 101)])

    assert (load.tps, load.percentile_ms(0.5), load.percentile_ms(0.99)) == (50.0, 51.0, 100.0)
    assert Load(1.0).percentile_ms(0.5) == 0.0


async def test_every_transfer_is_counted_once() -> None:
    seen = []

    async def transfer(debit: int, credit: int) -> None:
        seen.append((debit, credit))

    load = await drive(transfer, 10, "uniform", 3, 0.01)

    assert len(load.latencies) == len(seen) > 0


def test_ratios_are_medians_of_the_rounds_own_ratios() -> None:
    def cell(name: str, mode: str, *rates: float) -> tuple[tuple[str, str, int], list[Measured]]:
        return (name, mode, 9), [Measured(name, mode, 9, tps, 0, 0, 0, 0) for tps in rates]

    cells = dict(
        (
            cell("fengshou", "uniform", 10, 100, 30),
            cell("naive", "uniform", 1, 20, 10),
            cell("tpcb", "uniform", 2, 50, 10),
        )
    )

    assert _ratios(cells, ["uniform"], 9) == {"uniform/naive": 5.0, "uniform/tpcb": 3.0}


def test_a_small_run_prints_what_the_commands_page_promises(capsys: pytest.CaptureFixture[str]) -> None:
    args = argparse.Namespace(
        accounts=20,
        seconds=0.2,
        mode="uniform,hot50",
        callers="4",
        against="naive",
        rounds=1,
        json=True,
        batch=True,
        riders=True,
        http=True,
        rows=1_500,
        statements=True,
        overload=True,
    )
    code = bench_ledger.main(args)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert (code, told["invariants"]) == (0, "ok")
    assert set(told["ratios"]) == {
        "uniform/naive", "hot50/naive", "hot50/uniform", "batch/naive", "riders/uniform",
        "http_batch/in_process", "http_single/noop",
    }  # fmt: skip
    assert {(r["contender"], r["mode"]) for r in told["runs"]} == {
        *((c, m) for c in ("fengshou", "naive") for m in ("uniform", "hot50")),
        ("batch", "uniform"),
        ("riders", "uniform"),
        *((f"http_{way}", "uniform") for way in ("batch", "single", "noop")),
    }
    keys = {"contender", "mode", "callers", "tps", "p50_ms", "p99_ms", "wal_bytes", "disk_bytes"}
    assert all(set(run) == keys and run["tps"] > 0 for run in told["runs"])
    assert told["settings"]["fsync"] == "on"
    assert 0 < told["statements"]["p50_ms"] <= told["statements"]["p99_ms"]
    assert [step["times"] for step in told["overload"]] == [0.5, 1, 2, 3]
    assert all(step["admitted"] > 0 for step in told["overload"])


def test_the_collector_looks_seldom_once_it_is_set() -> None:
    collector.settle()

    assert gc.get_threshold() == (20_000, 50, 100)
    assert gc.get_freeze_count() > 0

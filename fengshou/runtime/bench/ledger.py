"""`bench ledger`: rounds in turn, medians, ratios of the same run."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from fengshou.runtime import collector
from fengshou.runtime.bench.batches import DAY, RIDER_TABLES, SPENT, Batches, Riders
from fengshou.runtime.bench.contenders import TPCB, Batcher, Contender, Hordak, Naive
from fengshou.runtime.bench.ground import temporary_cluster
from fengshou.runtime.bench.load import Measured, disk_size, wal_position
from fengshou.runtime.bench.more import overload, statements
from fengshou.runtime.bench.over_http import OVER_HTTP, OverHTTP, Server
from fengshou.runtime.output import CommandError
from fengshou.runtime.postgres import find_binaries

_FILL_AT_ONCE = 1_000_000


async def bench(
    *, accounts: int, seconds: float, modes: list[str], callers: list[int], against: list[str], rounds: int,
    say: Callable[[str], None], batch: bool = False, riders: bool = False, http: bool = False, rows: int = 0,
    reading: bool = False, flood: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Measure and return what `--json` prints: `runs`, `ratios`, `invariants`, `settings`."""
    with temporary_cluster(say) as cluster:
        ways = [name for name, wanted in (("batch", batch), ("riders", riders)) if wanted]
        contenders = await _contenders(cluster.dsn, accounts, ways, against, http, say)
        await _fill(contenders[0], rows, say)
        collector.settle()
        cells = await _measure(contenders, modes, callers, seconds, rounds, say)
        ours = contenders[0]
        assert isinstance(ours, Batcher)
        beside: dict[str, Any] = {"statements": await statements(ours)} if reading else {}
        beside |= {"overload": await overload(ours, seconds, say)} if flood else {}
        problems = [p for contender in contenders for p in await contender.close()]
        facts = await _settings(cluster.dsn)
        profile = next(
            (c.profile() for c in contenders if isinstance(c, OverHTTP) and c.name == "http_batch"), None
        )
    runs = [_median(cell) for cell in cells.values()]
    more = beside if profile is None else beside | {"http_batch_us_per_transfer": profile}
    return more | {
        "runs": [asdict(run) for run in runs],
        "ratios": _ratios(cells, modes, max(callers)),
        "invariants": "ok" if not problems else "; ".join(problems),
        "settings": facts | {"accounts": accounts, "seconds": seconds, "rounds": rounds, "rows": rows},
    }


async def _fill(ours: Contender, rows: int, say: Callable[[str], None]) -> None:
    """A journal that is long already, by the batch door."""
    assert isinstance(ours, Batcher)
    filler, done = Batches(ours), 0
    while done < rows:
        done += await filler.fill(min(rows - done, _FILL_AT_ONCE))
        say(f"filled {done:,} of {rows:,} rows")


async def _contenders(
    dsn: str, accounts: int, ways: list[str], against: list[str], http: bool, say: Callable[[str], None]
) -> list[Contender]:
    ours = Batcher(await _database(dsn, "fengshou"), accounts, (SPENT, DAY), RIDER_TABLES)
    made: list[Contender] = [ours]
    made += [Batches(ours) if way == "batch" else Riders(ours) for way in ways]
    made += [_contender(name, await _database(dsn, name), accounts) for name in against]
    if http:
        server = Server(await _database(dsn, "http"), accounts)
        made += [OverHTTP(name, server) for name in OVER_HTTP]
    for contender in made:
        say(f"preparing {contender.name}")
        await contender.prepare()
    return made


def _contender(name: str, dsn: str, accounts: int) -> Contender:
    match name:
        case "naive":
            return Naive(dsn, accounts)
        case "tpcb":
            return TPCB(dsn, find_binaries().bindir / "pgbench")
        case "hordak":
            return Hordak(dsn, accounts)
    raise CommandError(f"nobody is called {name}: naive, tpcb or hordak")


async def _database(dsn: str, name: str) -> str:
    db = await asyncpg.connect(dsn)
    try:
        await db.execute(f'CREATE DATABASE "bench_{name}"')
    finally:
        await db.close()
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{quote(f'bench_{name}')}"))


async def _measure(
    contenders: list[Contender], modes: list[str], callers: list[int], seconds: float, rounds: int,
    say: Callable[[str], None],
) -> dict[tuple[str, str, int], list[Measured]]:  # fmt: skip
    cells: dict[tuple[str, str, int], list[Measured]] = defaultdict(list)
    for number in range(1, rounds + 1):
        for mode in modes:
            for count in callers:
                for contender in contenders:
                    if not _applies(contender.name, mode, count, modes, callers):
                        continue
                    cell = await _cell(contender, mode, count, seconds)
                    cells[contender.name, mode, count].append(cell)
                    say(f"round {number}/{rounds} {contender.name} {mode} {count} callers: {cell.tps:,.0f}/s")
    return cells


def _applies(name: str, mode: str, count: int, modes: list[str], callers: list[int]) -> bool:
    """Some bring their own load: one cell each, measured beside the largest of ours."""
    if name in ("tpcb", "hordak", "batch", "riders", *OVER_HTTP):
        return mode == modes[0] and count == max(callers)
    return True


async def _cell(contender: Contender, mode: str, callers: int, seconds: float) -> Measured:
    wal, disk = await wal_position(contender.dsn), await disk_size(contender.dsn)
    load = await contender.round(mode, callers, seconds)
    moved = max(1, load.moved)
    wal, disk = await wal_position(contender.dsn) - wal, await disk_size(contender.dsn) - disk
    return Measured(
        contender.name, mode, callers, round(load.tps, 1), round(load.percentile_ms(0.5), 2),
        round(load.percentile_ms(0.99), 2), wal // moved, disk // moved,
    )  # fmt: skip


def _median(cell: list[Measured]) -> Measured:
    ordered = sorted(cell, key=lambda m: m.tps)
    return ordered[len(ordered) // 2]


def _ratios(
    cells: dict[tuple[str, str, int], list[Measured]], modes: list[str], top: int
) -> dict[str, float]:
    def tps(name: str, mode: str) -> list[float]:
        return [m.tps for m in cells.get((name, mode, top), [])]

    wanted = {
        "uniform/naive": (tps("fengshou", "uniform"), tps("naive", "uniform")),
        "uniform/tpcb": (tps("fengshou", "uniform"), tps("tpcb", modes[0])),
        "uniform/hordak": (tps("fengshou", "uniform"), tps("hordak", modes[0])),
        "hot50/naive": (tps("fengshou", "hot50"), tps("naive", "hot50")),
        "hot50/uniform": (tps("fengshou", "hot50"), tps("fengshou", "uniform")),
        "batch/naive": (tps("batch", modes[0]), tps("naive", modes[0])),
        "http_batch/in_process": (tps("http_batch", modes[0]), tps("batch", modes[0])),
        "http_single/noop": (tps("http_single", modes[0]), tps("http_noop", modes[0])),
        "riders/uniform": (tps("riders", modes[0]), tps("fengshou", modes[0])),
    }
    # The median of the rounds' own ratios: what disturbed a round disturbed both sides of it.
    return {
        name: round(median(a / b for a, b in zip(*pair, strict=True)), 2)
        for name, pair in wanted.items()
        if all(pair)
    }


async def _settings(dsn: str) -> dict[str, Any]:
    db = await asyncpg.connect(dsn)
    try:
        names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
        facts: dict[str, Any] = {name: await db.fetchval(f"SHOW {name}") for name in names}
        return facts | {"load": round(os.getloadavg()[0], 1)}
    finally:
        await db.close()

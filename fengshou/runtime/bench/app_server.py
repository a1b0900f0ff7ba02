"""The measured side of `bench app`: a whole bank in a process of its own, with people who can pay.

It prints one line of JSON when it serves (address, payers) and then answers words on stdin, one line of JSON each:
`settle` (everything that payments cause afterwards is done), `cost` (what was used so far), `verify` (the whole
journal read again). It ends when stdin ends.

    FENGSHOU_BENCH_PROFILE=FILE   cProfile of the payments between the words `begin` and `end`, written to FILE,
                                  and beside it FILE.sql: how often each statement was sent
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from fengshou.access import DeviceHint
from fengshou.kernel import new_id
from fengshou.ledger import AccountRef, Entry, Posting, own_account, verify
from fengshou.party import check_character
from fengshou.runtime import standing
from fengshou.runtime.house import House

PROFILE = "FENGSHOU_BENCH_PROFILE"
_BANK, _OTHER = 109, 1127
_AT_ONCE = 6  # people who are let in together
_CASH_FEN = 100_00
_LOOK_S = 0.01
_TICKS = os.sysconf("SC_CLK_TCK")
_sent: Counter[str] = Counter()


async def serve(customers: int, across: bool) -> None:
    """Open the bank, let people in, answer words until stdin ends."""
    with _folder() as data_dir:
        standing.quiet_logs(data_dir)
        listener = standing.bind(0)
        plan = standing.Plan(data_dir, listener.getsockname()[1], people=0, temporary=True)
        async with (
            standing.standing_house(plan) as house,
            standing.serving(house, listener, bench=True) as address,
        ):
            payers = await _people(house, customers, across)
            _tell(address=address, payers=payers)
            await _answer(house, house.clock.now(), standing.cluster_of(data_dir).status().pid or 0)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fengshou-bench-") as name:
        Path(name).chmod(0o755)  # as root, the database's own user must be able to enter
        yield Path(name) / "data"


async def _people(house: House, customers: int, across: bool) -> list[dict[str, str]]:
    """Customers with a verified name, money, and a session on a trusted device."""
    door = asyncio.Semaphore(_AT_ONCE)

    async def enter(number: int) -> dict[str, str]:
        async with door:
            return await _person(house, number, _OTHER if across and number % 2 else _BANK)

    return list(await asyncio.gather(*(enter(n) for n in range(customers))))


async def _person(house: House, number: int, bank: int) -> dict[str, str]:
    name = f"林{chr(0x4E00 + number % 5000)}禾"
    body = f"3301091986{number // 900 % 12 + 1:02d}01{number % 900:03d}"
    async with house.db.work(bank) as work:
        customer = await house.party.register(work, str(13_700_000_000 + number))
    await house.party.verify_real_name(customer.id, name, body + check_character(body))
    account = await house.party.open_for(customer.id, bank, 1, new_id(bank))
    cash = Posting(own_account(bank, "1001"), AccountRef(*account.ref), _CASH_FEN)
    await house.ledger.post(Entry(id=new_id(bank), postings=(cash,), mandate="bench.cash"))
    entered = await house.access.log_in.demo(
        "customer", customer.id, DeviceHint(None, f"bench {number}", "127.0.0.1")
    )
    return {"name": name, "number": account.number, "token": entered.token}


async def _answer(house: House, opened: datetime, postmaster: int) -> None:
    profile = cProfile.Profile() if PROFILE in os.environ else None
    while word := (await asyncio.to_thread(sys.stdin.readline)).strip():
        if word == "settle":
            await _settle(house)
            _tell()
        elif word == "cost":
            _tell(**await _cost(house, postmaster))
        elif word == "verify":
            async with house.db.pool("writer").acquire() as db:
                report = await verify(db)
                done = await db.fetchval(  # the demo's cast ran errands before
                    "SELECT count(*) FROM payments.orders WHERE state = 'done' AND created_at >= $1", opened
                )
            _tell(ok=report.ok, done=done, entries=report.entries, problems=report.problems[:5])
        elif word == "begin" and profile:
            _sent.clear()
            profile.enable()
            _tell()
        elif word == "end" and profile:
            profile.disable()
            _write(profile, os.environ[PROFILE])
            _tell()


async def _settle(house: House) -> None:
    """Wait until no event and no job is left that is due."""
    left = (
        "SELECT EXISTS (SELECT FROM kernel.outbox)"
        " OR EXISTS (SELECT FROM jobs.pgqueuer WHERE execute_after <= now())"
    )
    async with house.db.pool("relay").acquire() as db:
        while await db.fetchval(left):  # noqa: ASYNC110 - what is waited for is in the database
            await asyncio.sleep(_LOOK_S)


def _write(profile: cProfile.Profile, file: str) -> None:
    profile.dump_stats(file)
    told = "".join(f"{n:8} {text}\n" for text, n in _sent.most_common())
    Path(f"{file}.sql").write_text(told, encoding="utf-8")


async def _cost(house: House, postmaster: int) -> dict[str, Any]:
    """CPU of this process and of its database's, and transactions, since the beginning."""
    async with house.db.pool("relay").acquire() as db:
        commits = await db.fetchval(
            "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = current_database()"
        )
    return {
        "server_us": time.process_time_ns() // 1000,
        "database_us": _family_us(postmaster),
        "commits": int(commits),
    }


def _family_us(postmaster: int) -> int:
    """CPU of a process, its living children, and those of its children that have ended."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = stat.parent.name, stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        if int(pid) == postmaster:
            ticks += sum(int(n) for n in rest[11:15])
        elif int(rest[1]) == postmaster:
            ticks += sum(int(n) for n in rest[11:13])
    return ticks * 1_000_000 // _TICKS


def _count_statements() -> None:
    """Write down every statement that any connection of this process sends from now on."""
    made = asyncpg.connection.Connection.__init__

    def listened(self: Any, *args: Any, **more: Any) -> None:
        made(self, *args, **more)
        self.add_query_logger(lambda record: _sent.update((" ".join(record.query.split())[:160],)))

    asyncpg.connection.Connection.__init__ = listened  # type: ignore[method-assign]  # the only way to all of them


def _tell(**facts: Any) -> None:
    print(json.dumps(facts, ensure_ascii=False), flush=True)


def main() -> None:
    """What `bench app` starts."""
    import uvloop

    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, required=True)
    parser.add_argument("--across", action="store_true")
    args = parser.parse_args()
    if PROFILE in os.environ:
        _count_statements()
    uvloop.run(serve(args.customers, args.across))


if __name__ == "__main__":
    main()

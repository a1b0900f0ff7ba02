"""What phones say about the pages they opened: counted here, added up in the database, watched for gray runs."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from fengshou.kernel import get_logger
from fengshou.pages import store_versions as store
from fengshou.pages.room import Room
from fengshou.pages.versions import Version

# One reader counts so often for a page: nobody alone can end a gray run of many, or drown what others say.
_COUNTS_MAX = 10
_READERS_KEPT = 50_000
_KEEP = timedelta(days=14)
_log = get_logger("pages")


class Health:
    """The counters of one process."""

    def __init__(self, pages: Room, stop: Callable[[Version, str], Awaitable[bool]]) -> None:
        self._pages, self._stop = pages, stop
        self._counted: dict[tuple[str, datetime], list[int]] = {}
        self._by_reader: OrderedDict[tuple[str, str], int] = OrderedDict()

    def report(self, reader: str, page_hash: str, opens: int, errors: int, now: datetime) -> None:
        """A phone opened a page so often and failed so often. Pages that are not known here are not counted.

        reader  who says so: a session's person, or the address of a phone without one
        """
        if self._pages.known(page_hash) is None:
            return
        key = (reader, page_hash)
        room = _COUNTS_MAX - self._by_reader.get(key, 0)
        opens = max(0, min(opens, room))
        if opens == 0:
            return
        self._by_reader[key] = self._by_reader.get(key, 0) + opens
        if len(self._by_reader) > _READERS_KEPT:
            self._by_reader.popitem(last=False)
        counted = self._counted.setdefault((page_hash, now.replace(second=0, microsecond=0)), [0, 0])
        counted[0] += opens
        counted[1] += max(0, min(errors, opens))

    async def flush(self) -> None:
        """Add what was counted to what every process counts."""
        counted, self._counted = self._counted, {}
        if counted:
            rows = [
                (page, minute, opens, errors) for (page, minute), (opens, errors) in sorted(counted.items())
            ]
            async with self._pages.database.relay() as work:
                await store.add_health(work, rows)

    async def of(self, version: Version) -> tuple[int, int] | None:
        """Openings and errors of a gray version since its run began; None when it runs nowhere."""
        if version.state != "gray" or version.gray_at is None:
            return None
        hashes = self._pages.world.hashes_of(version)
        async with self._pages.database.relay() as work:
            return await store.health(work, hashes, version.gray_at)

    async def watch(self) -> list[Version]:
        """End every gray run whose pages fail too often; the versions that went back."""
        await self.flush()
        if not self._pages.published:
            return []
        stopped: list[Version] = []
        for version in list(self._pages.world.runs.values()):
            found = await self.of(version)
            if found is None or version.gray is None or not version.gray.too_many(*found):
                continue
            opens, errors = found
            said = f"{errors} of {opens} openings failed, over {version.gray.error_rate_max}"
            if await self._stop(version, said):
                _log.warning("gray run stopped", item=version.item, bank=version.bank, said=said)
                stopped.append(version)
        return stopped

    async def sweep(self) -> None:
        """Forget what was counted long ago."""
        async with self._pages.database.relay() as work:
            await store.sweep_health(work, work.now - _KEEP)

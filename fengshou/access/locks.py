"""Wrong tries in a row lock a name, each time for longer.

A try is counted before the secret is looked at and given back when it was right. So fifty guesses at
once get five looks, and a name nobody has locks just like one somebody has.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn
from uuid import UUID

from fengshou.access import store_directory as store
from fengshou.access.errors import Frozen, LockedOut
from fengshou.access.room import Room
from fengshou.kernel import CENTRE, Work, bank_of, counter, new_id

_DAY = timedelta(hours=24)
_locked = counter("access_locks_total", "Names locked by wrong tries")


class Locks:
    """Counts tries of one person or name."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def take(self, principal: UUID | None, name: str) -> int:
        """Count a try and return how many are left after it. Raises `LockedOut`, `Frozen`."""
        policy, key = self._room.policy, self._room.lock_key(principal, name)
        async with self._room.db.work(CENTRE) as work:
            tries = await store.take_try(work, key, policy.lock_tries, policy.lock_waits)
            if tries is None:
                await self._refuse(work, key)
        return policy.lock_tries - tries

    async def right(self, principal: UUID | None, name: str) -> None:
        """The secret was right: give the tries back."""
        async with self._room.db.work(CENTRE) as work:
            await store.clear_tries(work, self._room.lock_key(principal, name))

    async def wrong(self, principal: UUID | None, name: str, left: int) -> None:
        """The secret was wrong; the last try tells the person that a lock fell."""
        # Written down for names nobody has, too: they must not answer sooner.
        async with self._room.db.work(CENTRE) as work:
            await store.add_failure(work, self._room.lock_key(principal, name), new_id(CENTRE, work.now))
        if left > 0:
            return
        _locked.inc()
        if principal is None:
            return
        async with self._room.db.work(bank_of(principal)) as work:
            await work.audit("access.locked", str(principal))
            await work.emit("access.locked", str(principal), {"principal": str(principal)})

    async def failed(self, principal: UUID) -> int:
        """How often the person's password was wrong within 24 hours. Right ones since do not change it."""
        async with self._room.db.read(CENTRE) as work:
            return await store.failures_since(work, self._room.lock_key(principal, ""), work.now - _DAY)

    async def check_frozen(self, principal: UUID) -> None:
        """Raise `Frozen` when the person froze the log-in; a lock of wrong passwords does not stop a passkey."""
        async with self._room.db.read(CENTRE) as work:
            row = await store.lock_of(work, self._room.lock_key(principal, ""))
        if row and row["frozen_at"]:
            raise Frozen()

    async def freeze(self, principal: UUID) -> None:
        """Refuse every log-in until `open_again`."""
        async with self._room.db.work(CENTRE) as work:
            await store.freeze(work, self._room.lock_key(principal, ""))

    async def open_again(self, principal: UUID) -> None:
        """End a freeze and every lock: the person proved who they are in another way."""
        async with self._room.db.work(CENTRE) as work:
            await store.unfreeze(work, self._room.lock_key(principal, ""))

    async def _refuse(self, work: Work, key: bytes) -> NoReturn:
        row = await store.lock_of(work, key)
        if row and row["frozen_at"]:
            raise Frozen()
        # A lock that somebody's right try lifted between the two statements has no end to tell.
        until = (row and row["locked_until"]) or work.now
        raise LockedOut(retry_after_s=max(1, int((until - work.now).total_seconds()) + 1))

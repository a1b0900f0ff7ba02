"""What the bank itself answers, as a partner would: settings are kept, and what is limited is counted.

A run asks it through the outbox under its own key like any partner, so the same request twice is one, and the state
machines stay pure.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fengshou.kernel import Database, Vault, Work, get_logger
from fengshou.services import store_own as store
from fengshou.services.ports import Operation, Post, Ring, Said
from fengshou.services.providers import OWN
from fengshou.services.store_runs import as_json, from_json
from fengshou.services.talk import OPERATIONS, Counts, Names, SetTo

OWN_OPERATIONS: frozenset[Operation] = frozenset({"setting.set", "count.take", "count.read"})
_log = get_logger("services")


class _UsedUp(Exception):
    """One of the tallies is at its most: nothing of the request is taken."""


class OwnDesk:
    """The connector of the bank's own system."""

    system = OWN
    operations = OWN_OPERATIONS

    def __init__(self, db: Database, vault: Vault) -> None:
        self._db, self._vault = db, vault

    async def ring(self, ring: Ring) -> Said:
        """Keep or count."""
        try:
            async with self._db.work(int(ring.provider.removeprefix(f"{OWN}-"))) as work:
                said = OPERATIONS[ring.operation][0].model_validate(ring.params)
                if isinstance(said, SetTo):
                    await self._set(work, said)
                elif isinstance(said, Counts):
                    await _take(work, ring.key, said)
                elif isinstance(said, Names):
                    return Said("done", {"taken": await store.taken(work, said.names)})
        except _UsedUp as full:
            return Said("refused", {}, str(full), "已经领完或用完了", "Used up")
        except OSError as away:
            _log.warning("the bank's own book did not answer", error=repr(away))
            return Said("unavailable")
        return Said("done")

    async def news(self, after: str) -> Post:
        """It says nothing by itself."""
        return Post((), after, more=False)

    async def _set(self, work: Work, said: SetTo) -> None:
        text = as_json({"value": said.model_dump(mode="json")["value"]})
        sealed = self._vault.seal(work.bank, "service setting", text, aad=_place(said.customer, said.key))
        await store.set_one(work, said.customer, said.key, sealed, said.at)

    async def settings(self, bank: int, customer: UUID, keys: tuple[str, ...]) -> dict[str, Any]:
        """What somebody has set at a bank; what they never touched is not in it."""
        async with self._db.read(bank) as work:
            found = await store.settings(work, customer, keys)
        return {
            key: from_json(self._vault.open(bank, "service setting", sealed, aad=_place(customer, key)))[
                "value"
            ]
            for key, sealed in found.items()
        }


async def _take(work: Work, key: UUID, said: Counts) -> None:
    """All of it or nothing, in one order for everybody."""
    if not await store.first_time(work, key):
        return
    for item in sorted(said.items, key=lambda one: one.name):
        if not await store.take(work, item.name, item.by, item.most):
            raise _UsedUp(item.says)


def _place(customer: UUID, key: str) -> str:
    return f"services.setting|{customer}|{key}"

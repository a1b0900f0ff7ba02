"""What every act of this room is handed."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date

from fengshou.catalog import Catalog
from fengshou.kernel import Clock, Database, Vault
from fengshou.risk.rules import Pack, make_pack

_PACKS_MAX = 512  # two types of event for each of about a hundred banks, and the next day's


class Room:
    """Database, vault, clock, catalogue, and the packs of rules compiled so far."""

    def __init__(self, db: Database, vault: Vault, clock: Clock, catalog: Catalog) -> None:
        self.db, self.vault, self.clock, self.catalog = db, vault, clock, catalog
        self._packs: OrderedDict[tuple[str, int, str, date], Pack] = OrderedDict()

    def rules(self, bank: int, event_type: str) -> Pack:
        """The rules asked today; compiled once for a release, bank, type and day."""
        edition, on = self.catalog.now, self.clock.today()
        spot = (edition.id, bank, event_type, on)
        pack = self._packs.get(spot)
        if pack is None:
            pack = self._packs[spot] = make_pack(edition, bank, event_type, on)
            while len(self._packs) > _PACKS_MAX:
                self._packs.popitem(last=False)
        return pack

    def payee_blind(self, number: str) -> bytes:
        """Finds a payee's account without holding its number."""
        return self.vault.blind("risk.payee", "".join(number.split()))

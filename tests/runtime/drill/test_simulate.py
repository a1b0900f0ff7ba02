"""A short simulation in each run of the tests; `./bank drill ledger --simulate N` runs long ones."""

from __future__ import annotations

from typing import Any

import pytest

from fengshou.ledger import Posting
from fengshou.runtime.drill import plain_book
from fengshou.runtime.drill.simulate import Differs, simulate


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_ledger_says_what_the_plain_book_says(dsn: str, seed: int) -> None:
    told = await simulate(dsn, seed, rounds=25, at_once=40)
    assert told["ok"]
    assert told["entries"] > 300
    assert told["faults"] > 0
    assert told["outcomes"]["posted"] > 100


async def test_a_plain_book_that_counts_wrong_is_found_and_the_seed_is_told(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison can fail."""
    use_hold = plain_book._Try.use_hold

    def forgets(self: Any, leg: Posting) -> None:
        use_hold(self, leg)
        self.books.holds.pop(leg.hold, None)  # a part gives the rest back

    monkeypatch.setattr(plain_book._Try, "use_hold", forgets)
    with pytest.raises(Differs, match="seed 4"):
        await simulate(dsn, 4, rounds=60)

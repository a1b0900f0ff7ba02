"""The stage for `seed`, made from the bank's rooms."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fengshou.access import Access
from fengshou.catalog import Catalog
from fengshou.kernel import CENTRE, Clock, Database, Principal, Vault
from fengshou.ledger import Ledger
from fengshou.party import Party
from fengshou.payments import Payee, Payments
from fengshou.runtime.demo.people import PEOPLE
from fengshou.runtime.demo.seed import Say, Stage, Told
from fengshou.runtime.demo.words import remember
from fengshou.runtime.party_book import ceiling_of


def stage_of(
    db: Database, vault: Vault, clock: Clock, *, party: Party, ledger: Ledger, catalog: Catalog, access: Access,
    payments: Payments, say: Say, people: int = PEOPLE,
) -> Stage:  # fmt: skip
    """What `seed` needs. The ledger is started and the banks' own accounts are open."""

    def fee_of(fen: int, age: int, used: int) -> int:
        return catalog.fees(CENTRE).quote("outside", fen, age=age, used_this_month=used).fee_fen

    async def remember_all(told: Sequence[Told]) -> None:
        await remember(db, vault, told)

    async def issue(principal: UUID, password: str) -> None:
        await access.passwords.issue(principal, password)

    async def save_payee(who: Principal, number: str, name: str) -> None:
        await payments.save_payee(who, Payee(number, name))

    return Stage(
        db,
        clock,
        party,
        ledger,
        fee_of,
        ceiling_of(catalog),
        remember_all,
        issue,
        save_payee,
        say=say,
        people=people,
        agreed=tuple((text, catalog.text(text).version) for text in ("terms_of_service", "privacy_policy")),
    )

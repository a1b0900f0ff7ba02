"""The stage for `seed`, made from the bank's rooms."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fengshou.access import Access, DeviceHint
from fengshou.catalog import Catalog
from fengshou.kernel import CENTRE, BankError, Clock, Database, Money, Principal, Vault, get_logger
from fengshou.ledger import Ledger
from fengshou.party import Party
from fengshou.payments import Payee, Payments, Wish
from fengshou.runtime.demo.errands import Errand
from fengshou.runtime.demo.people import PEOPLE
from fengshou.runtime.demo.seed import Say, Stage, Told
from fengshou.runtime.demo.words import remember
from fengshou.runtime.party_book import ceiling_of

_PHONE = DeviceHint(
    user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) Version/26.0 Safari/604.1",
    address="127.0.0.1",
)
_log = get_logger("demo")


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

    async def pay(errand: Errand, key: UUID) -> None:
        entered = await access.log_in.demo("customer", errand.payer.id, _PHONE)
        who = await access.resolve(entered.token)
        wish = Wish(
            key,
            errand.payer.main,
            Payee(errand.account, errand.name, errand.code),
            Money(errand.fen),
            errand.memo,
        )
        try:
            await payments.transfer(who, wish)
        except BankError as refusal:
            # An hour of the night, a release of stricter rules: a demo without this payment is a demo too.
            _log.warning("errand refused", number=errand.number, refusal=refusal.code)
        finally:
            await access.sessions.log_out(who)

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
        pay,
        say=say,
        people=people,
        agreed=tuple((text, catalog.text(text).version) for text in ("terms_of_service", "privacy_policy")),
    )

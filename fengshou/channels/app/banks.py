"""banks.*: the member banks by county, mine, and those outside that the rail reaches."""

from __future__ import annotations

from collections import Counter

from fengshou.channels.app import outside, views
from fengshou.channels.app.me_view import me_show
from fengshou.channels.app.my_accounts import BankAsk
from fengshou.channels.app.ops import op
from fengshou.channels.app.session import MeShow, switch
from fengshou.channels.app.shapes import BankShow, Bi, QueryText
from fengshou.channels.edge import Ask, Call, Empty, Show
from fengshou.kernel import CENTRE, Missing, bank_of
from fengshou.party import Bank


class SearchAsk(Ask):
    """Words of a county, city or brand; a city's key narrows."""

    query: QueryText = ""
    city: QueryText = ""


class City(Show):
    """A city and how many banks it has."""

    key: str
    name: Bi
    count: int


class Banks(Show):
    """What was found, and all cities."""

    items: tuple[BankShow, ...]
    cities: tuple[City, ...]
    total: int


class MyBank(BankShow):
    """A bank I have accounts at."""

    accounts: int
    available_fen: int
    current: bool


class MyBanks(Show):
    """Mine."""

    items: tuple[MyBank, ...]


class BranchShow(Show):
    """A place where people work."""

    number: str
    name: Bi


class Branches(Show):
    """Head office first."""

    items: tuple[BranchShow, ...]


class OutsideAsk(Ask):
    """Words of a name, or a number whose bank is to be guessed."""

    query: QueryText = ""
    number: QueryText = ""


class OutsideBank(Show):
    """A bank on the rail."""

    code: str
    name: Bi


class OutsideBanks(Show):
    """What was found; `guess` is the bank the number looks like."""

    items: tuple[OutsideBank, ...]
    guess: OutsideBank | None


@op("banks.list", auth="none")
async def list_(call: Call, ask: SearchAsk) -> Banks:
    """The member banks, found by county, city or brand."""
    every = call.doors.party.banks()
    found = [
        b for b in every if (not ask.city or b.city_en == ask.city) and _fits(b, ask.query.strip().lower())
    ]
    counts = Counter((b.city_en, b.city_zh) for b in every)
    return Banks(
        items=tuple(views.bank_show(b) for b in found),
        cities=tuple(City(key=en, name=Bi(zh=zh, en=en), count=n) for (en, zh), n in counts.items()),
        total=len(every),
    )


def _fits(bank: Bank, sought: str) -> bool:
    words = (bank.county_zh, bank.city_zh, bank.brand_zh, bank.name_zh, bank.slug, bank.county_en, bank.city_en,
             bank.brand_en, bank.name_en)  # fmt: skip
    return not sought or any(sought in word.lower() for word in words)


@op("banks.mine")
async def mine(call: Call, ask: Empty) -> MyBanks:
    """The banks I have accounts at."""
    doors, who = call.doors, call.who
    accounts = await views.show_accounts(doors, await views.open_accounts(doors, who))
    banks = {a.bank: [x for x in accounts if x.bank == a.bank] for a in accounts}
    return MyBanks(
        items=tuple(
            MyBank(
                **views.bank_show(doors.party.bank(bank)).model_dump(), accounts=len(there),
                available_fen=sum(a.available_fen for a in there), current=bank == who.bank,
            )
            for bank, there in banks.items()
        )
    )  # fmt: skip


@op("banks.switch", changes=True)
async def switch_bank(call: Call, ask: BankAsk) -> MeShow:
    """Show the app as another bank where I have an account."""
    doors, who = call.doors, call.who
    if ask.bank not in {a.bank for a in await doors.party.accounts_of(who.id)}:
        raise Missing(what="bank")
    async with doors.db.work(bank_of(who.id), who) as work:
        await doors.party.choose_bank(work, who.id, ask.bank)
    await switch(call, ask.bank)
    return MeShow(me=await me_show(call))


@op("banks.branches", auth="none")
async def branches(call: Call, ask: BankAsk) -> Branches:
    """Where a bank's people are."""
    if ask.bank == CENTRE:
        return Branches(items=())
    return Branches(
        items=tuple(
            BranchShow(number=b.number, name=Bi(zh=b.name_zh, en=b.name_en))
            for b in call.doors.party.branches(ask.bank)
        )
    )


@op("banks.outside")
async def outside_(call: Call, ask: OutsideAsk) -> OutsideBanks:
    """Banks outside the federation."""
    catalog = call.doors.catalog
    hit = outside.guess(catalog, ask.number) if ask.number else None
    return OutsideBanks(
        items=tuple(OutsideBank(code=code, name=name) for code, name in outside.search(catalog, ask.query)),
        guess=OutsideBank(code=hit[0], name=hit[1]) if hit else None,
    )

"""banks.*: the federation as the centre sees it, and one's own bank."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from fengshou.channels.console.ops import bank_for, op
from fengshou.channels.console.shapes import BankShow, Bi, ByBank, bank_show
from fengshou.channels.edge import Call, Empty, Show
from fengshou.kernel import CENTRE

_DEPOSITS = "2111"


class Row(Show):
    """A bank in figures. `position` counts its rows in the journal, `balanced` says its books add up."""

    bank: BankShow
    customers: int
    deposits_fen: int
    accounts: int
    position: int
    balanced: bool


class Rows(Show):
    """The banks one may see."""

    items: tuple[Row, ...]
    customers: int
    accounts: int
    deposits_fen: int
    balanced: bool


class BranchShow(Show):
    """A branch."""

    number: str
    name: Bi


class Colleague(Show):
    """Somebody who works there."""

    id: UUID
    name: str
    login: str
    roles: tuple[str, ...]
    active: bool


class View(Show):
    """A bank with its branches and staff."""

    row: Row
    branches: tuple[BranchShow, ...]
    staff: tuple[Colleague, ...]


@op("banks.list")
async def list_(call: Call, ask: Empty) -> Rows:
    """The member banks in figures: all of them at the centre, one's own elsewhere."""
    who = call.who
    rows = await _rows(call, None if who.bank == CENTRE else who.bank)
    return Rows(
        items=tuple(rows),
        customers=sum(row.customers for row in rows),
        accounts=sum(row.accounts for row in rows),
        deposits_fen=sum(row.deposits_fen for row in rows),
        balanced=all(row.balanced for row in rows),
    )


@op("banks.view")
async def view(call: Call, ask: ByBank) -> View:
    """One bank: figures, branches, staff."""
    bank = bank_for(call.who, ask.bank)
    party = call.doors.party
    branches = [
        BranchShow(number=branch.number, name=Bi(zh=branch.name_zh, en=branch.name_en))
        for branch in party.branches(bank)
    ]
    people = [
        Colleague(
            id=s.id, name=s.name, login=s.login, roles=tuple(sorted(s.roles)), active=s.status == "active"
        )
        for s in await party.staff_of(bank)
    ]
    (row,) = await _rows(call, bank)
    return View(row=row, branches=tuple(branches), staff=tuple(people))


async def _rows(call: Call, bank: int | None) -> list[Row]:
    doors = call.doors
    table = await doors.ledger.trial_balance(bank)
    people = await doors.party.count_customers(call.who, bank)
    banks = [doors.party.bank(bank)] if bank else [doors.party.bank(CENTRE), *doors.party.banks()]
    shown = []
    for one in banks:
        lines = table.get(one.institution_id, [])
        deposits = [line for line in lines if (line.subject, line.currency) == (_DEPOSITS, "CNY")]
        sums: Counter[str] = Counter()
        for line in lines:
            sums[line.currency] += line.closing_fen
        shown.append(
            Row(
                bank=bank_show(one),
                customers=people.get(one.institution_id, 0),
                deposits_fen=sum(line.closing_fen for line in deposits),
                accounts=sum(line.accounts for line in deposits),
                position=await doors.ledger.position(one.institution_id),
                balanced=not any(sums.values()),
            )
        )
    return shown

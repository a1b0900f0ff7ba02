"""Evidence and limits in the ledger's own commit, through its one door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fengshou.access import (
    RIDER_KINDS,
    DayLimit,
    DayNotTaken,
    Entered,
    Evidence,
    EvidenceSpent,
    day_limit_rider,
    day_release_rider,
)
from fengshou.kernel import BankError, Clock, Database, new_id
from fengshou.ledger import AccountRef, Entry, Ledger, Posting, Receipt, Rider, open_banks
from tests.access.town import HOME, Scene, digest
from tests.support.book import SUBJECTS, make_accounts

DAY = date(2026, 11, 23)
CUSTOMER = new_id(HOME)
ACT = digest("pay 300.00")


@pytest.fixture
async def ledger(db: Database, clock: Clock) -> AsyncIterator[Ledger]:
    """A book that knows this room's riders."""
    book = Ledger(db, clock)
    for kind in RIDER_KINDS:
        book.riders.register(kind)
    await book.start()
    await open_banks(book, (1, HOME), SUBJECTS)
    yield book
    await book.stop()


@pytest.fixture
async def pair(ledger: Ledger) -> tuple[AccountRef, AccountRef]:
    """A payer with 1,000,000 fen and a payee."""
    payer, payee = await make_accounts(ledger, HOME, 2, 1_000_000)
    return payer, payee


def paying(pair: tuple[AccountRef, AccountRef], fen: int, *riders: Rider) -> Entry:
    return Entry(id=new_id(HOME), postings=(Posting(pair[0], pair[1], fen),), riders=riders)


async def post(ledger: Ledger, entry: Entry) -> str:
    """How the ledger answers, by name."""
    try:
        await ledger.post(entry)
    except BankError as problem:
        return type(problem).__name__
    return "posted"


async def proved(scene: Scene) -> tuple[Entered, Evidence]:
    """Level 2 evidence for ACT."""
    entered, phone = await scene.with_passkey()
    who, order = entered.principal, new_id(HOME)
    with pytest.raises(BankError):
        await scene.access.require(who, 2, bound_to=ACT, order_id=order)
    await scene.access.prove_passkey(who, order, phone.get(await scene.access.passkey_challenge(who, order)))
    return entered, await scene.access.require(who, 2, bound_to=ACT, order_id=order)


async def test_stored_evidence_is_spent_with_its_entry(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    _, evidence = await proved(scene)
    entry = paying(pair, 30_000, evidence.spend())
    await ledger.post(entry)
    async with scene.db.read(HOME) as work:
        row = await work.fetchrow("SELECT * FROM access.evidence WHERE id=$1", evidence.id)

    assert row is not None
    assert (row["spent_by"], row["level"], row["factors"]) == (evidence.order, 2, ["passkey"])


async def test_evidence_spent_twenty_times_at_once_pays_once(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    _, evidence = await proved(scene)
    outcomes = await asyncio.gather(
        *(post(ledger, paying(pair, 30_000, evidence.spend())) for _ in range(20))
    )

    assert (outcomes.count("posted"), outcomes.count("EvidenceSpent")) == (1, 19)
    assert (await ledger.balance(pair[0])).posted_fen == 970_000


@pytest.mark.parametrize("level", [1, 2])
async def test_an_act_without_an_entry_spends_evidence_once_or_not_at_all(scene: Scene, level: int) -> None:
    entered, evidence = await proved(scene)
    if level == 1:
        evidence = await scene.access.require(entered.principal, 1, bound_to=ACT, order_id=new_id(HOME))
    done: list[int] = []

    async def act(number: int) -> str:
        try:
            async with scene.db.work(HOME, entered.principal) as work:
                await scene.access.spend(work, evidence)
                if number == 0:
                    raise RuntimeError("the act itself fails")
                done.append(number)
        except (EvidenceSpent, RuntimeError) as problem:
            return type(problem).__name__
        return "done"

    assert await act(0) == "RuntimeError"
    outcomes = await asyncio.gather(*(act(number) for number in range(1, 9)))
    assert (outcomes.count("done"), outcomes.count("EvidenceSpent"), len(done)) == (1, 7, 1)


async def test_fresh_evidence_of_the_session_is_written_when_spent_and_once(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    entered, _ = await scene.with_passkey()
    evidence = await scene.access.require(entered.principal, 1, bound_to=ACT, order_id=new_id(HOME))
    entry = new_id(HOME)
    outcomes = await asyncio.gather(
        *(post(ledger, paying(pair, 100, evidence.spend(entry))) for _ in range(20))
    )
    async with scene.db.read(HOME) as work:
        rows = await work.fetch("SELECT * FROM access.evidence WHERE id=$1", evidence.id)

    assert (outcomes.count("posted"), outcomes.count("EvidenceSpent")) == (1, 19)
    assert [(r["spent_by"], r["digest"], r["level"], r["factors"]) for r in rows] == [
        (entry, ACT, 2, ["password", "sms"])
    ]


async def test_evidence_of_a_refused_entry_stays_unspent(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    entered, evidence = await proved(scene)

    assert await post(ledger, paying(pair, 2_000_000, evidence.spend())) == "InsufficientFunds"
    again = await scene.access.require(entered.principal, 2, bound_to=ACT, order_id=evidence.order)
    assert again.id == evidence.id
    assert await post(ledger, paying(pair, 100, again.spend())) == "posted"


async def test_spent_evidence_is_asked_for_anew(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    entered, evidence = await proved(scene)
    await ledger.post(paying(pair, 100, evidence.spend()))
    with pytest.raises(BankError) as caught:
        await scene.access.require(entered.principal, 2, bound_to=ACT, order_id=evidence.order)

    assert caught.value.code == "ACCESS.STEP_UP"
    assert caught.value.facts["proved"] == []


async def test_evidence_that_expired_on_the_way_pays_nothing(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    _, evidence = await proved(scene)
    async with scene.db.work(HOME) as work:
        await work.execute(
            "UPDATE access.evidence SET expires_at=$1", evidence.found_at - timedelta(seconds=1)
        )

    assert await post(ledger, paying(pair, 100, evidence.spend())) == "EvidenceSpent"


async def test_a_hundred_payments_at_once_never_pass_the_day(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    entries = [
        paying(pair, 700, day_limit_rider(HOME, CUSTOMER, "transfer", DAY, 700, 20_000)) for _ in range(100)
    ]
    outcomes = await asyncio.gather(*(post(ledger, entry) for entry in entries))

    assert (outcomes.count("posted"), outcomes.count("DayLimit")) == (28, 72)
    assert await scene.access.day_used(HOME, CUSTOMER, "transfer", DAY) == 19_600
    assert (await ledger.balance(pair[0])).posted_fen == 1_000_000 - 19_600


async def test_limits_of_customer_and_account_are_taken_together_or_not_at_all(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    year = date(2026, 1, 1)

    def riders(fen: int) -> tuple[Rider, ...]:
        return (
            day_limit_rider(HOME, CUSTOMER, "transfer", DAY, fen, 50_000),
            day_limit_rider(HOME, CUSTOMER, "account.7.day", DAY, fen, 20_000),
            day_limit_rider(HOME, CUSTOMER, "account.7.year", year, fen, 40_000),
        )

    outcomes = await asyncio.gather(*(post(ledger, paying(pair, 3_000, *riders(3_000))) for _ in range(20)))
    used = await scene.access.days_used(HOME, CUSTOMER, ["transfer", "account.7.day", "code"], DAY)

    assert (outcomes.count("posted"), outcomes.count("DayLimit")) == (6, 14)
    assert used == {"transfer": 18_000, "account.7.day": 18_000, "code": 0}
    assert await scene.access.day_used(HOME, CUSTOMER, "account.7.year", year) == 18_000


async def test_what_was_counted_is_given_back_and_no_more(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    await ledger.post(paying(pair, 500, day_limit_rider(HOME, CUSTOMER, "transfer", DAY, 500, 1_000)))
    back = day_release_rider(HOME, CUSTOMER, "transfer", DAY, 500)
    outcomes = await asyncio.gather(
        *(
            post(ledger, Entry(id=new_id(HOME), postings=(Posting(pair[1], pair[0], 500),), riders=(back,)))
            for _ in range(5)
        )
    )

    assert (outcomes.count("posted"), outcomes.count("DayNotTaken")) == (1, 4)
    assert await scene.access.day_used(HOME, CUSTOMER, "transfer", DAY) == 0


async def test_a_retry_of_the_same_entry_counts_once(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    entry = paying(pair, 500, day_limit_rider(HOME, CUSTOMER, "transfer", DAY, 500, 1_000))
    receipts = await asyncio.gather(*(ledger.post(entry) for _ in range(10)))

    assert isinstance(receipts[0], Receipt)
    assert await scene.access.day_used(HOME, CUSTOMER, "transfer", DAY) == 500


async def test_days_kinds_customers_and_banks_count_apart(
    scene: Scene, ledger: Ledger, pair: tuple[AccountRef, AccountRef]
) -> None:
    other = new_id(HOME)
    for customer, kind, day in (
        (CUSTOMER, "transfer", DAY),
        (CUSTOMER, "code", DAY),
        (CUSTOMER, "transfer", DAY + timedelta(days=1)),
        (other, "transfer", DAY),
    ):
        await ledger.post(paying(pair, 900, day_limit_rider(HOME, customer, kind, day, 900, 1_000)))
    async with scene.db.read(1127) as work:  # row level security
        assert await work.fetchval("SELECT count(*) FROM access.day_used") == 0
    assert await scene.access.day_used(HOME, other, "transfer", DAY) == 900


@pytest.mark.law
@given(
    acts=st.lists(
        st.tuples(st.booleans(), st.integers(0, 1), st.integers(0, 700), st.sampled_from([500, 1_000])),
        max_size=40,
    )
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_counters_equal_a_sequential_model(
    scene: Scene,
    ledger: Ledger,
    pair: tuple[AccountRef, AccountRef],
    acts: list[tuple[bool, int, int, int]],
) -> None:
    """Takes and gives in any order, against caps that change: the counter says what a plain sum says."""
    people: list[UUID] = [new_id(HOME), new_id(HOME)]
    used = [0, 0]
    expected, entries = [], []
    for take, person, fen, cap in acts:
        if take:
            rider = day_limit_rider(HOME, people[person], "transfer", DAY, fen, cap)
            fits = used[person] + fen <= cap
            expected.append("posted" if fits else "DayLimit")
            used[person] += fen if fits else 0
        else:
            rider = day_release_rider(HOME, people[person], "transfer", DAY, fen)
            fits = fen <= used[person] and any(
                kind == "posted" and act[0] and act[1] == person
                for kind, act in zip(expected, acts, strict=False)
            )
            expected.append("posted" if fits else "DayNotTaken")
            used[person] -= fen if fits else 0
        entries.append(paying(pair, 1, rider))
    outcomes = [await post(ledger, entry) for entry in entries]

    assert outcomes == expected
    for person in (0, 1):
        assert await scene.access.day_used(HOME, people[person], "transfer", DAY) == used[person]


def test_every_rider_kind_is_named_for_the_room() -> None:
    assert [kind.name for kind in RIDER_KINDS] == [
        "access.spend_stored", "access.spend_fresh", "access.day_take", "access.day_release",
    ]  # fmt: skip
    assert {kind.refused for kind in RIDER_KINDS} == {EvidenceSpent, DayLimit, DayNotTaken}

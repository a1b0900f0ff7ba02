"""Runs end to end over a real database, content as it is released, and partners that say what a test tells them to."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from fengshou.catalog import ItemMissing
from fengshou.kernel import Missing, new_id
from fengshou.services import ActUnknown, FormWrong, News, NotNow, NotYours, Said, Subject
from tests.services.world import AT, BANK, OTHER, RENT, World, progress, run_job, somebody


async def test_a_case_from_the_phone_to_the_money(world: World) -> None:
    who = somebody()
    run = await world.rent(who)
    await world.settle()
    (ring,) = world.office.rings
    assert (ring.operation, ring.provider, ring.topic) == ("case.submit", "gov-330109", "gov.gjj.rent_draw")
    assert ring.params["form"]["monthly_rent"] == "2600"
    assert ring.subject == Subject("周明", "330109198601010011", "13800001111")

    for stage in ("accepted", "in_review", "approved", "delivered"):
        world.office.say(stage)
        await world.services.fetch_news()
        assert await world.state(who, run) == stage

    view = await world.services.view(who, run)
    assert [event["to_state"] for event in view.story] == [
        "draft", "submitted", "submitted", "accepted", "in_review", "approved", "delivered",
    ]  # fmt: skip
    assert view.acts == ()
    await world.settle()
    said = [facts["say_en"] for _, facts in world.town.letters]
    assert said == ["Handed in; the office is taking it in", "Accepted", "Being reviewed", "Approved", "Done"]


async def test_sent_back_for_mending_nothing_is_written_twice_and_the_clock_stands_still(
    world: World,
) -> None:
    who = somebody()
    run = await world.rent(who)
    world.office.answers.append(progress("returned", fix={"address": "门牌不清楚"}))
    await world.settle()
    before = await world.services.view(who, run)
    assert (before.state, before.facts["fix"]) == ("returned", {"address": "门牌不清楚"})
    assert before.acts == ("mend", "withdraw", "switch")

    world.clock.shift(timedelta(days=10))
    await world.services.tick()
    assert "overdue" not in (await world.services.view(who, run)).facts
    await world.services.act(who, run, "mend", uuid4(), {"form": {"address": "文晖路 12 号 3 幢 503 室"}})
    await world.settle()

    after = await world.services.view(who, run)
    assert after.form == {**RENT, "address": "文晖路 12 号 3 幢 503 室"}
    assert world.office.rings[-1].params == {
        "number": "GJJ-1",
        "form": {"address": "文晖路 12 号 3 幢 503 室"},
    }
    assert after.facts["due_at"] > before.facts["due_at"]


async def test_an_office_that_is_late_is_seen_to_be(world: World) -> None:
    who = somebody()
    run = await world.rent(who)
    await world.settle()
    world.clock.shift(timedelta(days=4))

    assert await world.services.tick() == 1
    assert await world.services.tick() == 0

    assert (await world.services.view(who, run)).facts["overdue"] is True
    assert await world.state(who, run) == "submitted"


async def test_one_case_begun_on_the_phone_and_ended_at_a_branch(world: World) -> None:
    who, clerk = somebody(), somebody(kind="staff")
    moved = await world.services.begin(who, "gov.gjj.rent_draw", uuid4(), {"form": {"household": "single"}})

    await world.services.act(
        clerk, moved.run, "submit", uuid4(), {"form": RENT}, way="branch", place="330109-01"
    )

    view = await world.services.view(who, moved.run)
    assert view.form == RENT
    assert [(event["who"], event["way"], event["place"]) for event in view.story] == [
        ("customer", "phone", ""), ("clerk", "branch", "330109-01"),
    ]  # fmt: skip


async def test_taking_back_waits_for_the_offices_word(world: World) -> None:
    who = somebody()
    run = await world.rent(who)
    await world.services.act(who, run, "withdraw", uuid4(), {})  # before the office has even a number for it
    world.office.answers += [progress("submitted"), progress("withdrawn")]
    await world.settle()

    assert [ring.operation for ring in world.office.rings] == ["case.submit", "case.withdraw"]
    assert await world.state(who, run) == "withdrawn"


async def test_a_refusal_is_appealed_once(world: World) -> None:
    who = somebody()
    run = await world.rent(who)
    world.office.answers += [
        progress("refused"),
        progress("in_review"),
    ]
    await world.settle()
    await world.services.act(who, run, "appeal", uuid4(), {"why": "合同是真的"})
    await world.settle()
    world.office.say("refused")
    await world.services.fetch_news()

    with pytest.raises(NotNow):
        await world.services.act(who, run, "appeal", uuid4(), {"why": "再申诉"})
    world.clock.shift(timedelta(days=61))
    await world.services.tick()
    assert await world.state(who, run) == "closed"


async def test_what_nobody_answered_is_asked_again_under_the_same_key(world: World) -> None:
    who = somebody()
    run = await world.rent(who)
    world.office.answers += [Said("unknown"), Said("unavailable"), progress("accepted")]
    from fengshou.services.partners import PartnerAway

    async with world.db.relay() as work:
        pass
    while await world.relay.move(BANK):
        pass
    async with world.db.relay() as work:
        rows = await work.fetch("DELETE FROM jobs.pgqueuer RETURNING entrypoint, payload")
    (asking,) = [row for row in rows if "services.ask" in row["entrypoint"]]
    for _ in range(2):
        with pytest.raises(PartnerAway):
            await run_job(world.jobs, asking["entrypoint"], asking["payload"])
        assert await world.state(who, run) == "submitted"
    for _ in range(3):  # at least once is more than once
        await run_job(world.jobs, asking["entrypoint"], asking["payload"])
        world.office.answers.append(progress("accepted"))

    assert len({ring.key for ring in world.office.rings}) == 1
    assert await world.state(who, run) == "accepted"


@pytest.mark.parametrize(
    "said",
    [
        Said("done", {"number": "GJJ-1"}),
        Said("done", {"number": "GJJ-1", "stage": "rich", "at": AT}),
        Said("done", {"number": "x" * 5_000, "stage": "approved", "at": AT}),
        Said("done", {"number": "GJJ-1", "stage": "approved", "at": AT, "more": 1}),
        Said("done", {}),
    ],
)
async def test_a_word_off_its_form_moves_nothing(world: World, said: Said) -> None:
    who = somebody()
    run = await world.rent(who)
    await world.settle()
    world.office.say("approved")
    last = world.office.mail.pop()
    world.office.mail.append(News(last.message, last.provider, last.operation, last.key, said))
    await world.services.fetch_news()

    assert await world.state(who, run) == "submitted"


async def test_news_of_anothers_case_moves_nothing(world: World) -> None:
    who = somebody()
    run = await world.rent(who)
    await world.settle()
    world.office.say("approved")
    last = world.office.mail.pop()
    world.office.mail += [
        News("a", "gov-330102", last.operation, last.key, last.said),
        News("b", last.provider, last.operation, new_id(BANK), last.said),
        News("c", last.provider, "bill.status", last.key, last.said),
    ]
    await world.services.fetch_news()

    assert await world.state(who, run) == "submitted"


async def test_the_same_key_is_the_same_act_also_at_once(world: World) -> None:
    who, key, other = somebody(), uuid4(), uuid4()

    begun = await asyncio.gather(
        *(world.services.begin(who, "gov.gjj.rent_draw", key, {"form": RENT}) for _ in range(20))
    )
    run = begun[0].run
    assert {moved.run for moved in begun} == {run}
    assert sum(not moved.again for moved in begun) == 1
    sent = await asyncio.gather(*(world.services.act(who, run, "submit", other, {}) for _ in range(20)))
    assert {moved.version for moved in sent} == {2}
    await world.settle()
    assert len(world.office.rings) == 1


async def test_of_two_acts_at_once_one_wins(world: World) -> None:
    who = somebody()
    moved = await world.services.begin(who, "gov.gjj.rent_draw", uuid4(), {"form": RENT})

    said = await asyncio.gather(
        *(world.services.act(who, moved.run, act, uuid4(), {}) for act in ("submit", "discard") * 10),
        return_exceptions=True,
    )

    assert sum(not isinstance(one, NotNow) for one in said) == 1
    assert len((await world.services.view(who, moved.run)).story) == 2


async def test_a_refusal_leaves_nothing(world: World) -> None:
    who = somebody()
    with pytest.raises(FormWrong) as wrong:
        await world.services.begin(who, "gov.gjj.detail", uuid4(), {"form": {"months": 99}})
    assert wrong.value.facts["field"] == "months"
    with pytest.raises(ItemMissing):
        await world.services.begin(who, "gov.gjj.none", uuid4(), {})
    moved = await world.services.begin(
        who, "gov.gjj.rent_draw", uuid4(), {"form": {**RENT, "promise": False}}
    )
    with pytest.raises(FormWrong):
        await world.services.act(who, moved.run, "submit", uuid4(), {})
    with pytest.raises(ActUnknown):
        await world.services.act(who, moved.run, "steal", uuid4(), {})
    with pytest.raises(NotYours):
        await world.services.act(who, moved.run, "forget", uuid4(), {})

    assert len(await world.services.mine(who, BANK)) == 1
    assert (await world.services.view(who, moved.run)).version == 1


async def test_a_strangers_run_is_not_there(world: World) -> None:
    who = somebody()
    run = await world.rent(who)

    for stranger in (somebody(), somebody(OTHER), somebody(OTHER, "staff")):
        with pytest.raises(Missing):
            await world.services.view(stranger, run)
        with pytest.raises(Missing):
            await world.services.act(stranger, run, "withdraw", uuid4(), {})
    assert await world.services.mine(somebody(), BANK) == []
    assert await world.state(somebody(kind="staff"), run) == "submitted"


async def test_what_people_write_lies_sealed_and_leaves_sealed(world: World) -> None:
    await world.rent(somebody())

    async with world.db.relay() as work:
        rows = await work.fetch("SELECT to_jsonb(r) AS row FROM services.run r")
        rows += await work.fetch("SELECT to_jsonb(e) AS row FROM services.event e")
        rows += await work.fetch("SELECT to_jsonb(o) AS row FROM kernel.outbox o")
    assert rows
    assert not any("文晖路" in str(row["row"]) or "2600" in str(row["row"]) for row in rows)


async def test_a_repair_from_report_to_thanks(world: World) -> None:
    who = somebody()
    form = {"category": "lift", "place": "3 幢", "what": "电梯停在五楼不动"}
    ticket = {"number": "T1", "at": AT}
    world.company.answers += [Said("done", {**ticket, "state": "assigned", "worker": "李师傅"})]
    moved = await world.services.begin(who, "prop.repair.repair", uuid4(), {"form": form})
    await world.settle()
    view = await world.services.view(who, moved.run)
    assert (view.state, view.facts["worker"]) == ("assigned", "李师傅")
    key = world.company.rings[0].key
    done = Said("done", {**ticket, "state": "resolved", "note_zh": "换了门机皮带"})
    world.company.mail.append(News("n1", "prop-330109", "ticket.status", key, done))
    await world.services.fetch_news()
    world.company.answers += [Said("done", {**ticket, "state": "closed"})]

    await world.services.act(who, moved.run, "rate", uuid4(), {"stars": 5})
    await world.settle()

    assert await world.state(who, moved.run) == "closed"
    assert world.company.rings[-1].params["stars"] == 5


async def test_an_answer_of_records_is_kept_sealed_and_shown(world: World) -> None:
    who = somebody()
    row = {"month": "2026-10", "amount_fen": 100, "state": "paid", "unit": "丰穗幼儿园", "secret": "x"}
    world.office.answers += [Said("done", {"as_of": AT, "records": [row]})]

    moved = await world.services.begin(who, "gov.gjj.detail", uuid4(), {"form": {"months": 6}})
    await world.settle()

    view = await world.services.view(who, moved.run)
    assert view.state == "answered"
    assert world.office.rings[0].subject == Subject(
        "周明", "330109198601010011", None
    )  # no more than it takes
    assert view.form["records"] == [{name: value for name, value in row.items() if name != "secret"}]
    assert view.facts["count"] == 1


async def test_an_act_that_breaks_its_machine_harms_nobody_else(world: World) -> None:
    said = await asyncio.gather(
        *(
            world.services.begin(somebody(), "gov.gjj.rent_draw", uuid4(), {"form": 5 if n == 7 else RENT})
            for n in range(20)
        ),
        return_exceptions=True,
    )

    assert [n for n, one in enumerate(said) if isinstance(one, BaseException)] == [7]
    assert isinstance(said[7], TypeError)

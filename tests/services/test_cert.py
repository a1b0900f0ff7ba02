"""Certificates: issued by the office, shown for minutes after it was asked again, verified by a code, called back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from pydantic import ValidationError

from fengshou.kernel import BankError, Principal
from fengshou.services import Definition, News, Said
from tests.services.world import AT, BANK, CONTENT, World, somebody

SERVICE, FORM = "gov.shebao.proof", {"purpose": "loan"}
CLAIMS = {"name": "周明", "id_number": "330109198601010011", "months": 88, "base_fen": 612_300}


def certificate(state: str = "valid", until: str | None = "2099-11-24") -> Said:
    """What the office says of it."""
    return Said(
        "done", {"number": "DZ7", "state": state, "issued_at": AT, "valid_until": until, "claims": CLAIMS}
    )


async def issued(world: World, who: Principal) -> UUID:
    """A run whose certificate is there."""
    world.office.answers.append(certificate())
    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run
    await world.settle()
    return run


async def shown(world: World, who: Principal) -> tuple[UUID, str]:
    """One that is being shown, and its code."""
    run = await issued(world, who)
    world.office.answers.append(certificate())
    await world.services.act(who, run, "show", uuid4(), {})
    await world.settle()
    return run, str((await world.services.view(who, run)).form["code"])


async def test_it_is_issued_about_the_person_whose_claims_lie_sealed(world: World) -> None:
    who = somebody()
    run = await issued(world, who)
    view = await world.services.view(who, run)
    assert (view.state, view.facts["number"], view.facts["valid_until"]) == ("issued", "DZ7", "2099-11-24")
    assert view.form["claims"] == CLAIMS
    assert "周明" not in str(view.facts)
    ring = world.office.rings[-1]
    assert (ring.params["kind"], ring.params["claims"]) == ("gov.shebao.proof", {"purpose": "loan"})
    assert ring.subject is not None
    assert ring.subject.id_number == "330109198601010011"
    async with world.db.read(BANK) as work:
        written = await work.fetch("SELECT facts::text FROM services.event WHERE run = $1", run)
    assert written
    assert "330109198601010011" not in str(written)


async def test_the_office_refuses(world: World) -> None:
    who = somebody()
    world.office.answers.append(Said("refused", {}, "no_such_item", "没有这个事项", "No such item"))
    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run
    await world.settle()
    view = await world.services.view(who, run)
    assert (view.state, view.facts["note_en"]) == ("rejected", "No such item")


async def test_it_is_shown_for_minutes_and_verified_by_a_clerk(world: World) -> None:
    who, clerk = somebody(), somebody(BANK, "staff", "teller")
    run, code = await shown(world, who)
    assert await world.state(who, run) == "presented"
    for wrong in ("FSZZ0", "", None, 7, code.lower()):
        with pytest.raises(BankError, match="CERT_CODE_WRONG"):
            await world.services.act(clerk, run, "verify", uuid4(), {"code": wrong})
    with pytest.raises(BankError, match="NOT_YOURS"):
        await world.services.act(who, run, "verify", uuid4(), {"code": code})
    await world.services.act(clerk, run, "verify", uuid4(), {"code": code})
    assert (await world.services.view(who, run)).facts["verified"] == 1

    world.clock.shift(timedelta(minutes=6))
    with pytest.raises(BankError, match="CERT_CODE_WRONG"):
        await world.services.act(clerk, run, "verify", uuid4(), {"code": code})
    await world.services.tick()
    view = await world.services.view(who, run)
    assert (view.state, "code" in view.form) == ("issued", False)


async def test_each_showing_has_a_code_of_its_own(world: World) -> None:
    who = somebody()
    run, first = await shown(world, who)
    world.clock.shift(timedelta(minutes=6))
    await world.services.tick()
    world.office.answers.append(certificate())
    await world.services.act(who, run, "show", uuid4(), {})
    await world.settle()
    assert (await world.services.view(who, run)).form["code"] not in (first, None)


async def test_what_was_called_back_is_not_shown(world: World) -> None:
    who = somebody()
    run = await issued(world, who)
    world.office.answers.append(certificate("revoked"))
    await world.services.act(who, run, "show", uuid4(), {})
    await world.settle()
    view = await world.services.view(who, run)
    assert (view.state, "code" in view.form) == ("revoked", False)
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(who, run, "show", uuid4(), {})


async def test_called_back_while_it_is_shown_by_the_offices_own_word(world: World) -> None:
    who, clerk = somebody(), somebody(BANK, "staff", "teller")
    run, code = await shown(world, who)
    ring = world.office.rings[-1]
    world.office.mail.append(News("r1", ring.provider, "cert.status", ring.key, certificate("revoked")))
    await world.services.fetch_news()
    assert await world.state(who, run) == "revoked"
    with pytest.raises(BankError, match="NOT_NOW"):
        await world.services.act(clerk, run, "verify", uuid4(), {"code": code})


async def test_suspended_comes_back_when_the_office_says_so(world: World) -> None:
    who = somebody()
    run = await issued(world, who)
    for state, ends in (("suspended", "suspended"), ("valid", "presented")):
        world.office.answers.append(certificate(state))
        await world.services.act(who, run, "show", uuid4(), {})
        await world.settle()
        assert await world.state(who, run) == ends


async def test_an_office_that_does_not_answer_shows_nothing(world: World) -> None:
    who = somebody()
    run = await issued(world, who)
    await world.services.act(who, run, "show", uuid4(), {})
    await world.settle()  # pending
    assert await world.state(who, run) == "showing"
    world.clock.shift(timedelta(minutes=6))
    await world.services.tick()
    view = await world.services.view(who, run)
    assert (view.state, "code" in view.form) == ("issued", False)


async def test_shown_twice_at_once_is_shown_once(world: World) -> None:
    who = somebody()
    run = await issued(world, who)
    asked = len(world.office.rings)
    did = await asyncio.gather(
        *(world.services.act(who, run, "show", uuid4(), {}) for _ in range(5)), return_exceptions=True
    )
    await world.settle()
    assert sum(isinstance(one, BankError) for one in did) == 4
    assert len(world.office.rings) == asked + 1


async def test_past_its_time_it_is_over(world: World) -> None:
    who = somebody()
    soon = (world.clock.today() + timedelta(days=2)).isoformat()
    world.office.answers.append(certificate(until=soon))
    run = (await world.services.begin(who, SERVICE, uuid4(), {"form": FORM})).run
    await world.settle()
    world.clock.shift(timedelta(days=4))
    await world.services.tick()
    assert await world.state(who, run) == "expired"


@pytest.mark.parametrize(
    ("change", "say"),
    [
        ({"tells": ["name"]}, "add id_number to `tells`"),
        ({"cert": {"kind": "x", "claims": []}}, "claims"),
        ({"cert": None}, "has no `cert:` section"),
        (
            {"cert": {"kind": "x", "claims": [{"name": "a", "label": {"zh": "甲", "en": "A"}}] * 2}},
            "stands twice",
        ),
    ],
)
def test_the_linter_says_what_to_do(change: dict[str, Any], say: str) -> None:
    items = yaml.safe_load((CONTENT / "services/government/cert.yaml").read_text("utf-8"))["items"]
    with pytest.raises(ValidationError, match=say):
        Definition.model_validate({**items[0], **change})

"""pages.cohort, pages.report: which pages a reader is shown, and how the pages do on the phone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from fengshou.channels.app.ops import op
from fengshou.channels.edge import Ask, Call, Empty, Show


class Cohort(Show):
    """The key to ask the manifest with; empty: everybody's."""

    cohort: str


class Opened(Ask):
    """A page by its hash: how often it was opened, how often it failed, and the kind of what failed first."""

    page: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    opens: Annotated[int, Field(ge=0, le=1_000)]
    errors: Annotated[int, Field(ge=0, le=1_000)] = 0
    first: Annotated[str, StringConstraints(max_length=40, pattern=r"^[a-z_.]*$")] = ""


class ReportAsk(Ask):
    """The pages opened since the last report."""

    items: Annotated[list[Opened], Field(max_length=50)]


class Heard(Show):
    """It was counted."""


@op("pages.cohort", auth="none")
async def cohort(call: Call, ask: Empty) -> Cohort:
    """The cohort of who asks: their bank, and the gray runs they are in."""
    if call.caller is None:
        return Cohort(cohort="")
    return Cohort(cohort=await call.doors.pages.publishing.cohort_of(call.caller.id, call.caller.bank))


@op("pages.report", auth="none", changes=True, braked=True)
async def report(call: Call, ask: ReportAsk) -> Heard:
    """Count what a phone saw."""
    reader = str(call.caller.id) if call.caller else call.hint.address
    for one in ask.items:
        call.doors.pages.health.report(reader, one.page, one.opens, one.errors, call.doors.clock.now())
    return Heard()

"""query (查询): ask a provider for records; the answer stays with the run, so that it can be shown again."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fengshou.catalog import Content, Words
from fengshou.services.machine import BEGIN, Act, Ask, Change, Defined, Machine, Run, step


class Column(Content):
    """A column of the records: what the provider calls it, what people read, how it is shown."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    label: Words
    show: Literal["text", "fen", "date", "instant", "number"] = "text"
    masked: bool = False


class QuerySpec(Content):
    """What is asked for. `account`: the form's field that names an account at the provider."""

    columns: tuple[Column, ...] = Field(min_length=1, max_length=30)
    layout: Literal["list", "card", "table", "chart"] = "list"
    account: str | None = None
    note: Words | None = None


def _begin(definition: Defined, run: Run, act: Act) -> Change:
    spec: QuerySpec = definition.section
    form = definition.checked(act.body.get("form", {}), act)
    params: dict[str, Any] = {
        "filters": {name: value for name, value in form.items() if name != spec.account}
    }
    if spec.account is not None:
        params["account"] = form.get(spec.account)
    return Change(form=form, effects=(Ask("query.fetch", "answer", params),))


def _answer(definition: Defined, run: Run, act: Act) -> Change:
    said = act.body
    if said["state"] == "done":
        shown = {column.name for column in definition.section.columns}
        rows = [{name: row.get(name) for name in shown} for row in said["body"]["records"]]
        # Records are about the person: they lie with the form, sealed.
        return Change(form={"records": rows}, facts={"as_of": said["body"]["as_of"], "count": len(rows)})
    return Change(to="unavailable", facts={"reason": said.get("reason")})


MACHINE = Machine(
    "query",
    [
        step(BEGIN, "", "requested", "customer clerk", _begin),
        step("answer", "requested", "answered", "partner system", _answer, also="unavailable"),
    ],
    final="answered unavailable",
)

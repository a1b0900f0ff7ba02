"""Cases of services as a desk sees them: in a list, and whole with what may be done now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fengshou.catalog import Words
from fengshou.channels.console.shapes import Bi, staff_name
from fengshou.channels.edge import Call, Doors, Show
from fengshou.kernel import BankError, Principal, bank_of
from fengshou.party import Customer
from fengshou.services import WAYS, Case, FileFacts, RunView, number_of, said_of_name, said_of_value

_NOTHING = Bi(zh="", en="")
_ACTS = {
    "begin": Bi(zh="开始填写", en="Begun"),
    "save": Bi(zh="保存草稿", en="Saved"),
    "submit": Bi(zh="提交", en="Handed in"),
    "claim": Bi(zh="领取", en="Claimed"),
    "hand_on": Bi(zh="转办", en="Handed on"),
    "pass": Bi(zh="本步通过", en="Passed on"),
    "send_back": Bi(zh="退回补正", en="Sent back"),
    "mend": Bi(zh="补正后交回", en="Mended"),
    "decide": Bi(zh="提出意见", en="Decided"),
    "agree": Bi(zh="复核同意", en="Agreed"),
    "differ": Bi(zh="复核不同意", en="Differed"),
    "deliver": Bi(zh="发给客户", en="Handed over"),
    "switch": Bi(zh="改办理方式", en="Way changed"),
    "withdraw": Bi(zh="客户撤回", en="Taken back"),
    "appeal": Bi(zh="客户申诉", en="Appealed"),
    "late": Bi(zh="超过时限，上报", en="Late, gone up"),
    "overdue": Bi(zh="超过总时限", en="Past its time"),
    "progress": Bi(zh="受理单位回话", en="The office answered"),
    "give_up": Bi(zh="确认没有办成", en="Given up"),
    "give_back": Bi(zh="已退款", en="Money given back"),
    "resolve": Bi(zh="已退款", en="Money given back"),
    "close": Bi(zh="归档", en="Closed"),
}
_OTHERS = {
    "customer": Bi(zh="客户", en="Customer"),
    "partner": Bi(zh="对方单位", en="Partner"),
    "system": Bi(zh="系统", en="System"),
}
_STAGES_BEFORE, _STAGES_AFTER = Bi(zh="提交", en="Handed in"), Bi(zh="办结", en="Done")


class Row(Show):
    """Something filled in or found out, and its name."""

    label: Bi
    text: Bi


class FileItem(Show):
    """A paper that was handed in."""

    id: UUID
    name: str


class CaseRow(Show):
    """A case in the list. `state` is a word of the machine; `step` what its desk calls where it stands."""

    id: UUID
    number: str
    service: str
    name: Bi
    customer_masked: str
    way: Bi
    state: str
    step: Bi
    due_at: datetime | None
    late: bool
    holder: str
    mine: bool


class PersonShow(Show):
    """Whose case it is."""

    id: UUID
    name: str
    initial: str
    age: int | None
    phone_masked: str
    bank_name: Bi


class StepShow(Show):
    """A stage of its way."""

    text: Bi


class Happened(Show):
    """Something that was done: by whom, where, by which way."""

    at: datetime
    text: Bi
    who: Bi
    where: Bi
    look: str


class Said(Show):
    """What one person said and another is to agree with."""

    verdict: str
    why: str
    by: str
    mine: bool


class Choice(Show):
    """Something that can be named in an act."""

    value: str
    text: Bi


class MendShow(Show):
    """The one thing that is to be mended, where a clerk can write it down for the customer who stands there."""

    name: str
    label: Bi
    why: Bi
    options: tuple[Choice, ...]


class CaseShow(Show):
    """A case whole. `can` names what this colleague may do with it now."""

    id: UUID
    number: str
    service: str
    name: Bi
    office: Bi
    state: str
    step: Bi
    now: int
    steps: tuple[StepShow, ...]
    person: PersonShow
    way: Bi
    place: str
    began_at: datetime
    due_at: datetime | None
    total_due_at: datetime | None
    late: bool
    paused: bool
    holder: str
    mine: bool
    four_eyes: bool
    note: Bi
    rows: tuple[Row, ...]
    files: tuple[FileItem, ...]
    fix: tuple[Row, ...]
    outcome: tuple[Row, ...]
    said: Said | None
    differed: str
    story: tuple[Happened, ...]
    fields: tuple[Choice, ...]
    ways: tuple[Choice, ...]
    mend: MendShow | None
    can: tuple[str, ...]


async def case_rows(call: Call, cases: Sequence[Case]) -> tuple[CaseRow, ...]:
    """Rows with names; each home bank is asked once."""
    people = await _people(call.doors, {case.customer for case in cases})
    holders = await _names(call.doors, {_holder(case.facts) for case in cases})
    me = call.who.id
    return tuple(
        CaseRow(
            id=case.id, number=case.number, service=case.service, name=bi_of(case.definition.name),
            customer_masked=(people[case.customer].name_masked or "") if case.customer in people else "",
            way=way_of(case.facts), state=case.state, step=_step_of(case.definition, case.facts), due_at=case.due_at,
            late=_late(case.facts), holder=holders.get(_holder(case.facts), ""), mine=_holder(case.facts) == me,
        )
        for case in cases
    )  # fmt: skip


async def case_show(call: Call, view: RunView, person: Customer, files: Sequence[FileFacts]) -> CaseShow:
    """A case with all a clerk decides by."""
    doors, facts, one = call.doors, view.facts, view.definition
    stages = _stages(one)
    names = [stage.name for stage in stages]
    at = names.index(facts["stage"]) + 2 if facts.get("stage") in names else len(stages) + 2
    bank, total = doors.party.bank(person.bank), _instant(facts.get("due_at"))
    return CaseShow(
        id=view.id, number=number_of(view.id), service=view.service, name=bi_of(one.name), office=_office(one),
        state=view.state, step=_step_of(one, facts), now=at,
        steps=tuple(
            StepShow(text=text) for text in (_STAGES_BEFORE, *(bi_of(s.label) for s in stages), _STAGES_AFTER)
        ),
        person=PersonShow(
            id=person.id, name=person.name or "", initial=(person.name or "?")[:1],
            age=person.age(doors.clock.today()), phone_masked=person.phone_masked,
            bank_name=Bi(zh=bank.name_zh, en=bank.name_en),
        ),
        way=way_of(facts), place=str(facts.get("place") or ""), began_at=view.began_at,
        due_at=_instant(facts.get("stage_due_at")) or total,
        total_due_at=total, late=_late(facts),
        paused=facts.get("paused_at") is not None, holder=await staff_name(doors, _holder(facts)),
        mine=_holder(facts) == call.who.id, four_eyes=any(s.four_eyes for s in stages if s.name == facts.get("stage")),
        note=_note(facts), rows=_rows(view), files=tuple(FileItem(id=f.id, name=f.name) for f in files),
        fix=tuple(
            Row(label=bi_of(said_of_name(one, name)), text=_both(why)) for name, why in (facts.get("fix") or {}).items()
        ),
        outcome=tuple(Row(label=_both(name), text=_both(str(v))) for name, v in (facts.get("outcome") or {}).items()),
        said=await _said(call, facts.get("proposed")), differed=str(facts.get("differed") or ""),
        story=await _story(call, view),
        fields=(
            *(Choice(value=field.name, text=bi_of(field.label)) for field in one.form),
            *(Choice(value=paper.name, text=bi_of(paper.label)) for paper in one.materials),
        ),
        ways=tuple(Choice(value=way, text=bi_of(WAYS[way])) for way in one.ways),
        mend=_mend(view),
        can=can_of(view, call.who),
    )  # fmt: skip


def can_of(view: RunView, who: Principal) -> tuple[str, ...]:
    """What this colleague may do with a case now: what the machine allows a clerk, to whom it is theirs."""
    facts, can = view.facts, []
    holder, said = _holder(facts), facts.get("proposed") or {}
    stages = _stages(view.definition)
    last = bool(stages) and facts.get("stage") == stages[-1].name
    for act in view.acts:
        mine, chief = holder == who.id, "supervisor" in who.roles
        yes = {
            "claim": holder is None and facts.get("desk") in who.roles and view.state != "deciding",
            "hand_on": holder is not None and (mine or chief),
            "pass": mine and not last and view.state != "appealed",
            "send_back": mine,
            "decide": mine,
            "agree": said.get("by") != str(who.id) and (facts.get("desk") in who.roles or chief),
            "differ": said.get("by") != str(who.id) and (facts.get("desk") in who.roles or chief),
            "deliver": bool(stages),
            "give_up": mine,
            "give_back": mine,
            "resolve": chief,
            "mend": _mend(view) is not None,
            "switch": True,
        }.get(act, False)
        if yes:
            can.append(act)
    if "decide" in can and (last or view.state == "appealed"):
        can.append("approve")  # before the last stage a case can be refused, not approved
    return tuple(can)


def bi_of(words: Words) -> Bi:
    """A text of content."""
    return Bi(zh=words.zh, en=words.en)


def _rows(view: RunView) -> tuple[Row, ...]:
    """What was filled in, in the order of the form."""
    fields = [field for field in view.definition.form if field.name in view.form]
    return tuple(
        Row(label=bi_of(field.label), text=bi_of(said_of_value(field, view.form[field.name])))
        for field in fields
    )


def _note(facts: Mapping[str, Any]) -> Bi:
    """What was written to the customer last."""
    zh = str(facts.get("note_zh") or "")
    return Bi(zh=zh, en=str(facts.get("note_en") or zh))


def _mend(view: RunView) -> MendShow | None:
    """Papers come from the customer's own phone; of fields, what one line or one choice answers."""
    fix = view.facts.get("fix") or {}
    field = next((one for one in view.definition.form if list(fix) == [one.name]), None)
    if field is None or field.kind == "choices":
        return None
    options = tuple(Choice(value=one.value, text=bi_of(one.label)) for one in field.options)
    if field.kind == "yes":
        options = (
            Choice(value="yes", text=Bi(zh="是", en="Yes")),
            Choice(value="no", text=Bi(zh="否", en="No")),
        )
    return MendShow(
        name=field.name, label=bi_of(field.label), why=_both(str(fix[field.name])), options=options
    )


def way_of(facts: Mapping[str, Any]) -> Bi:
    """One of the four ways."""
    return bi_of(WAYS[str(facts.get("way") or "phone")])


def _stages(definition: Any) -> tuple[Any, ...]:
    return tuple(getattr(definition.section, "stages", ()))


def _step_of(definition: Any, facts: Mapping[str, Any]) -> Bi:
    found = next((one for one in _stages(definition) if one.name == facts.get("stage")), None)
    return bi_of(found.label) if found else _NOTHING


def _office(definition: Any) -> Bi:
    office = getattr(definition.section, "office", None)
    return bi_of(office) if office else _NOTHING


def _holder(facts: Mapping[str, Any]) -> UUID | None:
    found = facts.get("claimed_by")
    return UUID(found) if found else None


def _late(facts: Mapping[str, Any]) -> bool:
    return bool(facts.get("overdue"))


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


async def _said(call: Call, said: Mapping[str, Any] | None) -> Said | None:
    if not said:
        return None
    by = UUID(said["by"])
    return Said(
        verdict=said["verdict"], why=said.get("why") or "", by=await staff_name(call.doors, by), mine=by == call.who.id
    )  # fmt: skip


async def _story(call: Call, view: RunView) -> tuple[Happened, ...]:
    """The newest first: a clerk reads what happened last."""
    names = await _names(call.doors, {event["who_id"] for event in view.story if event["who"] == "clerk"})
    branches = {one.name_zh: one.name_en for one in call.doors.party.branches(call.who.bank)}
    return tuple(
        Happened(
            at=event["at"], text=_ACTS.get(event["act"], Bi(zh=event["act"], en=event["act"])),
            who=_both(names.get(event["who_id"], "")) if event["who"] == "clerk" else _OTHERS[event["who"]],
            where=_where(event, branches),
            look="bad" if event["to_state"] == "refused" else "wait" if event["act"] == "send_back" else "on",
        )
        for event in reversed(view.story)
    )  # fmt: skip


def _where(event: Mapping[str, Any], branches: Mapping[str, str]) -> Bi:
    """The way and the place; a branch of ours has its name in both languages."""
    way = bi_of(WAYS[event["way"]])
    place = str(event["place"] or "")
    return Bi(zh=f"{way.zh}·{place}", en=f"{way.en}·{branches.get(place, place)}") if place else way


def _both(text: str) -> Bi:
    return Bi(zh=text, en=text)


async def _names(doors: Doors, ids: set[UUID | None]) -> dict[UUID | None, str]:
    return {id_: await staff_name(doors, id_) for id_ in ids if id_ is not None}


async def _people(doors: Doors, ids: set[UUID]) -> dict[UUID, Customer]:
    found: dict[UUID, Customer] = {}
    for bank in {bank_of(id_) for id_ in ids}:
        async with doors.db.read(bank) as work:
            for id_ in ids:
                if bank_of(id_) == bank:
                    try:
                        found[id_] = await doors.party.customer(work, id_)
                    except BankError:  # a clerk's own task is about no customer
                        continue
    return found

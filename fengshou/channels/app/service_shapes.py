"""Runs of services as their owner sees them, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fengshou.catalog import Words
from fengshou.channels.app.shapes import Bi, Moment
from fengshou.channels.edge import Show
from fengshou.kernel import Money
from fengshou.pages import ICONS
from fengshou.services import (
    TOLD,
    WAYS,
    Definition,
    FileFacts,
    RunView,
    article_of,
    in_words,
    page_id,
    said_of_act,
    said_of_name,
    said_of_state,
    said_of_value,
)

TONES: Mapping[str, str] = {
    "government": "brand", "social": "info", "insurance": "gift", "medical": "gift", "transport": "grain",
    "merchant": "soil", "community": "info", "park": "lotus", "campus": "lotus",
}  # fmt: skip
_ENDED_WELL = frozenset(
    {
        "delivered", "closed", "answered", "rated", "paid", "resolved", "changed", "granted", "used", "present",
        "corrected", "done", "passed", "wrapped_up", "issued", "redeemed", "posted", "confirmed", "settled",
        "captured", "credited", "clear", "presented", "read",
        "acknowledged",
    }
)  # fmt: skip
_ENDED_ILL = frozenset(
    {
        "refused", "unavailable", "forgotten", "withdrawn", "cancelled", "unchanged", "denied", "revoked", "expired",
        "upheld", "absent", "failed", "left", "missed", "over", "lost", "clawed_back", "rejected", "came_back",
        "lapsed", "reversed", "refunded",
    }
)  # fmt: skip
_MINE = frozenset(
    {
        "draft", "returned", "resolved", "pending_auth", "expected", "elsewhere", "eligible", "wrapped_up",
        "confirming", "quoted", "scanned", "offered", "due", "owed", "ordered", "published",
    }
)  # fmt: skip
_TOUCHES: Mapping[str, Words | None] = {
    "suspend": None, "resume": None, "show": None, "check_in": None, "draw": None, "confirm": None, "acknowledge": None,
    "pay": Words(zh="确认付款吗？", en="Pay now?"), "place": Words(zh="确认委托吗？", en="Order it?"),
    "decline": Words(zh="不同意这次更改吗？", en="Decline this change?"),
    "revoke": Words(zh="收回后这张通行证不能再用", en="Called back, the pass opens nothing any more"),
    "leave": Words(zh="离开后要重新排队", en="To come back you queue again"),
}  # fmt: skip


class Row(Show):
    """Something filled in or found out, and its name."""

    label: Bi
    text: Bi


class Record(Show):
    """A record that was looked up. `fen` stands where it is money."""

    title: Bi
    note: Bi
    fen: int | None


class Place(Show):
    """A place near. `link` is for the phone's map application."""

    title: Bi
    note: Bi
    hours: Bi
    phone: str
    link: str


class FileItem(Show):
    """A file that was handed in."""

    id: UUID
    name: str


class RunItem(Show):
    """A run in a list."""

    id: UUID
    service: str
    name: Bi
    icon: str
    tone: str
    state: str
    state_text: Bi
    at: datetime
    mine: bool


class Touch(Show):
    """Something that is done by a touch: `more` goes with it, `asks` is asked before."""

    act: str
    text: Bi
    asks: Bi
    more: dict[str, tuple[str, ...]]


class RunShow(Show):
    """A run. `look` is how its state is drawn; `mine` that it waits for its owner; `fix` what is to be mended; `code`
    what is shown to be scanned, until `code_until`; `touches` what a touch does.
    """

    id: UUID
    service: str
    page: str
    name: Bi
    receipt: Bi
    provider: Bi
    archetype: str
    state: str
    state_text: Bi
    look: str
    note: Bi
    number: str
    way: Bi
    began_at: datetime
    due_at: datetime | None
    overdue: bool
    moments: tuple[Moment, ...]
    rows: tuple[Row, ...]
    records: tuple[Record, ...]
    files: tuple[FileItem, ...]
    fix: tuple[Row, ...]
    outcome: tuple[Row, ...]
    form: dict[str, Any]
    can: tuple[str, ...]
    code: str
    code_until: datetime | None
    touches: tuple[Touch, ...]
    article: Bi
    places: tuple[Place, ...]


def bi_of(words: Words) -> Bi:
    """A text of content."""
    return Bi(zh=words.zh, en=words.en)


def icon_of(name: str) -> str:
    """An icon that is drawn; content may ask for one that is not there yet."""
    return {"wrench": "repair"}.get(name, name if name in ICONS else "doc")


def item_of(view: RunView) -> RunItem:
    """A run as a row of a list."""
    one = view.definition
    return RunItem(
        id=view.id, service=view.service, name=bi_of(one.name), icon=icon_of(one.icon),
        tone=TONES.get(one.cloud, "brand"), state=view.state, state_text=bi_of(said_of_state(view.state)),
        at=view.began_at, mine=view.state in _MINE,
    )  # fmt: skip


def run_of(view: RunView, files: Sequence[FileFacts]) -> RunShow:
    """A run whole."""
    one, facts = view.definition, view.facts
    texts = {field.name: field for field in one.form}
    fix = facts.get("fix") or {}
    form = {name: value for name, value in view.form.items() if name in texts}
    can = tuple(act for act in view.acts if said_of_act(act) is not None)
    nobody = Bi(zh="", en="")
    return RunShow(
        id=view.id,
        service=view.service,
        page=page_id(view.service),
        name=bi_of(one.name),
        receipt=bi_of(one.receipt),
        provider=bi_of(view.provider) if view.provider else nobody,
        archetype=one.archetype,
        state=view.state,
        state_text=bi_of(said_of_state(view.state)),
        look=_look(view.state),
        note=_note(view),
        number=str(facts.get("number") or ""),
        way=bi_of(WAYS[str(facts.get("way") or "phone")]),
        began_at=view.began_at,
        due_at=_instant(facts.get("due_at")),
        overdue=bool(facts.get("overdue")),
        moments=_moments(view),
        rows=tuple(
            Row(label=bi_of(texts[n].label), text=bi_of(said_of_value(texts[n], value)))
            for n, value in form.items()
            if one.feed is None
        ),
        records=_records(view),
        files=tuple(FileItem(id=one.id, name=one.name) for one in files),
        fix=tuple(Row(label=bi_of(said_of_name(one, name)), text=_both(say)) for name, say in fix.items()),
        outcome=_outcome(view),
        form=form,
        can=can,
        code=str(view.form.get("code") or (view.form.get("outcome") or {}).get("code") or ""),
        code_until=_instant(facts.get("code_until") or facts.get("until_at")),
        touches=tuple(_touch(one, act, facts) for act in can if act in _TOUCHES),
        article=_article(view),
        places=tuple(_place(one) for one in view.form.get("places") or ()) if one.map is not None else (),
    )


_NAMES: Mapping[str, Words] = {
    "result": Words(zh="结果", en="Result"), "prize": Words(zh="奖品", en="Prize"), "code": Words(zh="券码", en="Code"),
    "number": Words(zh="编号", en="Number"), "certificate": Words(zh="证照编号", en="Certificate"),
    "valid_until": Words(zh="有效期至", en="Valid until"), "price_e4": Words(zh="单价", en="Price"),
    "units_e2": Words(zh="份额", en="Units"), "fee_fen": Words(zh="手续费", en="Fee"),
    "passed": Words(zh="已开门次数", en="Opened so often"), "roll": Words(zh="抽到的数", en="Number drawn"),
    "commitment": Words(zh="事先公布的种子摘要", en="Digest of the seed, shown before"),
    "seed": Words(zh="种子", en="Seed"), "salt": Words(zh="您的那一份", en="Your part"),
}  # fmt: skip
_SHOWN_FACTS = ("passed", "fee_fen", "price_e4", "units_e2", "commitment", "roll", "seed", "salt")


def _outcome(view: RunView) -> tuple[Row, ...]:
    """What came out, each in the reader's language where it is there in both; then figures that are facts."""
    if view.definition.cert is not None:
        return _claims(view)
    found = {**(view.facts.get("outcome") or {}), **(view.form.get("outcome") or {})}
    rows = [
        Row(label=_label(name.removesuffix("_zh")), text=Bi(zh=str(value), en=str(found.get(f"{name[:-3]}_en", value))))
        for name, value in found.items() if name.endswith("_zh")
    ]  # fmt: skip
    rows += [
        Row(label=_label(name), text=_both(value))
        for name, value in found.items()
        if name[-3:] not in ("_zh", "_en")
    ]
    facts = {name: view.facts[name] for name in _SHOWN_FACTS if view.facts.get(name) is not None}
    return (
        *rows,
        *(Row(label=_label(name), text=_both(_figure(name, value))) for name, value in facts.items()),
    )


def _article(view: RunView) -> Bi:
    """What is read: as it was worded when this reader opened it."""
    found = article_of(view.definition, view.form) if view.definition.feed is not None else None
    if found is None:
        return Bi(zh="", en="")
    return Bi(zh=f"## {found.title.zh}\n\n{found.body.zh}", en=f"## {found.title.en}\n\n{found.body.en}")


def note_of_article(day: date, state: str, *, sticky: bool, ack: bool) -> Bi:
    """The line below a title: when it came out, and how far its reader is."""
    how: Mapping[str, tuple[str, str]] = {
        "new": ("未读，需要确认", "new, to be acknowledged") if ack else ("未读", "new"),
        "published": ("待确认", "to be acknowledged"),
        "read": ("已读", "read"),
        "acknowledged": ("已确认", "acknowledged"),
    }
    top_zh, top_en = ("置顶 · ", "On top · ") if sticky else ("", "")
    return Bi(zh=f"{top_zh}{day} · {how[state][0]}", en=f"{top_en}{day} · {how[state][1]}")


_OPEN: Mapping[bool | None, tuple[str, str]] = {
    True: ("营业中", "Open now"), False: ("已打烊", "Closed now"), None: ("营业时间以现场为准", "Hours as on the spot"),
}  # fmt: skip


def _place(one: Mapping[str, Any]) -> Place:
    """A place: how far, where, when."""
    far = int(one["metres"])
    zh, en = (
        (f"{far} 米", f"{far} m") if far < 1_000 else (f"{far / 1_000:.1f} 公里", f"{far / 1_000:.1f} km")
    )
    where, (hours_zh, hours_en), (open_zh, open_en) = (
        one["address"],
        in_words(one["hours"]),
        _OPEN[one["open"]],
    )
    return Place(
        title=_both(one["name"]), note=Bi(zh=f"{zh} · {where}" if where else zh, en=f"{en} · {where}" if where else en),
        hours=Bi(zh=f"{open_zh} {hours_zh}".strip(), en=f"{open_en} {hours_en}".strip()),
        phone=one["phone"], link=one["link"],
    )  # fmt: skip


def _claims(view: RunView) -> tuple[Row, ...]:
    """What a certificate says, as its definition shows it, and until when it holds."""
    spec, said = view.definition.cert, view.form.get("claims") or {}
    assert spec is not None
    rows = [
        Row(label=bi_of(claim.label), text=_both(_claim(claim.show, said[claim.name], masked=claim.masked)))
        for claim in spec.claims
        if said.get(claim.name) not in (None, "")
    ]
    until = view.facts.get("valid_until")
    return (*rows, *((Row(label=_label("valid_until"), text=_both(until)),) if until else ()))


def _claim(show: str, value: object, *, masked: bool) -> str:
    text = f"¥{value // 100:,}.{value % 100:02d}" if show == "fen" and isinstance(value, int) else str(value)
    return f"{text[:4]}{'*' * max(len(text) - 8, 2)}{text[-4:]}" if masked else text


def _label(name: str) -> Bi:
    return bi_of(_NAMES[name]) if name in _NAMES else _both(name)


def _figure(name: str, value: object) -> str:
    """Money and units as people write them."""
    if not isinstance(value, int) or name not in ("fee_fen", "price_e4", "units_e2"):
        return str(value)
    digits = 4 if name == "price_e4" else 2
    whole, part = divmod(value, 10**digits)
    return f"{'' if name == 'units_e2' else '¥'}{whole}.{part:0{digits}d}"


def _touch(one: Definition, act: str, facts: Mapping[str, Any]) -> Touch:
    """An act of a button; paying says how much, an order says what was read before it."""
    text, asks, more = said_of_act(act), _TOUCHES[act], {}
    assert text is not None
    if act == "pay" and (one.bill or one.topup) is not None and isinstance(facts.get("fen"), int):
        yuan = Money(facts["fen"]).text
        asks = Words(zh=f"确认付 {yuan} 元吗？", en=f"Pay ¥{yuan} now?")
    if act == "place" and one.trade is not None and one.trade.documents:
        zh = "、".join(document.label.zh for document in one.trade.documents)
        en = ", ".join(document.label.en for document in one.trade.documents)
        asks = Words(zh=f"我已读完{zh}，确认委托", en=f"I have read {en}, and order")
        more = {"read": tuple(document.name for document in one.trade.documents)}
    return Touch(act=act, text=bi_of(text), asks=bi_of(asks) if asks else Bi(zh="", en=""), more=more)


def _look(state: str) -> str:
    return "done" if state in _ENDED_WELL else "refused" if state in _ENDED_ILL else "wait"


def _both(value: object) -> Bi:
    return Bi(zh=str(value), en=str(value))


def _note(view: RunView) -> Bi:
    """What was said last, by the office or by us."""
    facts = view.facts
    if facts.get("note_zh"):
        return Bi(zh=str(facts["note_zh"]), en=str(facts.get("note_en") or facts["note_zh"]))
    told = TOLD.get(
        f"{'case' if view.definition.archetype == 'apply' else view.definition.archetype}.{view.state}"
    )
    return bi_of(told) if told else Bi(zh="", en="")


def _moments(view: RunView) -> tuple[Moment, ...]:
    """Each change that led somewhere else, and what is now."""
    steps = [event for event in view.story if event["from_state"] != event["to_state"]]
    final = view.state in view.definition.machine.final or view.state in _ENDED_WELL | _ENDED_ILL
    return tuple(
        Moment(
            text=bi_of(said_of_state(event["to_state"])),
            at=event["at"],
            state="bad" if event["to_state"] in ("refused", "unavailable") else
                  "wait" if event is steps[-1] and not final else "on",
        )
        for event in steps
    )  # fmt: skip


def _records(view: RunView) -> tuple[Record, ...]:
    """What was looked up, as rows: the first words lead, the first money stands at the right."""
    found = view.form.get("records") or ()
    if view.definition.bill is not None:
        return tuple(_bill(one) for one in view.form.get("bills") or ())
    if view.definition.query is None:
        return ()
    columns = view.definition.query.columns
    money = next((column.name for column in columns if column.show == "fen"), None)
    return tuple(_record([c for c in columns if c.name != money], row, money) for row in found)


def _bill(one: Mapping[str, Any]) -> Record:
    """A bill that is owed, its fee for being late in it."""
    zh, en = str(one.get("due_on") or ""), str(one.get("due_on") or "")
    late = Money(one["late_fen"]).text if one["late_fen"] else ""
    zh = "，".join(
        part for part in (f"最晚 {zh}" if zh else "", f"含滞纳金 {late} 元" if late else "") if part
    )
    en = ", ".join(
        part for part in (f"due {en}" if en else "", f"¥{late} for being late in it" if late else "") if part
    )
    title = Bi(zh=one.get("label_zh") or one["period"], en=one.get("label_en") or one["period"])
    return Record(title=title, note=Bi(zh=zh, en=en), fen=one["fen"] + one["late_fen"])


def _record(columns: list[Any], row: Mapping[str, Any], money: str | None) -> Record:
    said = [(c, str(row[c.name])[:200]) for c in columns if row.get(c.name) not in (None, "")]
    if not said:
        return Record(title=_both("—"), note=_both(""), fen=None)
    notes_zh = "·".join(f"{c.label.zh} {text}" for c, text in said[1:])
    notes_en = "·".join(f"{c.label.en} {text}" for c, text in said[1:])
    fen = row.get(money) if money else None
    return Record(
        title=_both(said[0][1]), note=Bi(zh=notes_zh, en=notes_en), fen=fen if isinstance(fen, int) else None
    )


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None

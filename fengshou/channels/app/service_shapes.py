"""Runs of services as their owner sees them, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fengshou.catalog import Words
from fengshou.channels.app.shapes import Bi, Moment
from fengshou.channels.edge import Show
from fengshou.pages import ICONS
from fengshou.services import (
    TOLD,
    WAYS,
    FileFacts,
    RunView,
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
_ENDED_WELL = frozenset({"delivered", "closed", "answered", "rated", "paid", "resolved"})
_ENDED_ILL = frozenset({"refused", "unavailable", "forgotten", "withdrawn", "cancelled"})


class Row(Show):
    """Something filled in or found out, and its name."""

    label: Bi
    text: Bi


class Record(Show):
    """A record that was looked up. `fen` stands where it is money."""

    title: Bi
    note: Bi
    fen: int | None


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


class RunShow(Show):
    """A run. `look` is how its state is drawn; `mine` that it waits for its owner; `fix` what is to be mended."""

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
        at=view.began_at, mine=view.state in ("draft", "returned", "resolved"),
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
        ),
        records=_records(view),
        files=tuple(FileItem(id=one.id, name=one.name) for one in files),
        fix=tuple(Row(label=bi_of(said_of_name(one, name)), text=_both(say)) for name, say in fix.items()),
        outcome=tuple(Row(label=_both(n), text=_both(v)) for n, v in (facts.get("outcome") or {}).items()),
        form=form,
        can=can,
    )


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
    final = view.state in view.definition.machine.final or view.state in _ENDED_WELL
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
    if view.definition.query is None:
        return ()
    columns = view.definition.query.columns
    money = next((column.name for column in columns if column.show == "fen"), None)
    return tuple(_record([c for c in columns if c.name != money], row, money) for row in found)


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

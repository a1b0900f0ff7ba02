"""A descriptor made into a page of the protocol. Pure: the same descriptor is the same page.

What the page is made of: a board of figures, one card with filter, ticked acts and table, and beside it (the page's
`foot`, which a desk draws as its right pane) the chosen thing with what may be done with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Any

import yaml

from fengshou.catalog import Kind, See
from fengshou.pages import actions as a
from fengshou.pages import blocks as b
from fengshou.pages import desk as d
from fengshou.pages.desk_kind import Desk, DeskAct, DeskColumn, DeskDetail
from fengshou.pages.findings import Problem, problem
from fengshou.pages.lint import lint
from fengshou.pages.page import AnyBlock, Data, Form, Group, Page, Sheet
from fengshou.pages.parts import Bilingual, Text
from fengshou.pages.resolve import Resolved, resolve
from fengshou.pages.walk import members

_CANCEL = Bilingual(zh="不了", en="Not now")
_ALL = Bilingual(zh="全部", en="All")
_DO = Bilingual(zh="办理", en="Acts")


def desk_page(desk: Desk) -> Page:
    """The page of a desk."""
    return Page(
        id=page_of_desk(desk.key), title=desk.title, surface="console", min=2, refresh=False,
        data=_data(desk), state=_state(desk), blocks=tuple(_main(desk)), foot=tuple(_side(desk)),
        sheets={f"act_{act.name}": _sheet(act) for act in desk.every_act if act.ask},
    )  # fmt: skip


def resolved_desk(desk: Desk, locale: str) -> Resolved:
    """The page of a desk as its reader gets it."""
    return resolve(desk_page(desk), "en" if locale == "en" else "zh-CN")


def desk_pages(folder: Path) -> list[Page]:
    """The pages of the province's desks in a folder of content."""
    sources = [yaml.safe_load(file.read_text("utf-8")) for file in sorted(folder.glob("desks/*.yaml"))]
    return [desk_page(Desk.model_validate(item)) for source in sources for item in source["items"]]


def page_of_desk(key: str) -> str:
    """The id of a desk's page."""
    return f"desk/{key}"


def _data(desk: Desk) -> dict[str, Data]:
    found = dict(desk.data)
    if desk.figures:
        found["board"] = Data(op=desk.figures.op, args=desk.figures.args, on_error="hide")
    if desk.detail and desk.detail.op:
        found["one"] = Data(
            op=desk.detail.op, args=desk.detail.args, on_error="retry", when="state.chosen != null"
        )
    return found


def _state(desk: Desk) -> dict[str, Any]:
    states = {name: {"text": one.text.model_dump(), "tone": one.tone} for name, one in desk.states.items()}
    return {
        **desk.state, "states": states, "chosen": None, "picked": [], "form": dict.fromkeys(_asked(desk.every_act), ""),
        "find": {one.name: one.start for one in desk.filters},
    }  # fmt: skip


def _asked(acts: Iterable[DeskAct]) -> list[str]:
    """Names of what acts ask for."""
    found: dict[str, None] = {}
    for act in acts:
        for block in act.ask:
            for _, _, name, _, value in members(block):
                if name == "bind" and isinstance(value, str) and value.startswith("form."):
                    found[value.split(".")[1]] = None
    return list(found)


# -- the list ------------------------------------------------------------------------------------------


def _main(desk: Desk) -> Iterable[AnyBlock]:
    if desk.figures:
        yield d.Board(t="board", label=desk.figures.label, items=desk.figures.items, show="board != null")
    bar: list[AnyBlock] = []
    if desk.filters:
        bar.append(_filter(desk))
    if desk.head:
        bar.append(_acts(desk.head))
    kids: list[AnyBlock] = [Group(t="group", style="row", kids=tuple(bar))] if bar else []
    if desk.bulk:
        kids.append(_acts(desk.bulk, show="len(state.picked) > 0"))
    yield Group(t="group", style="card", kids=(*kids, _table(desk)))


def _filter(desk: Desk) -> d.Filter:
    items = tuple(
        d.FilterField(
            bind=f"state.find.{one.name}", label=one.label, kind=one.kind, options=one.options,
            placeholder=one.placeholder, repeat=one.repeat, value=one.value, text=one.text,
        )
        for one in desk.filters
    )  # fmt: skip
    # What was chosen and ticked stood in the list as it was.
    return d.Filter(t="filter", label=_ALL, items=items, then=(_set({"state.picked": []}),))


def _table(desk: Desk) -> d.Table:
    found = desk.list
    narrowed = {one.name: _given(f"state.find.{one.name}") for one in desk.filters}
    return d.Table(
        t="table", label=found.label, op=found.op, args={**narrowed, **found.args}, page_size=found.page_size,
        refresh_s=found.refresh_s, choose_first=found.choose_first and desk.detail is not None,
        columns=tuple(_column(one) for one in found.columns),
        into="state.chosen" if desk.detail else None, pick="state.picked" if desk.bulk else None, empty=found.empty,
    )  # fmt: skip


def _given(path: str) -> str:
    """A filter that is left open narrows nothing."""
    return f"{{{{{path} == '' ? null : {path}}}}}"


def _column(one: DeskColumn) -> d.Column:
    text, tone = one.text, one.tone
    if one.at:
        text = f"{{{{{one.at} == null ? '' : day_word({one.at}) + ' ' + time({one.at})}}}}"
    if one.state:
        text, tone = _state_words(one.state)
    return d.Column(
        title=one.title, text=text, fen=one.fen, note=one.note, tone=tone, look=one.look, width=one.width,
        align="end" if one.fen else one.align, sign=one.sign, show=one.show,
    )  # fmt: skip


def _state_words(state: str) -> tuple[Text, str]:
    """A state's name and colour; one that the desk does not know is written as it is."""
    known = f"state.states[{state}]"
    return (
        f"{{{{lang({known}.text) != '' ? lang({known}.text) : {state}}}}}",
        f"{{{{{known}.tone ?? 'neutral'}}}}",
    )


# -- the thing -----------------------------------------------------------------------------------------


def _side(desk: Desk) -> Iterable[AnyBlock]:
    if desk.detail is None:
        return
    # While the next one is on its way the last one is hidden: nobody acts on what they do not see.
    here = "state.chosen != null" + (" && one.id == state.chosen.id" if desk.detail.op else "")
    detail = _detail(desk.detail)
    yield Group(t="group", show=here, kids=(detail, *desk.detail.blocks))
    none = desk.detail.none
    yield b.Empty(t="empty", icon=none.icon, title=none.title, note=none.note, show="state.chosen == null")
    if desk.acts:
        yield _acts(desk.acts, show=here)


def _detail(one: DeskDetail) -> AnyBlock:
    chip, tone = one.chip, one.chip_tone
    if one.state:
        chip, tone = _state_words(one.state)
    return d.Detail(
        t="detail", title=one.title, chip=chip, chip_tone=tone, note=one.note, fen=one.fen, columns=1, parts=one.parts
    )  # fmt: skip


# -- what is done --------------------------------------------------------------------------------------


def _acts(acts: tuple[DeskAct, ...], show: str | None = None) -> d.Acts:
    return d.Acts(t="acts", label=_DO, items=tuple(_act(one) for one in acts), show=show)


def _act(act: DeskAct) -> d.Act:
    may = f"'{act.op}' in me.may"
    show = f"{may} && ({act.when})" if act.when else may
    return d.Act(text=act.text, key=act.key, style=act.style, icon=act.icon, show=show, tap=_tap(act))


def _tap(act: DeskAct) -> a.Actions:
    if act.ask:
        # What was written about another thing is not said of this one.
        clear = _set({f"form.{name}": "" for name in _asked((act,))})
        return (clear, a.OpenSheet(do="sheet", open=f"act_{act.name}"))
    send = _send(act)
    if act.confirm is None:
        return (send,)
    ask = act.confirm
    return (
        a.Confirm(do="confirm", title=ask.title, text=ask.text, button=act.text, danger=act.danger, then=(send,)),
    )  # fmt: skip


def _send(act: DeskAct) -> a.Submit:
    clear: dict[str, Any] = {"state.picked": [], **({"state.chosen": None} if act.leave else {})}
    then = (a.Close(do="close"), a.Toast(do="toast", text=act.done), _set(clear), a.Reload(do="reload"))
    return a.Submit(do="submit", op=act.op, args=act.args, keyed=act.keyed, then=then)


def _sheet(act: DeskAct) -> Sheet:
    say: tuple[AnyBlock, ...] = (
        (b.Words(t="text", text=act.say, tone="ink2", size="body-s"),) if act.say else ()
    )
    buttons = (
        b.Button(text=_CANCEL, style="text", tap=(a.Close(do="close"),)),
        b.Button(text=act.text, style="danger" if act.danger else "main", tap=(_send(act),)),
    )
    form = Form(t="form", card=False, kids=act.ask)
    foot = (b.Buttons(t="buttons", layout="row", items=buttons),)
    return Sheet(title=act.text, blocks=(*say, form), foot=foot)


def _set(to: dict[str, Any]) -> a.Set:
    return a.Set(do="set", to=to)


# -- what may not be published -------------------------------------------------------------------------

_NOT_HERE = frozenset({"go", "back", "session", "env", "proved", "host", "dial", "share"})


def desk_problems(desk: Desk, ops: Set[str] | None = None) -> list[Problem]:
    """Every problem of a desk: what lint says of its page, and what a desk has no use for."""
    page = desk_page(desk)
    found = lint(page, pages=frozenset(), ops=ops)
    for at, _, name, _, value in members(page):
        if name == "do" and value in _NOT_HERE:
            found.append(problem(page.id, at, "not_on_desk", name=value))
    return found


def _sound(desks: dict[str, Any], see: See) -> Iterator[tuple[str, str]]:
    for key, desk in desks.items():
        yield from ((key, f"{one.at}: {one.text}") for one in desk_problems(desk))


DESK = Kind("desk", ("desks/*.yaml",), model=Desk, checks=(_sound,))
"""Desks as a kind of content: the province's, and a bank's own in its layer."""

"""The page of a service: what it is, the form, the papers, and the sheet in which all is confirmed."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from fengshou.catalog import Words
from fengshou.pages import Page
from fengshou.services.definition import Definition, Material
from fengshou.services.forms import FormField
from fengshou.services.templates.fields import asked, condition, shown
from fengshou.services.templates.reading import reading_list

_ID_MAX = 64


def page_id(service: str) -> str:
    """The page of a service by its key: `prop.repair.new_lamp` is `s-prop-repair-new--lamp`."""
    plain = f"s-{service.replace('_', '--').replace('.', '-')}"
    return plain if len(plain) <= _ID_MAX else f"s-{sha256(service.encode()).hexdigest()[:24]}"


def page_of(one: Definition) -> Page:
    """The page of a definition, in both languages."""
    papers = [paper for paper in one.materials if paper.source == "upload"]
    if one.feed is not None:
        return _feed_page(one)
    state = _blank(one, papers)
    return Page.model_validate(
        {
            "id": page_id(one.key),
            "title": _bi(one.name),
            "params": {"run": "", "act": ""},
            "data": {"s": {"op": "service.open", "args": {"service": one.key}}},
            "state": {"form": {**state, "agree": False}, "view": {"said": "", "sure": False}},
            "open": _kept(one),
            "blocks": [*_head(one), *_fill(one), *_form(one), *_papers(one, papers), *_facts(one)],
            "foot": [_next(one)],
            "sheets": {"confirm": _confirm(one, papers)},
        }
    )


def _feed_page(one: Definition) -> Page:
    """The page of what is read: nothing is filled in, nothing is handed in."""
    return Page.model_validate(
        {
            "id": page_id(one.key),
            "title": _bi(one.name),
            "params": {"run": "", "act": ""},
            "data": {"s": {"op": "service.open", "args": {"service": one.key}}},
            "state": {"view": {"said": ""}},
            "blocks": [*_head(one), *reading_list(one)],
        }
    )


def _blank(one: Definition, papers: list[Material]) -> dict[str, Any]:
    """The form before anything is written."""
    state: dict[str, Any] = {field.name: False if field.kind == "yes" else "" for field in one.form}
    for field in one.form:
        if field.kind == "choices":
            state |= {f"{field.name}_{option.value.lower()}": False for option in field.options}
    return state | {name: [] for paper in papers for name in (f"m_{paper.name}", f"f_{paper.name}")}


def _bi(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _kept(one: Definition) -> list[dict[str, Any]]:
    """What was filled in before stands there again, when a run is gone on with."""
    names = {f"form.{field.name}": f"{{{{result.form.{field.name} ?? ''}}}}" for field in one.form
             if field.kind not in ("choices", "yes")}  # fmt: skip
    names |= {f"form.{field.name}": f"{{{{result.form.{field.name} == true}}}}" for field in one.form
              if field.kind == "yes"}  # fmt: skip
    names |= {f"form.{field.name}_{o.value.lower()}": f"{{{{'{o.value}' in (result.form.{field.name} ?? [])}}}}"
              for field in one.form if field.kind == "choices" for o in field.options}  # fmt: skip
    if not names:
        return []
    call = {
        "do": "call",
        "op": "service.run",
        "args": {"id": "{{params.run}}"},
        "then": [{"do": "set", "to": names}],
    }
    return [{"do": "if", "test": "params.run != ''", "then": [call]}]


def _head(one: Definition) -> list[dict[str, Any]]:
    return [
        {"t": "text", "text": _bi(one.about), "tone": "ink2"},
        {"t": "notice", "show": "len(s.stops) > 0", "tone": "danger", "icon": "warn", "text": "{{lang(s.stops[0])}}"},
        {"t": "notice", "show": "s.offered == false", "tone": "grain", "icon": "clock",
         "text": {"zh": "您这里还没有开通，开通了会告诉您", "en": "Not offered in your county yet; we will tell you"}},
    ]  # fmt: skip


def _fill(one: Definition) -> list[dict[str, Any]]:
    """One touch fills in what the bank knows: it asks first, and the touch is the consent."""
    known = [field for field in one.form if field.prefill and field.prefill.startswith("me.")]
    if not known:
        return []
    to = {f"form.{field.name}": f"{{{{result.form.{field.name} ?? ''}}}}" for field in known}
    return [
        {
            "t": "list",
            "style": "outline",
            "items": [
                {
                    "icon": "user",
                    "title": {"zh": "用我在银行的资料填好", "en": "Fill in what the bank knows of me"},
                    "note": {"zh": "点了就是同意用在这次办理", "en": "By touching you agree to its use here"},
                    "tap": [
                        {"do": "call", "op": "service.prefill", "args": {"service": one.key, "agree": True},
                         "then": [{"do": "set", "to": to}]}
                    ],
                }
            ],
        }
    ]  # fmt: skip


def _form(one: Definition) -> list[dict[str, Any]]:
    """The fields in one card; promises stand under it, on the paper, as consents do everywhere."""
    every = [block for field in one.form for block in asked(field)]
    kids = [block for block in every if block["t"] != "agree"]
    card = [{"t": "form", "kids": kids}] if kids else []
    return [*card, *(block for block in every if block["t"] == "agree")]


def _papers(one: Definition, papers: list[Material]) -> list[dict[str, Any]]:
    known = [paper for paper in one.materials if paper.source != "upload"]
    found: list[dict[str, Any]] = []
    if papers or known:
        found.append({"t": "section", "title": {"zh": "材料", "en": "Papers"}})
    if papers:
        found.append({"t": "form", "kids": [_upload(one, paper) for paper in papers]})
    if known:
        found.append({"t": "list", "style": "outline", "items": [
            {"icon": "shield", "tone": "info", "title": _bi(paper.label),
             "note": {"zh": "部门之间共享，不用您带", "en": "The office has it; you need not bring it"}}
            for paper in known]})  # fmt: skip
    return found


def _upload(one: Definition, paper: Material) -> dict[str, Any]:
    take = {"do": "call", "op": "service.upload", "args": {"service": one.key, "files": "{{value}}"},
            "then": [{"do": "set", "to": {f"form.f_{paper.name}": "{{result.ids}}"}}]}  # fmt: skip
    block = {
        "t": "upload", "kind": "paper", "bind": f"form.m_{paper.name}", "label": _bi(paper.label), "most": 3,
        "size_max_kb": 40, "required": False, "then": [take],
    }  # fmt: skip
    if paper.required:
        # What was handed in before stands with the run.
        block["rules"] = [{"test": "len(value) > 0 || params.act == 'mend'", "text": {
            "zh": f"请拍{paper.label.zh}", "en": f"Please add: {paper.label.en}"}}]  # fmt: skip
    return block | ({"show": condition(paper.when)} if paper.when else {})


def _how_long(one: Definition) -> Words:
    """When it is done: at once, in hours by what is told, or in days."""
    if one.archetype == "query":
        return Words(zh="马上", en="At once")
    if one.ticket is not None:
        hours = [category.hours for category in one.ticket.categories]
        few, many = min(hours), max(hours)
        if few == many:
            return Words(zh=f"{few} 小时内", en=f"Within {few} h")
        return Words(zh=f"看情况，{few} 到 {many} 小时", en=f"{few} to {many} h, by what it is")
    days = "day" if one.limit_days == 1 else "days"
    return Words(zh=f"{one.limit_days} 天内", en=f"Within {one.limit_days} {days}")


def _facts(one: Definition) -> list[dict[str, Any]]:
    free = {"zh": "免费", "en": "Free"}
    fee = free if not one.fee_fen else f"{{{{yuan({one.fee_fen})}}}}"
    return [
        {"t": "section", "title": {"zh": "办事须知", "en": "Good to know"}},
        {
            "t": "kv",
            "rows": [
                {
                    "k": {"zh": "由谁办理", "en": "Handled by"},
                    "v": "{{lang(s.provider)}}",
                    "show": "s.offered",
                },
                {"k": {"zh": "多久办好", "en": "How long"}, "v": _bi(_how_long(one))},
                {"k": {"zh": "收费", "en": "Fee"}, "v": fee},
                {"k": {"zh": "办好得到", "en": "You get"}, "v": _bi(one.outcome)},
            ],
        },
        {"t": "text", "size": "foot", "tone": "ink3", "text": _bi(one.reversal)},
    ]


def _next(one: Definition) -> dict[str, Any]:
    text = {"zh": "查询", "en": "Look up"} if one.archetype == "query" else {"zh": "下一步", "en": "Next"}
    opened = [{"do": "set", "to": {"state.view.said": ""}}, {"do": "sheet", "open": "confirm"}]
    return {
        "t": "buttons",
        "items": [{"text": text, "enabled": "s.offered && len(s.stops) == 0",
                   "tap": [{"do": "check", "then": opened}]}],
    }  # fmt: skip


def _confirm(one: Definition, papers: list[Material]) -> dict[str, Any]:
    rows = [row for field in one.form for row in shown(field)]
    for paper in papers:
        count = f"len(form.f_{paper.name})"
        how_many = {"zh": f"{{{{{count}}}}} 份", "en": f"{{{{{count}}}}}"}
        rows.append({"k": _bi(paper.label), "v": how_many, "show": f"{count} > 0"})
    blocks: list[dict[str, Any]] = []
    if rows:
        blocks.append({"t": "kv", "style": "sunken", "rows": rows})
    if one.tells:
        blocks.append(_consent(one))
    blocks.append(
        {
            "t": "notice",
            "show": "state.view.said != ''",
            "tone": "danger",
            "icon": "warn",
            "text": "{{state.view.said}}",
        }
    )
    words = (
        {"zh": "确认查询", "en": "Look it up"}
        if one.archetype == "query"
        else {"zh": "确认提交", "en": "Hand in"}
    )
    return {
        "title": {"zh": "请核对", "en": "Please check"},
        "blocks": blocks,
        "foot": [{"t": "buttons", "items": [{"text": words, "tap": [_submit(one, papers)]}]}],
    }


_TOLD = {
    "name": Words(zh="姓名", en="name"),
    "id_number": Words(zh="身份证号", en="identity number"),
    "phone": Words(zh="手机号", en="phone number"),
}


def _consent(one: Definition) -> dict[str, Any]:
    zh = "、".join(_TOLD[name].zh for name in one.tells)
    en = ", ".join(_TOLD[name].en for name in one.tells)
    return {
        "t": "agree", "bind": "form.agree", "show": "s.agreed == false",
        "text": {"zh": f"同意把我的{zh}告诉{{{{lang(s.provider)}}}}，只用于这次办理",
                 "en": f"I agree that {{{{lang(s.provider)}}}} is told my {en}, for this only"},
        "missing": {"zh": "同意了才能办", "en": "It cannot be done without your consent"},
    }  # fmt: skip


def _submit(one: Definition, papers: list[Material]) -> dict[str, Any]:
    form: dict[str, Any] = {field.name: _value(field) for field in one.form}
    args: dict[str, Any] = {
        "form": form,
        "agree": "{{form.agree}}",
        "files": {paper.name: f"{{{{form.f_{paper.name}}}}}" for paper in papers},
    }
    gone = {"do": "go", "page": "service-run", "params": {"id": "{{result.id}}", "fresh": "1"}, "root": True}
    said = [{"do": "set", "to": {"state.view.said": "{{error.text}}"}}]
    new = {
        "do": "submit",
        "op": "service.begin",
        "args": {"service": one.key, **args},
        "then": [gone],
        "fail": said,
    }
    old = {"do": "submit", "op": "service.act", "args": {"id": "{{params.run}}", "act": "{{params.act}}", **args},
           "then": [gone], "fail": said}  # fmt: skip
    return {"do": "if", "test": "params.run == ''", "then": [new], "otherwise": [old]}


def _value(field: FormField) -> Any:
    if field.kind != "choices":
        return f"{{{{form.{field.name}}}}}"
    return [f"{{{{form.{field.name}_{o.value.lower()} ? '{o.value}' : null}}}}" for o in field.options]

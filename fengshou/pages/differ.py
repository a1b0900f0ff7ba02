"""The difference of two sources in words: what was added, taken away, changed or moved, as an operator would say it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from fengshou.pages.places import fingerprint

Json = Any
_SHOWN_MAX = 200
_MOST = 300
_NAMES = {
    "title": ("标题", "title"), "text": ("文字", "text"), "label": ("名称", "label"), "note": ("说明", "note"),
    "blocks": ("内容", "content"), "foot": ("底部", "foot"), "sheets": ("弹层", "sheets"), "data": ("数据", "data"),
    "state": ("状态", "state"), "params": ("参数", "parameters"), "show": ("何时显示", "when it shows"),
    "tap": ("点按后", "what a touch does"), "then": ("之后", "what follows"), "icon": ("图标", "icon"),
    "tone": ("颜色", "tone"), "style": ("样式", "style"), "items": ("条目", "items"), "rows": ("行", "rows"),
    "kids": ("里面的积木", "blocks inside"), "rules": ("规则", "rules"), "page": ("页面", "page"),
    "op": ("操作", "operation"),
    "args": ("参数", "arguments"), "nav": ("导航", "navigation"), "variants": ("版式", "variants"),
    "elder": ("长辈版", "elder variant"), "required": ("必填", "required"), "bind": ("存放处", "where it is kept"),
    "picture": ("图片", "picture"), "button": ("按钮", "button"), "zh": ("中文", "Chinese"), "en": ("英文", "English"),
    "tabs": ("标签", "tabs"), "auth": ("是否要登录", "whether one signs in"), "theme": ("主题", "theme"),
}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """One difference; `zh` and `en` say it in a sentence, `before` and `after` show it."""

    at: str
    change: Literal["added", "removed", "changed", "moved"]
    zh: str
    en: str
    before: str
    after: str


def differences(left: Json, right: Json) -> list[Difference]:
    """How `right` differs from `left`, in the order of the page; at most three hundred."""
    found: list[Difference] = []
    for one in _compare(left, right, ""):
        found.append(one)
        if len(found) == _MOST:
            break
    return found


def _compare(left: Json, right: Json, at: str) -> Iterator[Difference]:
    if left == right:
        return
    if isinstance(left, dict) and isinstance(right, dict):
        if set(left) == set(right) == {"zh", "en"}:
            yield _said(at, "changed", left, right)
            return
        for name in [*left, *(name for name in right if name not in left)]:
            place = f"{at}.{name}" if at else name
            if name not in right:
                yield _said(place, "removed", left[name], None)
            elif name not in left:
                yield _said(place, "added", None, right[name])
            else:
                yield from _compare(left[name], right[name], place)
    elif isinstance(left, list) and isinstance(right, list):
        yield from _lists(left, right, at)
    else:
        yield _said(at, "changed", left, right)


def _lists(left: list[Json], right: list[Json], at: str) -> Iterator[Difference]:
    """Items are matched by what they are; one that stands elsewhere now has moved, one alike in place has changed."""
    before, after = [fingerprint(x) for x in left], [fingerprint(x) for x in right]
    gone = [i for i, mark in enumerate(before) if mark not in after]
    new = [i for i, mark in enumerate(after) if mark not in before]
    pairs = _pairs(left, right, gone, new)
    for old, now in pairs:
        yield from _compare(left[old], right[now], f"{at}[{now}]")
    taken, given = {old for old, _ in pairs}, {now for _, now in pairs}
    yield from (_said(f"{at}[{i}]", "removed", left[i], None) for i in gone if i not in taken)
    yield from (_said(f"{at}[{i}]", "added", None, right[i]) for i in new if i not in given)
    kept_before = [mark for mark in before if mark in after]
    kept_after = [mark for mark in after if mark in before]
    for tag, i1, i2, _, _ in SequenceMatcher(None, kept_before, kept_after, autojunk=False).get_opcodes():
        if tag in ("delete", "replace"):
            for mark in kept_before[i1:i2]:
                if mark in kept_after:
                    yield _said(
                        f"{at}[{after.index(mark)}]",
                        "moved",
                        left[before.index(mark)],
                        right[after.index(mark)],
                    )


def _pairs(left: list[Json], right: list[Json], gone: list[int], new: list[int]) -> list[tuple[int, int]]:
    """Which removed item became which added one: of the same kind, in the same order."""
    pairs: list[tuple[int, int]] = []
    waiting = list(new)
    for old in gone:
        now = next((i for i in waiting if _kind(left[old]) == _kind(right[i])), None)
        if now is not None:
            waiting.remove(now)
            pairs.append((old, now))
    return pairs


def _kind(value: Json) -> object:
    if isinstance(value, dict):
        return value.get("t") or value.get("do") or ("part", *sorted(value)[:1])
    return type(value)


def _said(
    at: str, change: Literal["added", "removed", "changed", "moved"], before: Json, after: Json
) -> Difference:
    zh, en = _place(at)
    old, new = _short(before), _short(after)
    what_zh, what_en = _what(before if after is None else after)
    words = {
        "added": (f"{zh}：加上了{what_zh}{_quoted(new)}", f"{en}: {what_en} added{_quoted(new)}"),
        "removed": (f"{zh}：去掉了{what_zh}{_quoted(old)}", f"{en}: {what_en} taken away{_quoted(old)}"),
        "changed": (f"{zh}：从「{old}」改成「{new}」", f"{en}: “{old}” became “{new}”"),
        "moved": (f"{zh}：{what_zh}{_quoted(new)}换了位置", f"{en}: {what_en}{_quoted(new)} moved"),
    }[change]
    return Difference(at, change, words[0], words[1], old, new)


def _quoted(text: str) -> str:
    return f"「{text}」" if text else ""


def _what(value: Json) -> tuple[str, str]:
    if isinstance(value, dict) and "t" in value:
        return f"积木 {value['t']} ", f"the block {value['t']} "
    if isinstance(value, dict) and "do" in value:
        return f"动作 {value['do']} ", f"the action {value['do']} "
    return "", "it "


def _place(at: str) -> tuple[str, str]:
    """`blocks[2].items[0].text` as `内容第 3 项 › 条目第 1 项 › 文字`."""
    zh, en = [], []
    for step in at.split("."):
        name, *numbers = step.replace("]", "").split("[")
        words = _NAMES.get(name, (name, name))
        zh.append(words[0] + "".join(f"第 {int(n) + 1} 项" for n in numbers))
        en.append(words[1] + "".join(f" {int(n) + 1}" for n in numbers))
    return " › ".join(zh), " › ".join(en)


def _short(value: Json) -> str:
    """A value in a few words: a text's Chinese, a part's title."""
    if value is None:
        return ""
    if isinstance(value, dict):
        if "zh" in value:
            return f"{value['zh']} / {value.get('en', '')}"[:_SHOWN_MAX]
        for name in ("title", "text", "label", "k", "op", "page", "items", "kids", "rows"):
            if name in value:
                return _short(value[name])
        return ""
    if isinstance(value, list):
        return "、".join(filter(None, map(_short, value)))[:_SHOWN_MAX]
    if isinstance(value, bool):
        return "是 / yes" if value else "否 / no"
    return str(value)[:_SHOWN_MAX]

"""From a folder of YAML to documents that remember the line they came from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from fengshou.catalog.errors import Problem

# libyaml is ten times faster than the Python scanner; both are safe loaders.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
BANKS = "banks"  # content/banks/<slug or county code>/… is a bank's layer
BRANCHES = "branches"
_MERGE = "tag:yaml.org,2002:merge"


class _Loader(_Base):  # type: ignore[misc]  # the base is chosen when the module loads
    """A safe loader that refuses doubled names and notes where each mapping begins."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lines: dict[int, int] = {}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    # Names of a merged mapping (`<<`) come first and may be overridden; a name written twice may not.
    own = sum(name_node.tag != _MERGE for name_node, _ in node.value)
    loader.flatten_mapping(node)
    made: dict[str, Any] = {}
    merged, seen = len(node.value) - own, set[str]()
    for place, (name_node, value_node) in enumerate(node.value):
        name = loader.construct_object(name_node, deep=True)
        if not isinstance(name, str):
            # YAML reads a bare `on:` or `1:` as something else; JSON knows names only.
            name = str(name_node.value)
        if name in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"`{name}` stands twice", name_node.start_mark
            )
        if place >= merged:
            seen.add(name)
        made[name] = loader.construct_object(value_node, deep=True)
    loader.lines[id(made)] = node.start_mark.line + 1
    return made


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


@dataclass(frozen=True, slots=True)
class Document:
    """One item as written: where it stands, its layer's folder, and its fields.

    kind   what the file says it holds (`kind: bank` above its `items`); else its path says it
    alone  the file holds this item only, so the item may be named by the path
    """

    file: str
    line: int
    layer: tuple[str, ...]
    path: str
    fields: dict[str, Any]
    alone: bool
    kind: str | None = None


def content_files(folder: Path) -> list[Path]:
    """Every YAML file that counts; names that begin with `_` or `.` are samples and drafts."""
    found = [path for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern)]
    return sorted(p for p in found if not any(part[0] in "_." for part in p.relative_to(folder).parts))


def read(folder: Path, problems: list[Problem]) -> Iterator[Document]:
    """The items of all files, in the order of their paths; what cannot be read is a problem."""
    for path in content_files(folder):
        name = path.relative_to(folder).as_posix()
        loader = None
        try:
            loader = _Loader(path.read_text("utf-8"))
            top = loader.get_single_data()
        except (yaml.YAMLError, UnicodeDecodeError) as trouble:
            problems.append(_unreadable(name, trouble))
            continue
        finally:
            if loader is not None:
                loader.dispose()
        yield from _items(name, _plain(top, loader.lines), loader.lines, problems)


def _items(name: str, top: Any, lines: dict[int, int], problems: list[Problem]) -> Iterator[Document]:
    layer, path = split_layer(name)
    entries, kind = top, None
    if isinstance(top, dict) and isinstance(top.get("items"), list):
        entries, kind = top["items"], top.get("kind")
    if isinstance(entries, dict):
        yield Document(name, lines.get(id(entries), 1), layer, path, entries, alone=True)
        return
    if not isinstance(entries, list) or not entries:
        problems.append(
            Problem(name, 1, "", "the file holds no items: write a mapping, or a list of mappings")
        )
        return
    for place, entry in enumerate(entries):
        if isinstance(entry, dict):
            yield Document(name, lines.get(id(entry), 0), layer, path, entry, len(entries) == 1, kind)
        else:
            problems.append(Problem(name, 0, f"item {place + 1}", "is not a mapping; write `- key: …`"))


def split_layer(name: str) -> tuple[tuple[str, ...], str]:
    """`banks/xiaoshan/branches/330109001/fees.yaml` -> (("xiaoshan", "330109001"), "bank/fees.yaml")."""
    parts = name.split("/")
    layer: tuple[str, ...] = ()
    if parts[0] == BANKS and len(parts) > 2:
        layer, parts = (parts[1],), parts[2:]
        if parts[0] == BRANCHES and len(parts) > 2:
            layer, parts = (*layer, parts[1]), parts[2:]
        # A bank writes `fees.yaml` for what the province keeps as `bank/fees.yaml`.
        parts = ["bank", *parts] if len(parts) == 1 else parts
    return layer, "/".join(parts)


def _plain(value: Any, lines: dict[int, int]) -> Any:
    """Dates become text, as JSON has none; everything else stays as it is (and so does its line)."""
    if isinstance(value, dict):
        for name, inner in value.items():
            value[name] = _plain(inner, lines)
        return value
    if isinstance(value, list):
        return [_plain(inner, lines) for inner in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _unreadable(name: str, trouble: Exception) -> Problem:
    mark = getattr(trouble, "problem_mark", None)
    line = mark.line + 1 if mark else 0
    what = getattr(trouble, "problem", None) or "is not UTF-8 text"
    return Problem(name, line, "", f"cannot be read: {what}")

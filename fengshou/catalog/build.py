"""From documents to the items of a release: validate, lay bank over province, cut by days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from fengshou.catalog.errors import Problem
from fengshou.catalog.kinds import Free, Kind, Kinds
from fengshou.catalog.reading import Document, read
from fengshou.catalog.release import ALWAYS, NEVER, PROVINCE, Item, canonical, layer_of

_PROVINCE_CODE = 330_000


@dataclass(frozen=True, slots=True)
class Version:
    """An item as written for some days: a whole one, or a patch over the layer below."""

    document: Document
    key: str
    valid_from: date
    valid_until: date
    fields: dict[str, Any]


@dataclass(slots=True)
class _Layered:
    """What is in force: (kind, key, layer) -> versions with their objects."""

    versions: dict[tuple[str, str, str], list[tuple[Version, BaseModel]]]


def build(folder: Path, kinds: Kinds) -> tuple[list[Item], list[Problem]]:
    """The items of the release that `folder` makes, and what is wrong with it (then it is not released)."""
    problems: list[Problem] = []
    written = _sort(read(folder, problems), kinds, problems)
    slugs = _slugs(written)
    made = _Layered({})
    for layer_path in sorted(written, key=len):
        layer = _layer(layer_path, slugs)
        if layer is None:
            first = next(iter(written[layer_path].values()))[0].document.file
            what = f"no bank has the slug or county code `{layer_path[0]}`; see bank/banks.yaml"
            problems.append(Problem(first, 0, "", what))
            continue
        for (kind_name, key), versions in sorted(written[layer_path].items()):
            _place(made, kinds[kind_name], key, layer, versions, problems)
    _check_together(made, kinds, problems)
    items = [
        Item(kind, key, layer, v.valid_from, v.valid_until, canonical(_body(obj)))
        for (kind, key, layer), versions in made.versions.items()
        for v, obj in versions
    ]
    if not items and not problems:
        problems.append(Problem(str(folder.name), 0, "", "holds no content"))
    return sorted(items), sorted(problems)


def _sort(
    documents: Iterable[Document], kinds: Kinds, problems: list[Problem]
) -> dict[tuple[str, ...], dict[tuple[str, str], list[Version]]]:
    """By layer, then by kind and key."""
    written: dict[tuple[str, ...], dict[tuple[str, str], list[Version]]] = {}
    for document in documents:
        kind = kinds.get(document.kind) if document.kind else kinds.claiming(document.path)
        if kind is None and document.kind:
            problems.append(
                Problem(document.file, 1, "", f"`kind: {document.kind}` is not known; register it")
            )
        elif kind is None:
            what = f"no kind of content lives at {document.path}; move the file, or register a kind for it"
            problems.append(Problem(document.file, 0, "", what))
        elif document.layer and not kind.layered:
            problems.append(
                Problem(document.file, 0, "", f"a bank has no {kind.name} of its own; move it to bank/")
            )
        elif version := _version(document, kind, problems):
            written.setdefault(document.layer, {}).setdefault((kind.name, version.key), []).append(version)
    return written


def _version(document: Document, kind: Kind, problems: list[Problem]) -> Version | None:
    fields = dict(document.fields)
    days = fields.pop("valid", {})
    key = _key(document, kind)
    if key is None:
        what = f"has no `{kind.key}`, which names an item of {kind.name}"
        problems.append(Problem(document.file, document.line, "", what))
        return None
    try:
        begin = date.fromisoformat(days["from"]) if "from" in days else ALWAYS
        end = date.fromisoformat(days["until"]) if "until" in days else NEVER
    except (TypeError, ValueError):
        begin, end = NEVER, ALWAYS
    if not begin < end:
        what = "`valid` is {from: YYYY-MM-DD, until: YYYY-MM-DD}, either may be left out, from before until"
        problems.append(Problem(document.file, document.line, key, what))
        return None
    return Version(document, key, begin, end, fields)


def _key(document: Document, kind: Kind) -> str | None:
    names = (kind.key, "code", "id", "slug") if kind.model is Free else (kind.key,)
    for name in names:
        if name in document.fields:
            return str(document.fields[name])
    if not document.alone:
        return None
    # A file that is one item is named by its path below the folder of its kind.
    return document.path.partition("/")[2].rpartition(".")[0]


def _slugs(written: dict[tuple[str, ...], dict[tuple[str, str], list[Version]]]) -> dict[str, int]:
    """Folder name -> institution, as the member banks call themselves."""
    slugs: dict[str, int] = {}
    for (kind, _), versions in written.get((), {}).items():
        fields = versions[0].fields
        code = str(fields.get("code", ""))
        if kind == "bank" and code.isdigit() and int(code) > _PROVINCE_CODE:
            slugs[str(fields.get("slug", ""))] = int(code) - _PROVINCE_CODE
    return slugs


def _layer(path: tuple[str, ...], slugs: dict[str, int]) -> str | None:
    if not path:
        return PROVINCE
    bank = slugs.get(path[0])
    if bank is None and path[0].isdigit() and 0 < int(path[0]) - _PROVINCE_CODE < 10_000:
        bank = int(path[0]) - _PROVINCE_CODE
    return layer_of(bank, *path[1:]) if bank else None


def _place(
    made: _Layered, kind: Kind, key: str, layer: str, versions: list[Version], problems: list[Problem]
) -> None:
    """Put the versions of one item in force, each over what the layer below says on its days."""
    placed: list[tuple[Version, BaseModel]] = []
    for version in sorted(versions, key=lambda v: v.valid_from):
        where = (version.document.file, version.document.line, f"{kind.name}/{key}")
        if placed and placed[-1][0].valid_until > version.valid_from:
            problems.append(
                Problem(*where, "stands twice for the same days; remove one, or give them `valid`")
            )
            continue
        for piece, below in _over(version, _below(made, kind.name, key, layer)):
            try:
                item = kind.model.model_validate(piece.fields)
            except ValidationError as trouble:
                problems += [Problem(*where, what) for what in _sentences(trouble)]
                continue
            if below is not None:
                problems += [Problem(*where, what) for check in kind.against for what in check(item, below)]
            placed.append((piece, item))
    made.versions[kind.name, key, layer] = placed


def _below(made: _Layered, kind: str, key: str, layer: str) -> list[tuple[Version, BaseModel]]:
    """What the nearest layer under `layer` has in force."""
    lower = [PROVINCE, layer.partition("/")[0]] if "/" in layer else [PROVINCE] if layer else []
    for name in reversed(lower):
        if versions := made.versions.get((kind, key, name)):
            return versions
    return []


def _over(
    version: Version, below: list[tuple[Version, BaseModel]]
) -> Iterator[tuple[Version, BaseModel | None]]:
    """The patch laid over each version below, on the days both hold."""
    if not below:
        yield version, None
    for under, item in below:
        begin, end = max(version.valid_from, under.valid_from), min(version.valid_until, under.valid_until)
        if begin < end:
            yield (
                Version(version.document, version.key, begin, end, _merge(under.fields, version.fields)),
                item,
            )


def _merge(under: Any, over: Any) -> Any:
    """Mappings are merged name by name; anything else is replaced."""
    if not isinstance(under, dict) or not isinstance(over, dict):
        return deepcopy(over)
    return {n: _merge(under[n], over[n]) if n in under and n in over else deepcopy({**under, **over}[n])
            for n in {**under, **over}}  # fmt: skip


def _check_together(made: _Layered, kinds: Kinds, problems: list[Problem]) -> None:
    """Checks over all items of a kind, as each layer that has its own sees them in the end."""
    for kind in kinds:
        for layer in (
            sorted({of for name, _, of in made.versions if name == kind.name}) if kind.checks else ()
        ):
            seen = _all_seen(made, kind.name, layer)

            def see(name: str, layer: str = layer) -> dict[str, BaseModel]:
                return {key: versions[-1][1] for key, versions in _all_seen(made, name, layer).items()}

            for check in kind.checks if seen else ():
                for key, what in check(see(kind.name), see):
                    problems.append(_together_problem(kind, key, seen, what))


def _all_seen(made: _Layered, kind: str, layer: str) -> dict[str, list[tuple[Version, BaseModel]]]:
    """Every item of a kind that somebody at `layer` sees."""
    keys = dict.fromkeys(key for name, key, _ in made.versions if name == kind)
    return {key: found for key in keys if (found := _seen(made, kind, key, layer))}


def _seen(made: _Layered, kind: str, key: str, layer: str) -> list[tuple[Version, BaseModel]]:
    """The versions of an item that somebody at `layer` sees: its own, else those of the layer below."""
    return made.versions.get((kind, key, layer)) or (_below(made, kind, key, layer) if layer else [])


def _together_problem(
    kind: Kind, key: str, seen: dict[str, list[tuple[Version, BaseModel]]], what: str
) -> Problem:
    versions = seen.get(key) or next(iter(seen.values()))
    document = versions[-1][0].document
    return Problem(document.file, document.line, f"{kind.name}/{key}", what)


def _body(item: BaseModel) -> Any:
    return item.as_dict() if isinstance(item, Free) else item.model_dump(mode="json", exclude_defaults=False)


def _sentences(trouble: ValidationError) -> Iterator[str]:
    """pydantic's findings as sentences that say what to do."""
    for error in trouble.errors(include_url=False):
        place = ".".join(str(part) for part in error["loc"])
        if error["type"] == "missing":
            yield f"`{place}` is missing; add it"
        elif error["type"] == "extra_forbidden":
            yield f"`{place}` is not a field of this kind; remove it or mend its spelling"
        elif error["type"] == "value_error":
            yield f"{place + ': ' if place else ''}{error['ctx']['error']}"
        else:
            yield f"`{place}`: {error['msg'].lower()} (found {error['input']!r:.60})"

"""A release in memory: immutable, and asked by kind, key, bank and day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel

from fengshou.catalog.errors import ItemMissing, ReleaseDamaged
from fengshou.catalog.kinds import Kinds
from fengshou.catalog.release import PROVINCE, Item, layer_of, release_id

M = TypeVar("M", bound=BaseModel)


class Edition:
    """One release, read once. Objects are made when first asked for and then shared: they are frozen."""

    def __init__(self, id: str, items: Iterable[Item], kinds: Kinds) -> None:
        self.id = id
        self._kinds = kinds
        self._versions: dict[tuple[str, str, str], list[Item]] = {}
        self._keys: dict[str, dict[str, list[str]]] = {}
        self._objects: dict[Item, BaseModel] = {}
        everything = sorted(items, key=lambda item: item[:4])
        for item in everything:
            self._versions.setdefault((item.kind, item.key, item.layer), []).append(item)
            layers = self._keys.setdefault(item.kind, {}).setdefault(item.layer, [])
            if item.key not in layers:
                layers.append(item.key)
        if release_id(everything) != id:
            raise ReleaseDamaged(f"release {id[:12]} does not match its hash; restore the database")

    def resolve(
        self, kind: str, key: str, *, on: date, bank: int | None = None, branch: str | None = None
    ) -> BaseModel:
        """The item in force for that branch, else bank, else the province. Raises `ItemMissing`."""
        item = self._find(kind, key, on, bank, branch)
        if item is None:
            raise ItemMissing(item=f"{kind}/{key}")
        made = self._objects.get(item)
        if made is None:
            made = self._kinds[kind].model.model_validate(orjson.loads(item.body))
            self._objects[item] = made
        return made

    def body(self, kind: str, key: str, *, on: date, bank: int | None = None) -> dict[str, Any]:
        """The same as plain JSON, fresh for the caller. Raises `ItemMissing`."""
        item = self._find(kind, key, on, bank, None)
        if item is None:
            raise ItemMissing(item=f"{kind}/{key}")
        fields: dict[str, Any] = orjson.loads(item.body)
        return fields

    def typed(self, model: type[M], kind: str, key: str, *, on: date, bank: int | None = None) -> M:
        """`resolve`, knowing what comes back."""
        found = self.resolve(kind, key, on=on, bank=bank)
        assert isinstance(found, model), f"{kind} is not {model.__name__}"
        return found

    def keys(self, kind: str, *, on: date, bank: int | None = None, branch: str | None = None) -> list[str]:
        """The keys of a kind that resolve there on that day, sorted."""
        by_layer = self._keys.get(kind, {})
        seen = {key for layer in _layers(bank, branch) for key in by_layer.get(layer, ())}
        return sorted(key for key in seen if self._find(kind, key, on, bank, branch))

    def _find(self, kind: str, key: str, on: date, bank: int | None, branch: str | None) -> Item | None:
        for layer in _layers(bank, branch):
            for item in self._versions.get((kind, key, layer), ()):
                if item.valid_from <= on < item.valid_until:
                    return item
        return None


def _layers(bank: int | None, branch: str | None) -> list[str]:
    """Layers from the narrowest to the province."""
    if bank is None:
        return [PROVINCE]
    narrow = [layer_of(bank, branch)] if branch else []
    return [*narrow, layer_of(bank), PROVINCE]

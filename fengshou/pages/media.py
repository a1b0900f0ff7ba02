"""Blocks that picture something: an image of the bank's own store, a row of them, figures drawn as a chart."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fengshou.pages.actions import Actions
from fengshou.pages.blocks import Block, Nothing
from fengshou.pages.parts import Expr, Part, Picture, Template, Text


class Image(Block):
    """One picture with what it shows in words; without `tap` it is only looked at."""

    t: Literal["image"]
    min: int = 2
    picture: Picture
    alt: Text
    ratio: Literal["16:9", "3:1", "4:3", "1:1"] = "16:9"
    note: Text | None = None
    tap: Actions = ()


class Slide(Part):
    """One of a row of pictures: its words stand over it and are read aloud."""

    picture: Picture
    title: Text
    note: Text | None = None
    show: Expr | None = None
    tap: Actions = ()


class Carousel(Block):
    """Pictures side by side, moved by hand; nothing moves by itself."""

    t: Literal["carousel"]
    min: int = 2
    label: Text
    items: Annotated[tuple[Slide, ...], Field(min_length=1, max_length=8)]


class Chart(Block):
    """Figures drawn: one mark for each member of `repeat` (`item`, `index`), at most sixty.

    at     what stands under a mark: a day, a name
    value  its figure; with `fen` it is money and hides with the privacy eye
    about  what the picture says, as one sentence for those who do not see it
    """

    t: Literal["chart"]
    min: int = 2
    style: Literal["bar", "line", "share"] = "bar"
    label: Text
    about: Text
    unit: Text | None = None
    repeat: Expr
    at: Template
    value: Template
    fen: bool = False
    limit: int = Field(default=31, ge=1, le=60)
    empty: Nothing | None = None

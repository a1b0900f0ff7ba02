"""Pages: what a phone or a desk shows, as content.

A page is typed blocks bound to operations by name, written in both languages, compiled to immutable JSON named by its
hash, and delivered through a signed manifest. It never carries a customer's data, an address or a script. The models
here are the protocol; the client's types are generated from them.

What is shown comes in layers: the pages this build brought, over them what the province published, over that what a
bank or a branch changed. Who makes a version does not check it; a checked one is shown to some before all, goes back by
itself when phones report that it fails, and gives way in one step. Open phones hear of each change at once.
"""

from fengshou.catalog import KINDS
from fengshou.pages.compile import Compiled, Edition, PagesRefused, compile_pages, load, source_of
from fengshou.pages.desk_compile import (
    DESK,
    desk_page,
    desk_pages,
    desk_problems,
    page_of_desk,
    resolved_desk,
)
from fengshou.pages.desk_kind import Desk
from fengshou.pages.differ import Difference, differences
from fengshou.pages.drafts import Made, Place, hash_of, wire_of
from fengshou.pages.errors import (
    FormRefused,
    NothingPublished,
    PageMissing,
    PageStale,
    SourceRefused,
    VersionMissing,
)
from fengshou.pages.expr import evaluate, fill, holes, names_of
from fengshou.pages.findings import Problem
from fengshou.pages.functions import Setting
from fengshou.pages.hostile import refuse_hostile
from fengshou.pages.lint import PROOF, lint
from fengshou.pages.page import ACTION_MODELS, KIT, KITS, PROTOCOL, Page, Shell
from fengshou.pages.pages import EVERYONE, Manifest, Pages
from fengshou.pages.parts import ICONS, Bilingual
from fengshou.pages.registry import block_registry
from fengshou.pages.resolve import LOCALES, Resolved, resolve
from fengshou.pages.syntax import ExpressionError, tokens
from fengshou.pages.versions import Gray, Kind, Version, kind_for, kinds_of
from fengshou.pages.walk import members
from fengshou.pages.world import Reader, World

KINDS.register(DESK)

ACTION_NAMES = frozenset(ACTION_MODELS)
"""What actions are called; every other name a switch turns off is a block's."""

__all__ = [
    "ACTION_NAMES",
    "DESK",
    "EVERYONE",
    "ICONS",
    "KIT",
    "KITS",
    "LOCALES",
    "PROOF",
    "PROTOCOL",
    "Bilingual",
    "Compiled",
    "Desk",
    "Difference",
    "Edition",
    "ExpressionError",
    "FormRefused",
    "Gray",
    "Kind",
    "Made",
    "Manifest",
    "NothingPublished",
    "Page",
    "PageMissing",
    "PageStale",
    "Pages",
    "PagesRefused",
    "Place",
    "Problem",
    "Reader",
    "Resolved",
    "Setting",
    "Shell",
    "SourceRefused",
    "Version",
    "VersionMissing",
    "World",
    "block_registry",
    "compile_pages",
    "desk_page",
    "desk_pages",
    "desk_problems",
    "differences",
    "evaluate",
    "fill",
    "hash_of",
    "holes",
    "kind_for",
    "kinds_of",
    "lint",
    "load",
    "members",
    "names_of",
    "page_of_desk",
    "refuse_hostile",
    "resolve",
    "resolved_desk",
    "source_of",
    "tokens",
    "wire_of",
]

"""Pages: what a phone or a desk shows, as content.

A page is typed blocks bound to operations by name, written in YAML in both languages, compiled to immutable
JSON named by its
hash, and delivered through a signed manifest. Publishing moves a pointer and open phones hear of it; a page
never carries a
customer's data, an address or a script. The models here are the protocol; the client's types are generated
from them.
"""

from fengshou.pages.compile import Compiled, Edition, PagesRefused, load
from fengshou.pages.errors import NothingPublished, PageMissing, PageStale
from fengshou.pages.expr import evaluate, fill
from fengshou.pages.functions import Setting
from fengshou.pages.lint import Problem, lint
from fengshou.pages.page import KIT, PROTOCOL, Page, Shell
from fengshou.pages.pages import EVERYONE, Manifest, Pages
from fengshou.pages.resolve import LOCALES, Resolved, resolve
from fengshou.pages.syntax import ExpressionError

__all__ = [
    "EVERYONE",
    "KIT",
    "LOCALES",
    "PROTOCOL",
    "Compiled",
    "Edition",
    "ExpressionError",
    "Manifest",
    "NothingPublished",
    "Page",
    "PageMissing",
    "PageStale",
    "Pages",
    "PagesRefused",
    "Problem",
    "Resolved",
    "Setting",
    "Shell",
    "evaluate",
    "fill",
    "lint",
    "load",
    "resolve",
]

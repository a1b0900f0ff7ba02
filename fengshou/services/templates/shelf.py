"""All pages that content makes, read from the folder: for those who look at pages without a bank around them."""

from __future__ import annotations

from pathlib import Path

import yaml

from fengshou.pages import Page
from fengshou.services.definition import Definition
from fengshou.services.templates.guide import page_of


def service_pages(content: Path) -> list[Page]:
    """A page for each service of the province."""
    files = sorted((content / "services").rglob("*.yaml"))
    items = (item for file in files for item in yaml.safe_load(file.read_text("utf-8"))["items"])
    fields = Definition.model_fields.keys()
    return [
        page_of(Definition.model_validate({k: v for k, v in item.items() if k in fields})) for item in items
    ]

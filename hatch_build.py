"""hatchling calls this while it builds: the wheel carries the built web client and the content.

In a checkout the client is built first, when it is stale. An sdist has no web/: it brings the built client along.
An editable install reads both from the checkout and packs nothing.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BuildHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's own plugins name no configuration either
    """Builds web/, and lays content/ into the wheel as fengshou/content_dist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before files are gathered; `version` is "editable" for `pip install -e`."""
        if version == "editable":
            return
        root = Path(self.root)
        if (root / "web" / "package.json").is_file():
            # The build runs in an environment of its own, which knows hatchling and nothing of ours.
            sys.path.insert(0, str(root))
            from fengshou.runtime.web_build import build_if_stale

            build_if_stale()
        if self.target_name == "wheel" and (root / "content").is_dir():
            build_data["force_include"][str(root / "content")] = "fengshou/content_dist"

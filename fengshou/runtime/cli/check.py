"""`./bank check`: everything that can be said about the tree in seconds."""

import argparse
import importlib.util
import json
import sys
from pathlib import Path

from fengshou.runtime.cli import steps
from fengshou.runtime.output import CommandError
from fengshou.runtime.places import checkout
from fengshou.runtime.web_build import npm_environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`check` takes none."""


def main(args: argparse.Namespace) -> int:
    """Run every step, also after one failed, so that one run tells all."""
    return 1 if run_checks() else 0


def run_checks() -> list[str]:
    """Run the steps and return the names of those that failed."""
    root = require_checkout()
    return steps.run_all(
        [*_python_steps(root), *_catalogue_step(root), *web_steps(root, "typecheck", "lint")]
    )


def require_checkout() -> Path:
    """The checkout's root; an installed wheel has nothing to check."""
    root = checkout()
    if root is None:
        raise CommandError("this command works in a checkout of the project, not in an installed wheel")
    return root


def _python_steps(root: Path) -> list[steps.Command]:
    return [
        steps.python("types (mypy --strict)", root, "mypy", "--no-error-summary"),
        steps.python("format (ruff)", root, "ruff", "format", "--check", "--output-format", "concise", "."),
        steps.python("lint (ruff)", root, "ruff", "check", "--quiet", "--output-format", "concise", "."),
        steps.Command("import contracts", (sys.executable, "-c", _LINT_IMPORTS), root),
        steps.python("tidy (tests/style)", root, "pytest", "-q", "--no-header", "tests/style"),
    ]


# import-linter has no __main__; its console script names the Python it was installed by, which may have moved.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command as main; main(['--no-logo'])"


def _catalogue_step(root: Path) -> list[steps.Command]:
    if importlib.util.find_spec("fengshou.runtime.cli.catalog_check") is None:
        return []
    return [steps.python("catalogue", root, "fengshou", "catalog", "check")]


def web_steps(root: Path, *scripts: str) -> list[steps.Command]:
    """The named scripts of web/package.json that exist, if its packages are installed."""
    web = root / "web"
    if not (web / "node_modules").is_dir():
        return []
    known = json.loads((web / "package.json").read_text()).get("scripts", {})
    return [
        steps.Command(f"web {script}", ("npm", "run", "--silent", script), web, npm_environment())
        for script in scripts
        if script in known
    ]

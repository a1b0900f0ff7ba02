"""What the code imports is declared, and what is declared is explained."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.style.tree import Finding, parsed, report, text_of, with_suffix

OURS = {"fengshou", "tests"}
BUILT_BY_OTHERS = {"hatchling"}  # the build installs its own; declared under [build-system]
# What a package is called where it is not installed: only who runs the benchmark has these.
NOT_ALWAYS_THERE = {"hordak": ["django-hordak"], "moneyed": ["py-moneyed"]}
# Commands that only a checkout has: `COMMANDS` of the runtime names the developers' lock for them.
OF_DEVELOPERS = ("fengshou/runtime/crawl/", "fengshou/runtime/bench/home.py")
DECISION = Path("docs/decisions/0003-tooling.md")


def plain(requirement: str) -> str:
    """A requirement's name as registries compare it."""
    name = re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> dict[str, set[str]]:
    """The names that pyproject.toml declares, by group; `run` is what the bank itself needs."""
    project = tomllib.loads(text_of(Path("pyproject.toml")))
    groups = {"run": project["project"]["dependencies"], **project["dependency-groups"]}
    return {group: {plain(requirement) for requirement in names} for group, names in groups.items()}


def imports(name: Path) -> Iterator[tuple[int, str]]:
    """The packages from outside that a file imports, with the line."""
    for node in ast.walk(parsed(name)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
        else:
            continue
        for package in {module.split(".")[0] for module in modules}:
            if package not in sys.stdlib_module_names and package not in OURS:
                yield node.lineno, package


def test_what_is_imported_is_declared() -> None:
    groups = declared()
    distributions = {**packages_distributions(), **NOT_ALWAYS_THERE}
    findings = []
    for name in with_suffix(".py"):
        if "web" in name.parts[:1]:
            continue
        allowed = (
            groups["run"] | groups["bench"] if name.parts[0] == "fengshou" else set().union(*groups.values())
        )
        if name.as_posix().startswith(OF_DEVELOPERS):
            allowed = allowed | groups["dev"]
        for line, package in imports(name):
            keepers = {plain(keeper) for keeper in distributions.get(package, [package])}
            if not keepers & allowed and package not in BUILT_BY_OTHERS:
                findings.append(Finding(name, line, f"{package} ({', '.join(sorted(keepers))})"))

    assert not findings, report(findings, "Declare it in pyproject.toml, then ./bank lock.")


def test_every_dependency_is_explained() -> None:
    told = {plain(row) for row in re.findall(r"^\| `([\w.-]+)`", text_of(DECISION), re.MULTILINE)}
    wanted = set().union(*declared().values())

    assert not wanted - told, f"{DECISION} says nothing about {sorted(wanted - told)}"
    assert not told - wanted, f"{DECISION} explains what is not declared: {sorted(told - wanted)}"

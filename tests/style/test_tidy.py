"""Sizes, names, and reasons: what keeps the tree readable."""

import ast
import re
from pathlib import Path

from tests.style.tree import Finding, files, parsed, report, text_of, with_suffix

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "misc"}
REASON_CHARACTERS_MIN = 8
# Letters in brackets keep this file from finding itself.
EXCUSE = re.compile(
    r"#\s*type: i[g]nore(?:\[[\w, -]*\])?(?P<why_type>.*)"
    r"|#\s*n[o]qa(?::\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*)?(?P<why_lint>.*)"
    r"|@ts-(?:i[g]nore|expect-e[r]ror)(?P<why_ts>.*)"
    r"|pragma: no c[o]ver(?P<why_cover>.*)"
)
LEFT_FOR_LATER = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X)\b")


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    findings = [
        Finding(name, lines, f"{lines} lines")
        for name in with_suffix(".py", ".ts", ".vue", ".sql")
        if ".gen." not in name.name  # what a program wrote, people do not read
        if (lines := text_of(name).count("\n")) > FILE_LINES_MAX
    ]

    assert not findings, report(
        findings, f"Split by act: {FILE_LINES_MAX} lines are the limit, 100-250 the aim."
    )


def test_a_function_is_one_screen() -> None:
    findings = [
        Finding(name, node.lineno, f"{node.name} has {length} lines")
        for name in with_suffix(".py")
        for node in ast.walk(parsed(name))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert not findings, report(
        findings, f"Name its parts: {FUNCTION_LINES_MAX} lines are the limit, 25 the aim."
    )


def test_modules_are_named_for_what_they_are_about() -> None:
    findings = [
        Finding(name, 1, "says nothing about what is inside")
        for name in with_suffix(".py")
        if VAGUE_NAMES & {name.stem, *name.parent.parts}
    ]

    assert not findings, report(findings, "Name a module by the word a bank clerk would use.")


def test_every_excuse_gives_its_reason() -> None:
    findings = [
        Finding(name, number, found.group(0).strip())
        for name in with_suffix(".py", ".ts", ".vue")
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if (found := EXCUSE.search(line)) and not _gives_reason(found)
    ]

    assert not findings, report(findings, "Say why on the same line, or mend what is excused.")


def test_nothing_is_left_for_later_in_the_code() -> None:
    findings = [
        Finding(name, number, line.strip())
        for name in with_suffix(".py", ".ts", ".vue", ".sql")
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if LEFT_FOR_LATER.search(line)
    ]

    assert not findings, report(findings, "Do it, or file an issue: code is not a list of wishes.")


def test_tests_stand_where_what_they_test_stands() -> None:
    rooms = {
        name.parts[1] for name in with_suffix(".py") if name.parts[0] == "fengshou" and len(name.parts) > 2
    }
    others = {"contracts", "content", "docs", "journeys", "laws", "speed", "style", "support", "web"}
    findings = [
        Finding(name, 1, f"tests/{name.parts[1]} mirrors no room")
        for name in with_suffix(".py")
        if name.parts[0] == "tests" and len(name.parts) > 2 and name.parts[1] not in rooms | others
    ]

    assert not findings, report(
        findings, f"tests/ mirrors fengshou/; beside the rooms it has {sorted(others)}."
    )


def test_the_tree_is_seen() -> None:
    assert Path("pyproject.toml") in files()
    assert Path("fengshou/__init__.py") in files()


def _gives_reason(found: re.Match[str]) -> bool:
    why = next((text for text in found.groupdict().values() if text is not None), "")
    return len(re.sub(r"[\W_]", "", why)) >= REASON_CHARACTERS_MIN

"""The pages of `docs/reference/` that a program can write: errors, commands, settings.

`python -m fengshou.runtime.reference` writes them; a test holds that they are current.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path

from fengshou.kernel import BankError, Settings, every_error
from fengshou.runtime.cli import COMMANDS
from fengshou.runtime.places import PACKAGE, checkout

_MADE = "<!-- Written by `python -m fengshou.runtime.reference`: do not edit. -->"
_ROOMS = (
    "kernel",
    "party",
    "ledger",
    "catalog",
    "risk",
    "access",
    "pages",
    "payments",
    "services",
    "channels",
)
_STATUS = {
    "invalid": "422", "missing": "404", "conflict": "409", "refused": "403", "step_up": "401",
    "waiting": "202", "busy": "503, 429",
}  # fmt: skip

_ERRORS_SAY = (
    "What the bank says when it does not do a thing: `application/problem+json` with `code`, `kind`, `facts` and"
    " both sentences. `{holes}` are filled with facts."
)
_COMMANDS_SAY = (
    "`./bank` in a checkout and `fengshou` where it is installed are the same program. Results go to stdout,"
    " everything else to stderr; 0 means success. With `--json` the last line is one JSON object."
)

# What the program reads from its environment. A test compares the names with the code.
ENVIRONMENT: dict[str, str] = {
    "FENGSHOU_DATABASE_URL": "PostgreSQL 15 or later of your own; without it the program brings and runs one",
    "FENGSHOU_MASTER_KEY": "64 hexadecimal digits, from which the keys of sealed fields are derived; without it"
    " the data folder keeps one in `keys/master`. Lost, the sealed fields are lost",
    "FENGSHOU_ORIGIN": "the address people type, e.g. `https://bank.example`; passkeys are bound to it"
    " (default: `http://localhost:` and the port)",
    "FENGSHOU_SHARDS": "banks whose book is in a database of its own:"
    ' `[{"dsn": "postgresql://…", "banks": [523, 1127]}]`; the others are in the house\'s',
    "FENGSHOU_LOG": "level of the log in the data folder's `bank.log` (default `INFO`)",
    "FENGSHOU_REALNAME_URL": "address of the real-name register; with `_KEY` and `_SECRET` beside it",
    "FENGSHOU_SMS_URL": "address of the text message gateway; with `_KEY` and `_SECRET` beside it",
    "FENGSHOU_RAIL_URL": "address of the interbank rail; with `_KEY` and `_SECRET` beside it",
    "FENGSHOU_BILLER_URL": "address of the biller hub; with `_KEY` and `_SECRET` beside it. A bank without it"
    " pays no bills; likewise the next four",
    "FENGSHOU_HOSPITAL_URL": "address of the hospitals' FHIR gateway; with `_KEY` and `_SECRET` beside it",
    "FENGSHOU_GOVERNMENT_URL": "address of the provincial service network; with `_KEY` and `_SECRET` beside it",
    "FENGSHOU_PROPERTY_URL": "address of the property companies' gateway; with `_KEY` and `_SECRET` beside it",
    "FENGSHOU_PRODUCT_URL": "address of the product issuers' gateway; with `_KEY` and `_SECRET` beside it",
    "FENGSHOU_SCANNER_ADDRESS": "`host:port` or unix socket of the clamd that looks through uploads; without it no"
    " file is taken",
    "FENGSHOU_VENV": "another folder for Python's packages than `.venv` (only `./bank`)",
    "FENGSHOU_PYTHON": "another Python to make it with (only `./bank`)",
    "FENGSHOU_CHROMIUM": "the Chromium that tests drive",
    "FENGSHOU_TRACEBACK": "set to anything: an error of a command shows where it came from",
}
# Set by our own programs for each other.
INTERNAL = {"FENGSHOU_PROG", "FENGSHOU_BUILD"}


class _Options(argparse.ArgumentParser):
    """Remembers the options a command adds, in the words it adds them with."""

    def __init__(self) -> None:
        self.seen: list[argparse.Action] = []
        super().__init__(add_help=False)

    def add_argument(self, *names: str, **more: object) -> argparse.Action:
        action = super().add_argument(*names, **more)  # type: ignore[arg-type]  # handed on as it came
        self.seen.append(action)
        return action


def pages() -> dict[str, str]:
    """File name to text of every page."""
    return {"errors.md": _errors(), "commands.md": _commands(), "settings.md": _settings()}


def _errors() -> str:
    lines = [
        _MADE, "# Errors", "",
        _ERRORS_SAY, "",
        "| kind | HTTP status | what a caller may conclude |", "| --- | --- | --- |",
        "| invalid | 422 | the request is wrong: mend it |",
        "| missing | 404 | not there, or not yours: both look the same |",
        "| conflict | 409 | contradicts what is recorded: read again |",
        "| refused | 403 | understood and declined; nothing moved |",
        "| step_up | 401 | prove more about who you are, then send the same again |",
        "| waiting | 202 | the outcome is unknown: ask, do not send anew |",
        "| busy | 503, 429 | not even tried: try again later |",
    ]  # fmt: skip
    for room, classes in _by_room():
        lines += [
            "",
            f"## {room}",
            "",
            "| code | kind | status | 中文 | English |",
            "| --- | --- | --- | --- | --- |",
        ]
        lines += [
            f"| `{c.code}` | {c.kind.value} | {_STATUS[c.kind.value]} | {_cell(c.zh)} | {_cell(c.en)} |"
            for c in classes
        ]
    return "\n".join(lines) + "\n"


def _by_room() -> Iterator[tuple[str, list[type[BankError]]]]:
    for room in _ROOMS:
        importlib.import_module(f"fengshou.{room}")
    known = [cls for cls in every_error() if cls.__module__.startswith("fengshou.")]
    for room in _ROOMS:
        mine = {c.code: c for c in known if c.__module__.startswith(f"fengshou.{room}.")}
        if mine:
            yield room, [mine[code] for code in sorted(mine)]


def _commands() -> str:
    lines = [
        _MADE, "# Commands", "",
        _COMMANDS_SAY,
    ]  # fmt: skip
    for name, spec in COMMANDS.items():
        if importlib.util.find_spec(spec.module) is None:
            continue  # a name kept for a later version
        parser = _Options()
        importlib.import_module(spec.module).add_arguments(parser)
        lines += ["", f"## ./bank {name}", "", f"{spec.help[0].upper()}{spec.help[1:]}."]
        if parser.seen:
            lines += ["", "| option | does |", "| --- | --- |"]
            lines += [f"| `{_option(action)}` | {_cell(action.help or '')} |" for action in parser.seen]
    return "\n".join(lines) + "\n"


def _option(action: argparse.Action) -> str:
    name = ", ".join(action.option_strings)
    if not name:
        return str(action.metavar or action.dest)
    value = str(action.metavar or action.dest.upper())
    return name if action.nargs == 0 else f"{name} {value}"


def _settings() -> str:
    lines = [_MADE, "# Settings", "", "## Environment", "", "| variable | what it is |", "| --- | --- |"]
    lines += [f"| `{name}` | {_cell(said)} |" for name, said in ENVIRONMENT.items()]
    lines += [
        "", "## One object inside", "",
        "`fengshou.kernel.Settings` is made once, at start, from the environment and the command's options.", "",
        "| name | type | default |", "| --- | --- | --- |",
    ]  # fmt: skip
    lines += [
        f"| `{f.name}` | `{f.type}` | {'none' if f.default is MISSING else f'`{f.default}`'} |"
        for f in fields(Settings)
    ]
    lines += [
        "",
        "What a bank changes while it runs (limits, fees, rules, texts, pages) is content, not a setting:",
    ]
    lines += ["[content and releases](../concepts/content.md)."]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def main() -> None:
    """Write the pages into the checkout."""
    folder = (checkout() or PACKAGE.parent) / "docs" / "reference"
    for name, text in pages().items():
        Path(folder, name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

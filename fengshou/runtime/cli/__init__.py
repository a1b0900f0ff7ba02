"""The commands of `./bank` and `fengshou`, and the way from a typed word to the function that does it.

`COMMANDS` says what there is; a command's module is imported only when it is called, so that listing costs
nothing and a fresh checkout can install what the command needs first. Such a module has

    def add_arguments(parser: argparse.ArgumentParser) -> None
    def main(args: argparse.Namespace) -> int      # the exit code; raise CommandError for a refusal

Only the standard library may be imported here and in what this file imports at its top.
"""

import argparse
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from fengshou.runtime.install import ensure
from fengshou.runtime.output import CommandError

__all__ = ["COMMANDS", "CommandError", "CommandSpec", "main"]


@dataclass(frozen=True)
class CommandSpec:
    """One command: what it does, where its code is, which locks of requirements/ it needs beside `run`."""

    help: str
    module: str
    needs: tuple[str, ...] = ()
    passes_arguments_on: bool = False


def _spec(help_text: str, module: str, *needs: str, passes_arguments_on: bool = False) -> CommandSpec:
    return CommandSpec(help_text, f"fengshou.runtime.cli.{module}", needs, passes_arguments_on)


COMMANDS: dict[str, CommandSpec] = {
    "run": _spec("set up and serve everything on one port", "run"),
    "demo": _spec("the main journey without a screen, on a temporary data folder", "demo"),
    "test": _spec(
        "all checks and tests; with arguments: pytest with them", "test", "dev", passes_arguments_on=True
    ),
    "check": _spec("format, lint, types, import contracts, tidy: what takes seconds", "check", "dev"),
    "lock": _spec("write requirements/*.txt anew from pyproject.toml", "lock", "dev"),
    "bench ledger": _spec("the ledger against others, in alternated rounds", "bench_ledger", "bench"),
    "bench app": _spec("one small payment through everything, against a no-op", "bench_app"),
    "bench pages": _spec("delivery and drawing of pages", "bench_pages", "dev"),
    "bench home": _spec("the home page of blocks beside one written by hand", "bench_home", "dev"),
    "bench services": _spec("case engine, resolve, search", "bench_services"),
    "bench till": _spec("orders, settlement, reconciliation", "bench_till"),
    "bench risk": _spec("rules, features, decisions", "bench_risk"),
    "drill ledger": _spec("random faults under load; counts what was lost", "drill_ledger"),
    "drill failover": _spec("three nodes and a fault under load", "drill_failover"),
    "ledger verify": _spec("hash chain, replay of the journal, trial balances", "ledger_verify"),
    "ledger trial": _spec("the trial balance of a day, by bank and for the federation", "ledger_trial"),
    "ledger general": _spec("the general ledger by subject for some days", "ledger_general"),
    "ledger balance-at": _spec("what an account held at an instant", "ledger_balance_at"),
    "ledger close": _spec("closes a day, a month or an interest quarter of a bank", "ledger_close"),
    "ledger reopen": _spec(
        "opens the day closed last again: one colleague asks, another agrees", "ledger_reopen"
    ),
    "ledger anchors": _spec("proves what is new, and marks how far the book was whole", "ledger_anchors"),
    "ledger seal": _spec("packs the journal's old months", "ledger_seal"),
    "ledger import": _spec("history from a CSV file, wholly or not at all", "ledger_import"),
    "ledger export": _spec("the journal as CSV or Parquet", "ledger_export"),
    "ledger reconcile": _spec("a partner's file against ours", "ledger_reconcile"),
    "catalog count": _spec("the catalogue in figures", "catalog_count"),
    "catalog check": _spec("the linter of content/", "catalog_check"),
    "catalog sweep": _spec("each definition's sample journey to its end", "catalog_sweep"),
    "pages share": _spec("how much of the pages is defined on the server", "pages_share"),
    "pages pictures": _spec(
        "draws every kind of block, or the main pages in four modes", "pages_pictures", "dev"
    ),
    "crawl": _spec("opens the pages in Chromium and counts errors", "crawl", "dev"),
    "risk replay": _spec("decides one stored event again", "risk_replay"),
    "risk overlap": _spec("which rules fire together", "risk_overlap"),
    "risk simulate": _spec("a draft rule on past events", "risk_simulate"),
    "db backup": _spec("a copy of the database in one file, also while the bank runs", "db_backup"),
    "db restore": _spec("a backup into a data folder that holds no bank", "db_restore"),
    "db reset": _spec("deletes database, keys and logs of a data folder", "db_reset"),
    "db upgrade": _spec("data of an older PostgreSQL to the one in use", "db_upgrade"),
    "jobs": _spec("what failed too often to be tried again by itself", "jobs"),
    "clock": _spec("shows or moves the business clock of a demo bank", "clock"),
    "prepare": _spec("installs and builds what `run` needs, and stops there", "prepare"),
}

_INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command named by `argv` (without the program's name) and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(words)
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has gone; Python must not try to flush to it when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last line of defence: one clear line instead of a traceback
        if os.environ.get("FENGSHOU_TRACEBACK"):
            traceback.print_exc()
        print(f"bank: {_one_line(error)}", file=sys.stderr)
        return 1


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("help", "-h", "--help"):
        print(listing())
        return 0
    name = next((n for n in (" ".join(words[:2]), words[0]) if n in COMMANDS), None)
    if name is None:
        return _unknown(words[0])
    spec = COMMANDS[name]
    rest = words[len(name.split()) :]
    ensure(("run", *spec.needs))
    command = _load(name, spec)
    if spec.passes_arguments_on and rest[:1] not in (["-h"], ["--help"]):
        args = argparse.Namespace(arguments=rest)
    else:
        parser = argparse.ArgumentParser(prog=f"{_program()} {name}", description=spec.help)
        command.add_arguments(parser)
        args = parser.parse_args(rest)
    code: int = command.main(args)
    return code


def listing(group: str = "") -> str:
    """The commands as text; with `group` only those that begin with that word."""
    names = [name for name in COMMANDS if not group or name.split()[0] == group]
    width = max(len(name) for name in names)
    lines = [f"  {_program()} {name:<{width}}  {_help_of(name)}" for name in names]
    head = "Fengshou (丰收): a bank federation in one program." if not group else f"Commands of {group}:"
    return "\n".join((head, "", *lines, "", "Each takes --help."))


def _help_of(name: str) -> str:
    spec = COMMANDS[name]
    return spec.help if importlib.util.find_spec(spec.module) else f"{spec.help} (later)"


def _unknown(word: str) -> int:
    if any(name.startswith(f"{word} ") for name in COMMANDS):
        print(listing(word), file=sys.stderr)
    else:
        print(f"bank: there is no command {word!r}; {_program()} alone lists them", file=sys.stderr)
    return 2


def _load(name: str, spec: CommandSpec) -> ModuleType:
    try:
        return importlib.import_module(spec.module)
    except ModuleNotFoundError as error:
        if error.name == spec.module:
            raise CommandError(f"`{name}` comes in a later version") from None
        raise


def _program() -> str:
    return os.environ.get("FENGSHOU_PROG", "fengshou")


def _one_line(error: Exception) -> str:
    """What went wrong in one line; an unforeseen error says how to see more of it."""
    if isinstance(error, CommandError):
        return str(error)
    kernel = sys.modules.get("fengshou.kernel")
    if kernel is not None and isinstance(error, kernel.BankError):
        return f"{error.code}: {error.messages['en']}"
    postgres = sys.modules.get("fengshou.runtime.postgres")
    if postgres is not None and isinstance(error, postgres.PostgresProblem):
        return str(error)
    text = " ".join(str(error).split()) or "no further word"
    return f"{type(error).__name__}: {text} (FENGSHOU_TRACEBACK=1 shows where)"

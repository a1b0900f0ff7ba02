"""`risk replay`: decide one stored event again, with the rules of its own release."""

from __future__ import annotations

import argparse
import asyncio
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fengshou.runtime.output import CommandError, add_json, emit

if TYPE_CHECKING:
    from fengshou.risk import Replay


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which decision, of which bank."""
    parser.add_argument("id", metavar="ID", help="the decision's id, as the console shows it")
    parser.add_argument("--data", type=Path, default=None, help="the data folder")
    add_json(parser)


def main(args: argparse.Namespace) -> int:
    """Print what was decided and what comes out now; 1 when they differ."""
    try:
        decision = UUID(args.id)
    except ValueError:
        raise CommandError(f"{args.id} is no id of a decision") from None
    found = asyncio.run(_with_database(args, decision))
    if found is None:
        raise CommandError(f"there is no decision {decision}")
    result = told(found)
    emit(args, result, _sentences(result))
    return 0 if found.same else 1


def told(found: Replay) -> dict[str, Any]:
    """A replay as JSON: stored and again side by side."""
    stored, again = found.decision, found.again
    both = {
        name: {"stored": _plain(getattr(stored, name)), "again": _plain(getattr(again, name))}
        for name in ("action", "score", "level_needed", "hold_minutes", "desk", "reasons")
    }
    return {"same": found.same, "decision": str(stored.id), **both, "features": found.features}


def _plain(value: Any) -> Any:
    return [asdict(reason) for reason in value] if isinstance(value, tuple) else value


def _sentences(result: dict[str, Any]) -> str:
    lines = [f"decision {result['decision']}: {'the same' if result['same'] else 'DIFFERENT'}"]
    for name in ("action", "score", "level_needed", "hold_minutes", "desk"):
        one, two = result[name]["stored"], result[name]["again"]
        lines.append(f"  {name:<13} {one}" + ("" if one == two else f"  now {two}"))
    rules = [reason["rule"] for reason in result["reasons"]["again"]]
    return "\n".join([*lines, f"  rules         {', '.join(rules) or '-'}"])


async def _with_database(args: argparse.Namespace, decision: UUID) -> Replay | None:
    from fengshou.runtime import standing
    from fengshou.runtime.cli.db_place import cluster_in

    if dsn := os.environ.get("FENGSHOU_DATABASE_URL"):
        return await _replay(dsn, decision)
    cluster = cluster_in((args.data or standing.default_data_dir()).absolute())
    dsn = await asyncio.to_thread(cluster.start)
    try:
        return await _replay(dsn, decision)
    finally:
        await asyncio.to_thread(cluster.stop)


async def _replay(dsn: str, decision: UUID) -> Replay | None:
    from fengshou.catalog import Catalog
    from fengshou.kernel import Clock, Database, Vault
    from fengshou.risk import Risk

    clock = Clock()
    db = Database(dsn, clock, web_max=2)
    await db.open()
    try:
        # What was stored is judged again; nothing sealed is opened, so any key will do.
        return await Risk(db, Vault(bytes(32)), clock, Catalog(db, clock)).replay(decision)
    finally:
        await db.close()

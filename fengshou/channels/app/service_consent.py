"""What a service tells of me is agreed to and written down; what takes proof is proved for this very form."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from fengshou.access import Evidence, EvidenceSpent
from fengshou.channels.app.proof import proved
from fengshou.channels.edge import Call
from fengshou.kernel import BankError, bank_of
from fengshou.services import Definition

CHANNEL = "app"


class ConsentNeeded(BankError):
    """A service tells its provider something of the customer, who has not agreed to it."""

    code = "SERVICES.CONSENT_NEEDED"
    zh = "这项服务要把您的部分资料告诉办理方，同意了才能办"
    en = "This service tells its provider something about you; it needs your consent first."


def _purpose(definition: Definition) -> tuple[str, str]:
    """Purpose and version: who tells more than was agreed to asks again."""
    return f"service.{definition.key}", "+".join(sorted(definition.tells))


async def agreed(call: Call, definition: Definition) -> bool:
    """Whether what the service tells was agreed to and not taken back."""
    if not definition.tells:
        return True
    given = await call.doors.party.consents(call.who.id)
    return _purpose(definition) in {(one.purpose, one.version) for one in given if one.withdrawn_at is None}


async def proof_of(
    call: Call, definition: Definition, act: str, key: UUID, form: Mapping[str, Any], *, agree: bool
) -> Evidence:
    """Consent first, then proof of the service's level for this very request. Raises `ConsentNeeded`, `StepUp`."""
    who = call.who
    if not await agreed(call, definition):
        if not agree:
            raise ConsentNeeded()
        purpose, version = _purpose(definition)
        async with call.doors.db.work(bank_of(who.id), who) as work:
            await call.doors.party.consent(work, who.id, purpose, version, CHANNEL)
    words = orjson.dumps(dict(form), option=orjson.OPT_SORT_KEYS).decode()
    subject = f"{definition.key}|{act}|{key}|{words}"
    return await proved(call, "service", subject, bank=bank_of(who.id), level=definition.level)


async def prove(call: Call, evidence: Evidence | None) -> None:
    """Use the proof up, after the act: it names the act's key, so that it could only ever lead to this one."""
    if evidence is not None and evidence.stored:
        with contextlib.suppress(EvidenceSpent):
            async with call.doors.db.work(evidence.bank, call.who) as work:
                await call.doors.access.spend(work, evidence)

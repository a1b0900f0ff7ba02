"""Passkeys: bound to a person, used to log in and to confirm an act. The gate before binding is `binding`'s."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, Literal, TypeAlias
from uuid import UUID

from fengshou.access import store_credentials as store
from fengshou.access import store_directory as directory
from fengshou.access.errors import ChallengeEnded, LastFactor, PasskeyRefused, PasskeysFull
from fengshou.access.model import OwnerKind, Passkey
from fengshou.access.room import Room
from fengshou.access.webauthn_answers import Known, RelyingParty, challenge_in, credential_in
from fengshou.kernel import CENTRE, Missing, Principal, Record, Work, bank_of, get_logger, new_id

_Use: TypeAlias = Literal["register", "log_in", "step_up"]
_RANDOM_BYTES = 16
_NAME_MOST = 40
_log = get_logger("access")


class Passkeys:
    """Registration and assertion. User verification is always required, so a passkey counts as two factors."""

    def __init__(self, room: Room, party: RelyingParty) -> None:
        self._room, self._party = room, party

    async def registration_options(self, who: Principal, name: str) -> dict[str, Any]:
        """Options to create a passkey; `name` is shown by the phone beside it (a masked phone number)."""
        known = await self._known(who.id)
        if len(known) >= self._room.policy.passkeys_most:
            raise PasskeysFull(most=self._room.policy.passkeys_most)
        challenge = await self._open("register", b"", who.id, None)
        return self._party.registration(challenge, who.id, name, known, self._seconds)

    async def add(
        self, who: Principal, answer: dict[str, Any], name: str, spend: Callable[[Work], Awaitable[None]]
    ) -> Passkey:
        """Store a new passkey in one work with what `spend` spends.

        Raises `ChallengeEnded`, `PasskeyRefused`, `PasskeysFull`.
        """
        challenge = challenge_in(answer)
        await self._use(challenge, "register", who.id, None)
        made = self._party.registered(answer, challenge)
        home, name = bank_of(who.id), _named(name)
        id_ = new_id(home)
        async with self._room.db.work(home, who) as work:
            await spend(work)
            if await store.lock_passkeys(work, who.id) >= self._room.policy.passkeys_most:
                raise PasskeysFull(most=self._room.policy.passkeys_most)
            blind = self._room.credential_blind(made.credential_id)
            # A credential that is somebody's already is refused, whoever asks.
            if not await directory.list_passkey(work, blind, home, who.kind, who.id, id_):
                raise PasskeyRefused()
            await store.add_passkey(
                work, id_, who.id, made.credential_id, made.public_key, made.sign_count, made.aaguid,
                made.synced, list(made.transports), name,
            )  # fmt: skip
            await self._tell(work, "access.passkey_added", who.id, id_)
            return Passkey(id_, name, made.synced, work.now, None)

    async def log_in_options(self) -> dict[str, Any]:
        """Options for a log-in in which the phone offers the passkeys it has for us."""
        return self._party.assertion(await self._open("log_in", b"", None, None), [], self._seconds)

    async def log_in(self, answer: dict[str, Any]) -> tuple[OwnerKind, UUID]:
        """Whose passkey signed. Raises `ChallengeEnded`, `PasskeyRefused`."""
        challenge, credential = challenge_in(answer), credential_in(answer)
        await self._use(challenge, "log_in", None, None)
        async with self._room.db.read(CENTRE) as work:
            found = await directory.find_passkey(work, self._room.credential_blind(credential))
        if found is None:
            raise PasskeyRefused()
        await self._verify(answer, challenge, credential, found["principal_id"])
        return found["principal_kind"], found["principal_id"]

    async def step_up_options(self, who: Principal, order: UUID, digest: bytes) -> dict[str, Any]:
        """Options to confirm an act: the challenge is 16 random bytes and the act's digest."""
        known = await self._known(who.id)
        challenge = await self._open("step_up", digest, who.id, order)
        return self._party.assertion(challenge, known, self._seconds)

    async def step_up(self, who: Principal, order: UUID, digest: bytes, answer: dict[str, Any]) -> None:
        """Check that the person's passkey signed this act. Raises `ChallengeEnded`, `PasskeyRefused`."""
        challenge = challenge_in(answer)
        await self._use(challenge, "step_up", who.id, order)
        if challenge[_RANDOM_BYTES:] != digest:
            raise ChallengeEnded()
        await self._verify(answer, challenge, credential_in(answer), who.id)

    async def all_of(self, who: Principal) -> list[Passkey]:
        """The person's passkeys, oldest first."""
        async with self._room.db.read(bank_of(who.id), who) as work:
            rows = await store.passkeys_of(work, who.id)
        return [Passkey(r["id"], r["name"], r["synced"], r["created_at"], r["used_at"]) for r in rows]

    async def rename(self, who: Principal, id_: UUID, name: str) -> None:
        """Raises `Missing` for a stranger's."""
        async with self._room.db.work(bank_of(who.id), who) as work:
            if not await store.rename_passkey(work, who.id, id_, _named(name)):
                raise Missing()

    async def remove(self, who: Principal, id_: UUID, spend: Callable[[Work], Awaitable[None]]) -> None:
        """Forget a passkey in one work with what `spend` spends.

        Raises `Missing`, or `LastFactor` when nothing would be left to log in with.
        """
        async with self._room.db.work(bank_of(who.id), who) as work:
            await spend(work)
            count = await store.lock_passkeys(work, who.id)
            if count == 1 and await store.password(work, who.id) is None:
                raise LastFactor()
            credential = await store.remove_passkey(work, who.id, id_)
            if credential is None:
                raise Missing()
            await directory.unlist_passkey(work, self._room.credential_blind(credential))
            await self._tell(work, "access.passkey_removed", who.id, id_)

    async def _verify(
        self, answer: dict[str, Any], challenge: bytes, credential: bytes, principal: UUID
    ) -> None:
        home = bank_of(principal)
        async with self._room.db.read(home) as work:
            row = await store.passkey(work, credential)
        if row is None or row["principal_id"] != principal:
            raise PasskeyRefused()
        count = self._party.asserted(answer, challenge, row["public_key"], row["sign_count"])
        async with self._room.db.work(home) as work:
            if not await store.passkey_used(work, row["id"], count):
                # A count that did not grow: two copies of one authenticator may be about.
                _log.warning("passkey count fell", passkey=str(row["id"]))
                raise PasskeyRefused()

    async def _open(self, use: _Use, digest: bytes, principal: UUID | None, order: UUID | None) -> bytes:
        challenge = secrets.token_bytes(_RANDOM_BYTES if digest else 2 * _RANDOM_BYTES) + digest
        async with self._room.db.work(CENTRE) as work:
            await directory.put_challenge(
                work, sha256(challenge).digest(), use, principal, order, self._room.policy.challenge_life
            )
        return challenge

    async def _use(self, challenge: bytes, use: _Use, principal: UUID | None, order: UUID | None) -> None:
        async with self._room.db.work(CENTRE) as work:
            if not await directory.use_challenge(work, sha256(challenge).digest(), use, principal, order):
                raise ChallengeEnded()

    async def _known(self, principal: UUID) -> list[Known]:
        async with self._room.db.read(bank_of(principal)) as work:
            rows: list[Record] = await store.passkeys_of(work, principal)
        return [Known(row["credential_id"], tuple(row["transports"])) for row in rows]

    async def _tell(self, work: Work, topic: str, principal: UUID, id_: UUID) -> None:
        await work.audit(topic, str(principal), passkey=str(id_))
        await work.emit(topic, str(principal), {"principal": str(principal), "passkey": str(id_)})

    @property
    def _seconds(self) -> int:
        return int(self._room.policy.challenge_life.total_seconds())


def _named(told: str) -> str:
    """A name fit to be stored and shown, whatever was typed."""
    return "".join(c for c in told if c.isprintable()).strip()[:_NAME_MOST] or "通行密钥"

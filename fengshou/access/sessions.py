"""Sessions: opened by a log-in, resolved on every request, rotated, ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from fengshou.access import store_sessions as store
from fengshou.access import tokens
from fengshou.access.errors import SessionEnded
from fengshou.access.model import DeviceHint, Entered, OwnerKind, Session, device_name, level_of
from fengshou.access.room import Room
from fengshou.kernel import Principal, Record, Work, bank_of, counter, get_logger, new_id

_log = get_logger("access")
_opened = counter("access_sessions_opened_total", "Sessions opened", ["kind", "factors"])


class Sessions:
    """The sessions of customers and staff, each kept at the member bank that keeps the person."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def open(
        self,
        kind: OwnerKind,
        principal: UUID,
        factors: frozenset[str],
        hint: DeviceHint,
        *,
        roles: frozenset[str] = frozenset(),
        locale: str = "zh-CN",
        trust: bool = False,
    ) -> Entered:
        """Open a session after its factors were checked.

        The first device a person ever logs in on is trusted at once, later ones after the cooling time.
        trust  a demo log-in: the device does not cool
        """
        home, policy = bank_of(principal), self._room.policy
        token, secret = tokens.new_token(home), hint.secret if tokens.is_secret(hint.secret) else None
        secret = secret or tokens.new_secret()
        async with self._room.db.work(home) as work:
            trusted = trust or not await store.ever_had_device(work, principal)
            row = await store.put_device(
                work, new_id(home), principal, tokens.mark(secret), device_name(hint.user_agent),
                work.now if trusted else work.now + policy.cooling,
            )  # fmt: skip
            session = Session(
                new_id(home), kind, principal, row["id"], home, level_of(factors), factors,
                work.now if factors else None, roles, locale, row["trusted_from"], work.now, work.now,
                work.now + policy.session_life,
            )  # fmt: skip
            await store.add_session(work, session, tokens.mark(token))
            dropped = await self._drop_oldest_devices(work, principal)
            await self._tell_log_in(work, session, row["added"], device_name(hint.user_agent))
        self._room.cache.forget(dropped)
        _opened.labels(kind, "+".join(sorted(factors))).inc()
        return Entered(token, secret, session.principal, row["added"])

    async def resolve(self, token: str) -> Principal:
        """Who asks. One query at most, none right after another. Raises `SessionEnded`."""
        return (await self.session(token)).principal

    async def session(self, token: str) -> Session:
        """The session behind a token; see `resolve`."""
        bank = tokens.bank_in(token)
        if bank is None:
            raise SessionEnded(methods=["log_in"])
        mark, cache, now = tokens.mark(token), self._room.cache, self._room.clock.now()
        session = cache.get(mark)
        if session is None:
            epoch = cache.epoch
            session = await self._read(bank, mark, now)
            cache.put(mark, session, epoch)
        if now >= session.expires_at or now >= session.seen_at + self._room.policy.session_idle:
            await self._end(session.principal_id, "expired", only=session.id)
            raise SessionEnded(methods=["log_in"])
        return session

    async def rotate(self, token: str) -> str | None:
        """A new token when the session's is old enough, else None.

        The old one works until the new one is first seen and then for the grace time, so neither a lost
        answer nor a request under way logs anybody out.
        """
        session, policy = await self.session(token), self._room.policy
        now = self._room.clock.now()
        if session.rotated_at > now - policy.rotate_after:
            return None
        bank = bank_of(session.principal_id)
        fresh = tokens.new_token(bank)
        async with self._room.db.work(bank) as work:
            done = await store.rotate(
                work,
                tokens.mark(token),
                tokens.mark(fresh),
                now - policy.rotate_after + timedelta(microseconds=1),
            )
        self._room.cache.forget([session.id])
        return fresh if done else None

    async def proved(self, who: Principal, factor: str) -> str | None:
        """Note that `factor` was just proved in the session; a new token when its level rose."""
        assert who.session is not None
        bank, policy = bank_of(who.id), self._room.policy
        async with self._room.db.work(bank, who) as work:
            row = await store.lock_session(work, who.session)
            if row is None:
                raise SessionEnded(methods=["log_in"])
            stale = row["proved_at"] is None or row["proved_at"] <= work.now - policy.factor_fresh
            factors = frozenset({factor}) | (frozenset() if stale else frozenset(row["factors"]))
            level = level_of(factors)
            token = tokens.new_token(bank) if level > row["level"] else None
            await store.raise_session(
                work, who.session, level, factors, tokens.mark(token) if token else None
            )
        self._room.cache.forget([who.session])
        return token

    async def switch_bank(self, who: Principal, bank: int) -> None:
        """Serve this session at another member bank. The caller checked that the person is known there."""
        assert who.session is not None and who.kind == "customer" and 0 < bank < 32_768
        async with self._room.db.work(bank_of(who.id), who) as work:
            if not await store.set_bank(work, who.session, bank):
                raise SessionEnded(methods=["log_in"])
        self._room.cache.forget([who.session])

    async def log_out(self, who: Principal) -> None:
        """End this session."""
        await self._end(who.id, "logged_out", only=who.session)

    async def log_out_others(self, who: Principal) -> int:
        """End every other session of this person; how many there were."""
        return await self._end(who.id, "logged_out_elsewhere", but=who.session)

    async def end_all(self, principal: UUID, why: str) -> int:
        """End every session of a person; how many there were."""
        return await self._end(principal, why)

    async def cooling_until(self, who: Principal) -> datetime | None:
        """Until when the session's device counts as new; None when it is trusted."""
        if who.session is None:
            return None
        held = self._room.cache.of(who.session)
        trusted_from = held.trusted_from if held else await self._trusted_from(who)
        return trusted_from if trusted_from > self._room.clock.now() else None

    async def _trusted_from(self, who: Principal) -> datetime:
        assert who.session is not None
        async with self._room.db.read(bank_of(who.id), who) as work:
            found = await store.trusted_from(work, who.session)
        if found is None:
            raise SessionEnded(methods=["log_in"])
        return found

    async def _end(
        self, principal: UUID, why: str, *, only: UUID | None = None, but: UUID | None = None
    ) -> int:
        async with self._room.db.work(bank_of(principal)) as work:
            ended = await store.end_sessions(work, principal, why, only=only, but=but)
            if ended:
                await work.audit("access.session_ended", str(principal), why=why, sessions=len(ended))
        self._room.cache.forget(ended)
        return len(ended)

    async def _read(self, bank: int, mark: bytes, now: datetime) -> Session:
        async with self._room.db.read(bank) as work:
            row = await store.find_session(work, mark)
        if row is None:
            raise SessionEnded(methods=["log_in"])
        session = store.session_of(row)
        if not row["current"] and row["former_until"] is not None and row["former_until"] <= now:
            # A retired token: its owner has a newer one, so somebody copied this one.
            _log.warning("retired session token used", session=str(session.id))
            await self._end(session.principal_id, "token_reused", only=session.id)
            raise SessionEnded(methods=["log_in"])
        await self._see(bank, session, row, now)
        return session

    async def _see(self, bank: int, session: Session, row: Record, now: datetime) -> None:
        policy = self._room.policy
        if now >= session.seen_at + policy.session_idle:
            return
        retires = row["current"] and row["has_former"] and row["former_until"] is None
        if retires or now - session.seen_at >= policy.seen_every:
            async with self._room.db.work(bank) as work:
                await store.see_session(work, session.id, now + policy.token_grace if retires else None)

    async def _drop_oldest_devices(self, work: Work, principal: UUID) -> list[UUID]:
        devices = await store.devices_of(work, principal)
        extra = [row["id"] for row in devices[self._room.policy.devices_most :]]
        if not extra:
            return []
        await store.remove_devices(work, principal, extra)
        return await store.end_sessions(work, principal, "device_removed", devices=extra)

    async def _tell_log_in(self, work: Work, session: Session, added: bool, name: str) -> None:
        who, factors = str(session.principal_id), sorted(session.factors)
        await work.audit("access.logged_in", who, factors=factors, device_added=added)
        body = {
            "kind": session.principal_kind, "principal": who, "device": name, "device_added": added,
            "factors": factors, "session": str(session.id),
        }  # fmt: skip
        await work.emit("access.logged_in", who, body)
        if added:
            await work.emit("access.device_added", who, body)

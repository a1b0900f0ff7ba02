"""argon2id off the event loop, under a pepper that the database does not hold."""

from __future__ import annotations

import asyncio
import hmac
import unicodedata
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from fengshou.access.policy import Policy
from fengshou.kernel import Busy

_LOOK_MOST = 1_024


class Hasher:
    """Hashes and verifies. At most `argon2_threads` run at once, at most `argon2_waiting_most` wait."""

    def __init__(self, pepper: bytes, policy: Policy) -> None:
        self._pepper = pepper
        self._argon = PasswordHasher(
            time_cost=policy.argon2_passes, memory_cost=policy.argon2_memory_kib, parallelism=1, type=Type.ID
        )
        self._threads = ThreadPoolExecutor(policy.argon2_threads, thread_name_prefix="argon2")
        self._most = policy.argon2_threads + policy.argon2_waiting_most
        self._inside = 0
        # What an unknown name's password is compared with, so that it takes as long as a known one's.
        self._decoy = self._argon.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """The encoded hash with its parameters. Raises `Busy` when too many wait."""
        return await self._run_hash(self._spiced(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it is the password; None as `stored` takes the same time and is False."""
        right = await self._run_verify(stored or self._decoy, self._spiced(password))
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._argon.check_needs_rehash(stored)

    def close(self) -> None:
        """Let running hashes end."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _spiced(self, password: str) -> str:
        # A longer one is never right, and looks at no more of itself than this.
        text = unicodedata.normalize("NFKC", password[:_LOOK_MOST]).encode("utf-8", "surrogatepass")
        return b64encode(hmac.digest(self._pepper, text, sha256)).decode()

    async def _run_hash(self, spiced: str) -> str:
        self._enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon.hash, spiced)
        finally:
            self._inside -= 1

    async def _run_verify(self, stored: str, spiced: str) -> bool:
        self._enter()
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._verify, stored, spiced
            )
        finally:
            self._inside -= 1

    def _enter(self) -> None:
        if self._inside >= self._most:
            raise Busy(part="passwords")
        self._inside += 1

    def _verify(self, stored: str, spiced: str) -> bool:
        try:
            return self._argon.verify(stored, spiced)
        except (VerificationError, InvalidHashError):
            return False

"""The room's numbers in one place. `runtime` may build another from content; a bank only tightens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `most` within a fixed window of `window`."""

    window: timedelta
    most: int


@dataclass(frozen=True, slots=True)
class Policy:
    """How long things live and how often they may be tried.

    level_max      the strongest level that can be proved online: L3 needs an e-signature (not built yet)
    factor_fresh   how long a factor proved in the session carries level 1
    cooling        how long a new device stays at the day limit of level 1
    lock_waits     the wait after the first, second, … lock; the last one repeats
    token_grace    how long the former token still opens a session once the new one was seen
    cache_seconds  how long another process may still take an ended session for open
    seen_every     how exactly `seen_at` is kept: a session is written at most once in this time
    """

    code_life: timedelta = timedelta(minutes=5)
    code_tries: int = 5
    code_resend: timedelta = timedelta(seconds=60)
    code_rates_phone: tuple[Rate, ...] = (Rate(timedelta(hours=1), 6), Rate(timedelta(days=1), 15))
    code_rates_address: tuple[Rate, ...] = (Rate(timedelta(hours=1), 60),)
    log_in_rates_address: tuple[Rate, ...] = (Rate(timedelta(minutes=10), 120),)

    lock_tries: int = 5
    lock_waits: tuple[timedelta, ...] = (
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=4),
        timedelta(hours=24),
    )

    challenge_life: timedelta = timedelta(seconds=120)
    evidence_life: timedelta = timedelta(minutes=5)
    factor_fresh: timedelta = timedelta(minutes=15)
    level_max: int = 2

    session_idle: timedelta = timedelta(minutes=15)
    session_life: timedelta = timedelta(hours=24)
    rotate_after: timedelta = timedelta(hours=4)
    token_grace: timedelta = timedelta(seconds=30)
    seen_every: timedelta = timedelta(seconds=60)
    cache_seconds: float = 0.5

    cooling: timedelta = timedelta(hours=24)
    devices_most: int = 20
    passkeys_most: int = 10

    # argon2id: about 50 ms and 32 MiB a password on the machine it was tuned on, above OWASP's 19 MiB, t=2.
    argon2_memory_kib: int = 32_768
    argon2_passes: int = 2
    argon2_threads: int = 2
    argon2_waiting_most: int = 64

"""The django-hordak contender, as a program: `prepare` or `round`, its DSN, accounts, mode, seconds."""

from __future__ import annotations

import json
import random
import sys
import threading
from time import perf_counter
from urllib.parse import parse_qs, urlsplit

from fengshou.runtime.bench.load import pick

_THREADS = 8


def _set_up(dsn: str) -> None:
    import django
    from django.conf import settings

    parts = urlsplit(dsn)
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "djmoney", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": parts.path.lstrip("/"),
                "USER": parts.username or "",
                "HOST": host,
                "PORT": str(parts.port or ""),
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        HORDAK_DECIMAL_PLACES=2,
        HORDAK_MAX_DIGITS=13,
        DEFAULT_CURRENCY="CNY",
        CURRENCIES=["CNY"],
    )
    django.setup()


def _prepare(accounts: int) -> None:
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    for i in range(accounts):
        Account.objects.create(name=f"a{i}", code=str(i), type="AS", currencies=["CNY"])


def _round(accounts: int, mode: str, seconds: float) -> dict[str, object]:
    from hordak.models import Account
    from moneyed import Money

    rows = list(Account.objects.order_by("id")[:accounts])
    latencies: list[float] = []
    began = perf_counter()

    def work(seed: int) -> None:
        chance = random.Random(seed)
        while perf_counter() < began + seconds:
            at = perf_counter()
            debit, credit = pick(chance, accounts, mode)
            rows[debit].transfer_to(rows[credit], Money("1.00", "CNY"))
            latencies.append(perf_counter() - at)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"seconds": perf_counter() - began, "latencies": latencies}


def main(argv: list[str]) -> None:
    """Do one act and print one JSON line."""
    act, dsn, accounts, mode, seconds = argv
    _set_up(dsn)
    if act == "prepare":
        _prepare(int(accounts))
        print(json.dumps({"seconds": 0.0, "latencies": []}))
    else:
        print(json.dumps(_round(int(accounts), mode, float(seconds))))


if __name__ == "__main__":
    main(sys.argv[1:])

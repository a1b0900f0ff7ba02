"""A new data folder, which appears whole or not at all."""

import shutil

from fengshou.runtime.postgres.conf import OWNER
from fengshou.runtime.postgres.place import Place, Say
from fengshou.runtime.postgres.problem import PostgresProblem

_BUILTIN_LOCALE_SINCE = 17


def make_data(place: Place, say: Say) -> None:
    """Run `initdb` beside the data folder and rename the outcome, so that no half-made cluster is ever opened."""
    say("Making a new database.")
    partial = place.data.with_name(place.data.name + ".making")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700)
    place.account.give(partial, 0o700)
    errors = ""
    for locale in _locales(place.binaries.major):
        done = place.account.run(
            [
                place.binaries.program("initdb"),
                f"--pgdata={partial}",
                f"--username={OWNER}",
                "--auth=peer",
                "--encoding=UTF8",
                *locale,
                "--data-checksums",
                "--no-instructions",
            ]
        )
        if done.returncode == 0:
            partial.rename(place.data)
            return
        errors = done.stderr
        if "locale" not in errors:
            break
    shutil.rmtree(partial, ignore_errors=True)
    last = next(
        (line for line in reversed(errors.splitlines()) if "error" in line or "FATAL" in line), errors
    )
    raise PostgresProblem(f"Could not make a new database in {place.data}: {last.strip()}")


def _locales(major: int) -> list[list[str]]:
    """Ways of sorting by code point, best first: the same order on every machine, whatever its C library."""
    if major >= _BUILTIN_LOCALE_SINCE:
        return [["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    # Not every C library of those days knows C.UTF-8; plain C sorts the same and only knows fewer letters' cases.
    return [["--locale-provider=libc", "--locale=C.UTF-8"], ["--locale-provider=libc", "--locale=C"]]

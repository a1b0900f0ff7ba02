"""Three database nodes on loopback as Debian ships them: three etcd, Patroni with PostgreSQL, HAProxy in front.

Everything lies in one folder and runs as Debian's own `postgres` user; nothing of the machine's configuration
is read or changed. Needs root, and the packages named in `PACKAGES`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import secrets
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from urllib.request import urlopen

import yaml

from fengshou.runtime.output import CommandError

PACKAGES = ("patroni", "etcd-server", "haproxy", "postgresql")
NODES = ("a", "b", "c")
KEEPERS = ("one", "two", "three")
_USER = "postgres"  # Debian's; a server never runs as root
_OWNER = "fengshou"
_TTL_S, _LOOP_S, _RETRY_S = 20, 3, 5
_UP_S = 120.0
_LOOK_S = 0.2
_HAPROXY = """
global
  maxconn 400
defaults
  mode tcp
  timeout connect 1s
  timeout client 1h
  timeout server 1h
listen primary
  bind 127.0.0.1:{front}
  option httpchk GET /primary
  http-check expect status 200
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""


def programs() -> Path:
    """The folder of Debian's newest PostgreSQL server. Raises `CommandError` naming what is missing."""
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    missing = [name for name in ("patroni", "etcd", "haproxy") if not _which(name)]
    if os.geteuid() != 0:
        raise CommandError("drill failover starts servers as another user: only root may")
    if missing or not servers:
        raise CommandError(f"missing: {', '.join(missing or ['postgres'])}; apt install {' '.join(PACKAGES)}")
    return servers[-1].parent


def _which(name: str) -> bool:
    return any((Path(folder) / name).exists() for folder in ("/usr/bin", "/usr/sbin"))


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in taken]


class Nodes:
    """The three nodes and what stands before them; a context that ends them all."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._bin = folder, programs()
        self._password = secrets.token_hex(16)
        self._front, *ports = _free_ports(1 + 2 * len(NODES) + 2 * len(KEEPERS))
        pairs = list(zip(ports[::2], ports[1::2], strict=True))
        self.ports = dict(zip(NODES, pairs, strict=False))
        self._keepers = dict(zip(KEEPERS, pairs[len(NODES) :], strict=True))
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def dsn(self) -> str:
        """Where the bank connects: whichever node is the primary."""
        return self._address(_OWNER)

    @property
    def maintenance_dsn(self) -> str:
        """The same server's own database."""
        return self._address("postgres")

    def _address(self, database: str) -> str:
        return f"postgresql://{_OWNER}:{self._password}@127.0.0.1:{self._front}/{database}"

    async def __aenter__(self) -> Nodes:
        account = pwd.getpwnam(_USER)
        os.chown(self._folder, account.pw_uid, account.pw_gid)
        for name in KEEPERS:
            self._start_keeper(name)
        for name in NODES:
            self._start_node(name)
        servers = "\n".join(
            f"  server {name} 127.0.0.1:{sql} check port {rest}" for name, (sql, rest) in self.ports.items()
        )
        config = self._write("haproxy.cfg", _HAPROXY.format(front=self._front, servers=servers))
        self._start("haproxy", "/usr/sbin/haproxy", "-db", "-f", str(config))
        await self.until(
            lambda: self._members("streaming", "running") == len(NODES), "three nodes did not come up"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in reversed(list(self._running)):
            self.kill(name)

    def _write(self, name: str, text: str) -> Path:
        file = self._folder / name
        file.write_text(text)
        file.chmod(0o644)
        return file

    def _start_keeper(self, name: str) -> None:
        """One of the three etcd that keep who is primary: any two of them decide."""
        client, peer = (f"http://127.0.0.1:{port}" for port in self._keepers[name])
        all_of_them = ",".join(f"{one}=http://127.0.0.1:{port}" for one, (_, port) in self._keepers.items())
        self._start(
            name, "etcd", "--name", name, "--data-dir", f"{self._folder}/etcd-{name}", "--enable-v2",
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", all_of_them,
        )  # fmt: skip

    def leading_keeper(self) -> str | None:
        """The etcd that leads the others now."""
        for name, (port, _) in self._keepers.items():
            with (
                contextlib.suppress(OSError, ValueError, KeyError),
                urlopen(f"http://127.0.0.1:{port}/v2/stats/self", timeout=2) as told,
            ):
                if json.load(told)["state"] == "StateLeader":
                    return name
        return None

    def _start_node(self, name: str) -> None:
        config = self._write(f"{name}.yml", yaml.safe_dump(self._config(name)))
        self._start(name, "patroni", str(config))

    def _config(self, name: str) -> dict[str, object]:
        """Synchronous always: what is acknowledged is on two nodes."""
        sql, rest = self.ports[name]
        return {
            "scope": "fengshou", "name": name,
            "restapi": {"listen": f"127.0.0.1:{rest}", "connect_address": f"127.0.0.1:{rest}"},
            # Not `etcd3`: with it a leader that wakes from a freeze takes its key back without looking whose it is
            # now (Patroni 3.0.2), and what the new primary acknowledged is rewound. This drill has seen it.
            "etcd": {"hosts": [f"127.0.0.1:{client}" for client, _ in self._keepers.values()]},
            "bootstrap": {
                "dcs": {
                    "ttl": _TTL_S, "loop_wait": _LOOP_S, "retry_timeout": _RETRY_S, "maximum_lag_on_failover": 0,
                    "synchronous_mode": True, "synchronous_mode_strict": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {"max_connections": 100, "shared_buffers": "64MB", "max_wal_size": "256MB"},
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{sql}", "connect_address": f"127.0.0.1:{sql}",
                "data_dir": f"{self._folder}/data-{name}", "bin_dir": str(self._bin),
                "pgpass": f"{self._folder}/pgpass-{name}",
                "parameters": {"unix_socket_directories": str(self._folder)},
                "pg_hba": [
                    f"local all {_OWNER} scram-sha-256",
                    "host all all 127.0.0.1/32 scram-sha-256",
                    "host replication replicator 127.0.0.1/32 scram-sha-256",
                ],
                "authentication": {
                    "superuser": {"username": _OWNER, "password": self._password},
                    "replication": {"username": "replicator", "password": self._password},
                },
            },
        }  # fmt: skip

    def _start(self, name: str, *words: str) -> None:
        log = (self._folder / f"{name}.log").open("ab")
        with log:
            self._running[name] = subprocess.Popen(
                words, stdout=log, stderr=log, cwd=self._folder, user=_USER, group=_USER, extra_groups=[],
                start_new_session=True, env={"PATH": os.environ.get("PATH", "/usr/bin"), "LC_ALL": "C.UTF-8"},
            )  # fmt: skip

    def family(self, name: str) -> list[int]:
        """A node's processes: Patroni, and PostgreSQL with its children (its postmaster is no child of Patroni's)."""
        started = self._running[name].pid
        found = [started]
        with contextlib.suppress(OSError, IndexError, ValueError):
            found.append(int((self._folder / f"data-{name}" / "postmaster.pid").read_text().split()[0]))
        for status in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = status.read_text().rpartition(")")[2].split()
                if int(fields[1]) in found and int(status.parent.name) not in found:
                    found.append(int(status.parent.name))
        return found

    def signal(self, name: str, number: signal.Signals) -> None:
        """The same signal to all of a node."""
        for pid in self.family(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self, name: str) -> None:
        """kill -9 a node, or one of the programs around them."""
        self.signal(name, signal.SIGKILL)
        self._running.pop(name).wait()

    def primary(self) -> str | None:
        """The node that takes writes now."""
        return next((m["name"] for m in self._list() if m.get("role") == "leader"), None)

    def _members(self, *states: str) -> int:
        return sum(member.get("state") in states for member in self._list())

    def _list(self) -> list[dict[str, str]]:
        for name, (_, rest) in self.ports.items():
            if name not in self._running:
                continue
            with (
                contextlib.suppress(OSError, ValueError),
                urlopen(f"http://127.0.0.1:{rest}/cluster", timeout=2) as told,
            ):
                members: list[dict[str, str]] = json.load(told)["members"]
                return members
        return []

    async def until(self, seen: Callable[[], bool], otherwise: str, limit_s: float = _UP_S) -> None:
        """Wait for something to be so. Raises `CommandError` with the end of the nodes' words."""
        late = monotonic() + limit_s
        while not await asyncio.to_thread(seen):
            if monotonic() > late:
                tails = [f.read_text(errors="replace")[-600:] for f in self._folder.glob("*.log")]
                raise CommandError("\n".join([otherwise, *tails]))
            await asyncio.sleep(_LOOK_S)

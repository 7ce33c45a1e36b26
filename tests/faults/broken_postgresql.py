"""What can be done to a PostgreSQL of the test's own."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pg_server
import psutil
import psycopg
from collector_process import END_SECONDS
from waiting import eventually


def _suspended(server: pg_server.Server) -> list[psutil.Process]:
    """Its first process, which has no further children from now on, and all others."""
    first = psutil.Process(server.pid)
    first.suspend()
    return [first, *first.children(recursive=True)]


def kill_whole(server: pg_server.Server) -> None:
    """kill -9 of all its processes at once, and a start that recovers."""
    everybody = _suspended(server)
    for process in everybody:
        process.kill()
    psutil.wait_procs(everybody, END_SECONDS)
    server.end(signal.SIGKILL)
    server.start()


def kill_a_backend(server: pg_server.Server, database: str) -> None:
    """kill -9 of a process that serves somebody: all of the server starts anew, by itself."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND state IS NOT NULL"

    def serving() -> list[tuple[int]]:
        with (
            suppress(psycopg.OperationalError),
            psycopg.connect(server.url, connect_timeout=2) as connection,
        ):
            return connection.execute(query, [database]).fetchall()
        return []

    (pid,) = eventually(serving, END_SECONDS)[0]
    os.kill(pid, signal.SIGKILL)


@contextmanager
def stopped(server: pg_server.Server) -> Iterator[None]:
    """SIGSTOP of all its processes inside the block."""
    everybody = _suspended(server)
    try:
        for process in everybody:
            process.suspend()
        yield
    finally:
        for process in everybody:
            process.resume()

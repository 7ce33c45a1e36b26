"""The collector with its pages under granian: one small main process and one worker with threads.

The application is named by a string and made in the worker, so that main imports next to nothing.
"""

import os
import sys
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from dashboards.draining import Drained
from dashboards.listen import Listen
from server.config import Settings, note_address
from server.logs import library_logs

THREADS = 64
"""Requests answered at the same time; each waits for the commit of its group."""
BACKPRESSURE = 512
"""Connections that may wait beyond these."""
KILL_SECONDS = 20
"""A worker that has not ended by then is killed; it ends at once unless a commit hangs."""

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
"""scipy brings a library for matrices, which we have none of: without this, a thread per processor waits."""

DATA = "DEX_DATA"
"""Environment variable by which main tells the worker the data directory."""


def serve(data: Path, listen: Listen) -> None:
    """Serve until a signal comes. Requests in flight are answered first."""
    os.environ[DATA] = str(data.absolute())
    os.environ.setdefault(*ONE_THREAD)
    note_address(data, listen.address)
    collector = Drained(
        target="dashboards.wsgi:make_app",
        factory=True,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # one request at a time on a connection, as dashboards/stalled.py needs it
        address=listen.host,
        port=listen.port,
        workers=1,
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        workers_kill_timeout=KILL_SECONDS,
        log_access=False,
        log_level=LogLevels.warning,
        log_dictconfig=library_logs(),
        ssl_cert=listen.certificate,
        ssl_key=listen.key,
    )
    collector.drain_seconds = Settings.load(data).drain_seconds
    collector.serve()
    sys.exit(0)


if __name__ == "__main__":  # started so by the supervisor: data directory, host, port
    serve(Path(sys.argv[1]), Listen(sys.argv[2], int(sys.argv[3])))

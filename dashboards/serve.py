"""The collector with its pages under granian: a small main process, and a worker with threads, or several.

The application is named by a string and made in the workers, so that main imports next to nothing.
"""

import os
import shutil
import sys
from pathlib import Path

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from dashboards.listen import Listen
from dashboards.renewing import Renewed
from server.config import DATA, Settings, note_address
from server.logs import library_logs

THREADS = 64
"""Requests answered at the same time; each waits for the commit of its group."""
BACKPRESSURE = 512
"""Connections that may wait beyond these."""
HEAD_BYTES = 64 * 1024
"""Of a request's first line and headers together; a browser's are a tenth of that."""
KILL_SECONDS = 20
"""A worker that has not ended by then is killed; it ends at once unless a commit hangs."""

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "1")
"""scipy brings a library for matrices, which we have none of: without this, a thread per processor waits."""

MOST_WORKERS = 64

WORKERS = "DEX_WORKERS"
"""Environment variable by which main tells the workers how many they are; by config.DATA they know where."""
COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""As server.metrics.TOGETHER, which main does not import."""


def serve(data: Path, listen: Listen, workers: int = 1) -> None:
    """Serve until a signal comes. Requests in flight are answered first."""
    os.environ |= {DATA: str(data.absolute()), WORKERS: str(workers)}
    os.environ.setdefault(*ONE_THREAD)
    if workers > 1:
        os.environ[COUNTS] = str(_place_for_counts(data, listen.port))
    note_address(data, listen.address)
    collector = Renewed(
        target="dashboards.wsgi:make_app",
        interface=Interfaces.WSGI,
        http1_settings=HTTP1Settings(max_buffer_size=HEAD_BYTES),
        http=HTTPModes.http1,  # one request at a time on a connection, as dashboards/stalled.py needs it
        address=listen.host,
        port=listen.port,
        workers=workers,
        respawn_failed_workers=workers > 1,  # a single one ends all, for whoever supervises it
        blocking_threads=THREADS,
        backpressure=BACKPRESSURE,
        workers_kill_timeout=KILL_SECONDS,
        log_access=False,
        log_level=LogLevels.warning,
        log_dictconfig=library_logs(),
        ssl_cert=listen.certificate,
        ssl_key=listen.key,
    )
    collector.certificate, collector.key = listen.certificate, listen.key
    collector.drain_seconds = Settings.load(data).drain_seconds
    collector.serve()
    sys.exit(0)


def _place_for_counts(data: Path, port: int) -> Path:
    """An empty directory in which the workers of this collector count together."""
    place = data.absolute() / f"counts-{port}"
    shutil.rmtree(place, ignore_errors=True)  # what is there is of workers that were killed
    place.mkdir(mode=0o700)
    return place


if __name__ == "__main__":  # started so by the supervisor: data directory, host, port
    serve(Path(sys.argv[1]), Listen(sys.argv[2], int(sys.argv[3])))

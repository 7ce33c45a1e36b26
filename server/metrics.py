"""What this process counts for `/metrics`: numbers and durations only, never a device or a person.

Labels come from closed lists (routes, problem types, outcomes), so that nobody can add series by asking.
What stands in the store is read when it is asked for (`server/upkeep/figures.py`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

# Else each counter has a second series, which no rule of ours reads.
disable_created_metrics()  # type: ignore[no-untyped-call]

TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
"""Environment variable of the library: in this directory the workers of one collector count together.

It is set, to an empty directory, before a worker starts. Whichever worker is asked answers for all.
"""

REQUESTS = Counter("dex_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "dex_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
REFUSED = Counter("dex_refused", "Requests refused or failed, by the type of their problem", ["reason"])
BATCHES = Counter("dex_batches", "Batches answered", ["outcome"])
SCIM_WRITES = Counter(
    "dex_scim_writes", "Users and groups that directories made, changed or deleted", ["kind", "change"]
)
DROPPED = Counter("dex_dropped_fields", "Values of batches that were left out", ["reason"])
WAITING = Gauge("dex_writer_waiting", "Batches that wait to be written", multiprocess_mode="livesum")
WAITING_LIMIT = Gauge(
    "dex_writer_waiting_limit",
    "Batches that may wait; beyond, laptops are told to come back",
    multiprocess_mode="livesum",
)
GROUP = Histogram(
    "dex_writer_group_batches",
    "Batches written in one transaction",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
)
COMMIT_SECONDS = Histogram(
    "dex_writer_commit_seconds",
    "Time to write a group of batches and commit it",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
CONNECTIONS = Gauge(
    "dex_store_connections", "Connections to the store that are in use", multiprocess_mode="livesum"
)


class _AllWorkers(Collector):
    """What the workers of this collector counted, those that have ended included."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def collect(self) -> Iterator[object]:  # type: ignore[override]
        for path in self._directory.glob("gauge_live*_*.db"):
            pid = int(path.stem.rpartition("_")[2])
            if not _lives(pid):
                mark_process_dead(pid, str(self._directory))  # type: ignore[no-untyped-call]
        yield from MultiProcessCollector(None, str(self._directory)).collect()  # type: ignore[no-untyped-call]


def counted() -> CollectorRegistry:
    """What was counted: by this process, or by all workers of which it is one."""
    directory = os.environ.get(TOGETHER)
    if not directory:
        return REGISTRY
    registry = CollectorRegistry()
    registry.register(_AllWorkers(Path(directory)))
    return registry


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

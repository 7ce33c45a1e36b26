"""The real collector under a load of laptops: what it and its database use, and how soon it answers."""

import json
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pg_server
import psutil
from collector_process import Collector

from server.clock import utc_now
from server.db import Store
from server.ingest.partitions import ensure_around
from server.upkeep.migrate import upgrade
from tests.bench import measured

CONNECTIONS = 64
LOAD_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Run:
    """What a load of laptops took, in seconds; processor time is the collector's and the database's."""

    took: float
    collector_s: float
    database_s: float
    to_answer: Sequence[float]

    @property
    def cpu_s(self) -> float:
        return self.collector_s + self.database_s

    @property
    def each_us(self) -> float:
        return 1e6 * self.cpu_s / len(self.to_answer)

    def percentile_ms(self, share: float) -> float:
        return 1000 * sorted(self.to_answer)[int(share * (len(self.to_answer) - 1))]


@contextmanager
def migrated_stores() -> Iterator[list[tuple[str, Store]]]:
    """An empty store of each kind, durable as in production."""
    with tempfile.TemporaryDirectory() as folder, pg_server.running_server(durable=True) as url:
        addresses = (f"sqlite:///{folder}/bench.sqlite3", pg_server.create_database(url, "dex_bench"))
        stores = [("SQLite", Store(addresses[0])), ("PostgreSQL", Store(addresses[1]))]
        for _, store in stores:
            upgrade(store)
            ensure_around(store, utc_now().date())
        yield stores
        for _, store in stores:
            store.close()
        pg_server.drop_database(url, "dex_bench")


@contextmanager
def collecting(store: Store) -> Iterator[Collector]:
    """The collector on this store, at work until the end."""
    with tempfile.TemporaryDirectory() as folder:
        collector = Collector(Path(folder), store.engine.url.render_as_string(hide_password=False))
        collector.start()
        try:
            yield collector
        finally:
            collector.kill()


def under_load(
    collector: Collector,
    store: Store,
    requests: Sequence[bytes],
    rate: float = 0,
    connections: int = CONNECTIONS,
) -> Run:
    """Let laptops send these requests, `rate` a second or as fast as they are answered. All must be taken."""
    load = [sys.executable, "-m", "tests.bench.ingest_load", collector.host, str(collector.port)]
    load += [str(connections), str(rate)]
    before = collector_cpu(collector), database_cpu(store)
    done = subprocess.run(
        load, input=pickle.dumps(list(requests)), stdout=subprocess.PIPE, check=True, timeout=LOAD_SECONDS
    )
    after = collector_cpu(collector), database_cpu(store)
    said = json.loads(done.stdout)
    if set(said["answers"]) != {"200"}:
        raise RuntimeError(f"not all batches were taken: {said['answers']}")
    return Run(said["took"], after[0] - before[0], after[1] - before[1], said["seconds"])


def collector_cpu(collector: Collector) -> float:
    """Seconds of main and worker so far."""
    return sum(measured.cpu_seconds(pid) for pid in pids(collector))


def pss_mib(collector: Collector) -> float:
    return sum(measured.totals(pid).pss_mib for pid in pids(collector))


def settled(store: Store) -> None:
    """What the database does by itself after some minutes: know its tables."""
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


def pids(collector: Collector) -> list[int]:
    main = psutil.Process(collector.pid)
    return [main.pid, *(child.pid for child in main.children())]


def database_cpu(store: Store) -> float:
    """Seconds of all processes of the PostgreSQL server so far, ended ones included; SQLite has none."""
    if store.is_sqlite:
        return 0.0
    with store.engine.connect() as connection:
        port = connection.exec_driver_sql("SHOW port").scalar_one()
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(port) in (process.info["cmdline"] or []):
            ended = sum(process.cpu_times()[2:4])
            running = [process, *process.children()]
            return ended + sum(measured.cpu_seconds(one.pid) for one in running)
    raise RuntimeError("the PostgreSQL server does not run here, so its cost cannot be seen")

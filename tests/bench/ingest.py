"""CPU per batch of the way in, beside a bare driver that writes the same rows in the same groups.

    python -m tests.bench.ingest [BATCHES]

A batch is a day's summary with 12 applications and one event. "Parse" is gunzip, decoding and validating;
"keep" is all of the writer's transaction. The baseline gets rows ready-made and does nothing else: SQLite by
prepared statements, PostgreSQL by one JSON parameter per table. The CPU of PostgreSQL is counted too.
HTTP is not in it: compare ratios, the machine is shared.
"""

import gzip
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import factories  # noqa: E402
import pg_server  # noqa: E402
import psutil  # noqa: E402
import psycopg  # noqa: E402
import sqlalchemy as sa  # noqa: E402

from server import bulk  # noqa: E402
from server.clock import utc_now  # noqa: E402
from server.db import Store  # noqa: E402
from server.ingest.models import DAY_TABLES  # noqa: E402
from server.ingest.partitions import ensure_around  # noqa: E402
from server.ingest.payload import parse_batch  # noqa: E402
from server.ingest.store import Delivery, keep  # noqa: E402
from server.migrate import upgrade  # noqa: E402
from server.people.organisations import create_organisation  # noqa: E402

APPS = [
    {"name": f"app{n:02}", "version": "1.2.3", "hours": n / 7, "crashes": 0, "hangs": 0} for n in range(12)
]
GROUPS = (1, 32, 128)
DEVICES = 250

Group = list[Delivery]
Statement = tuple[str, bulk.Target, Sequence[bulk.Row], str]
"""Kind, table, rows, and column that decides about replacing."""


def main(batches: int = 2000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench("SQLite", f"sqlite:///{folder}/bench.sqlite3", batches)
    with pg_server.running_server(durable=True) as url:
        name = "dex_bench"
        bench("PostgreSQL", pg_server.create_database(url, name), batches)
        pg_server.drop_database(url, name)


def bench(name: str, url: str, batches: int) -> None:
    store = Store(url)
    upgrade(store)
    today = utc_now().date()
    ensure_around(store, today)
    with store.transaction() as session:
        org_id = create_organisation(session, "main", "Main", today).org_id
        devices = [factories.enrol_device(session, org_id, today) for _ in range(DEVICES)]
    bodies = [
        (device, factories.packed(content))
        for number in range(batches)
        for device in [devices[number % DEVICES]]
        for content in [
            factories.batch(
                device,
                number,
                today - timedelta(days=number // DEVICES % 30),
                summary=factories.summary(revision=number + 1, apps=APPS),
                events=[factories.event(app="app03", version="1.2.3")],
            )
        ]
    ]
    with measured(store) as cost:
        deliveries = [
            Delivery(d.org_id, d.device_id, parse_batch(gzip.decompress(body)).batch, body)
            for d, body in bodies
        ]
    print(f"{name}: parse {1e6 * cost[0] / batches:.0f} us a batch of {len(bodies[0][1])} bytes", flush=True)
    for size in GROUPS:
        groups = [deliveries[at : at + size] for at in range(0, batches, size)]
        baseline = bare(store, groups, today)
        forget(store, org_id)
        with measured(store) as cost:
            for group in groups:
                with store.engine.begin() as connection:
                    keep(connection, org_id, group, today)
        forget(store, org_id)
        ours, raw = 1e6 * cost[0] / batches, 1e6 * baseline / batches
        print(f"{name}: groups of {size:3}: keep {ours:.0f} us, bare driver {raw:.0f} us, {ours / raw:.2f}x")
    store.close()


def bare(store: Store, groups: Sequence[Group], today: object) -> float:
    """CPU seconds of a driver that is handed every statement and its parameters ready-made."""
    prepared = [list(recorded(store, group, today)) for group in groups]
    run = _bare_sqlite if store.is_sqlite else _bare_postgresql
    return run(store, prepared)


def recorded(store: Store, group: Group, today: object) -> Iterator[tuple[str, list]]:
    """The statements of a group, as they reach the driver; the group is rolled back."""
    seen: list[tuple[str, list]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters if isinstance(parameters, list) else [parameters]))

    real = bulk._write_sqlite

    def note_rows(
        connection: sa.Connection, into: bulk.Target, rows: Sequence[bulk.Row], on_conflict: str
    ) -> set[bulk.Key]:
        names, key = ", ".join(into.columns), ", ".join(into.key)
        places = ", ".join("?" * len(into.columns))
        statement = (
            f"INSERT INTO {into.table.name} ({names}) VALUES ({places}) ON CONFLICT ({key}) {on_conflict}"
        )
        seen.append((statement, [bulk._sqlite_row(into, row) for row in rows]))
        return real(connection, into, rows, on_conflict)

    sa.event.listen(store.engine, "before_cursor_execute", note)
    try:
        with mock.patch.object(bulk, "_write_sqlite", note_rows), store.engine.connect() as connection:
            keep(connection, group[0].org_id, group, today)
            connection.rollback()
    finally:
        sa.event.remove(store.engine, "before_cursor_execute", note)
    return iter([pair for pair in seen if pair[0].lstrip().startswith(("INSERT", "DELETE"))])


def _bare_sqlite(store: Store, groups: list[list[tuple[str, list]]]) -> float:
    connection = sqlite3.connect(store.engine.url.database, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")
    with measured(store) as cost:
        for group in groups:
            connection.execute("BEGIN IMMEDIATE")
            for statement, rows in group:
                connection.executemany(statement, rows)
            connection.execute("COMMIT")
    connection.close()
    return cost[0]


def _bare_postgresql(store: Store, groups: list[list[tuple[str, list]]]) -> float:
    url = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection, measured(store) as cost:
        for group in groups:
            for statement, rows in group:
                for row in rows:
                    connection.execute(statement, row)
            connection.commit()
    return cost[0]


@contextmanager
def measured(store: Store) -> Iterator[list[float]]:
    """CPU seconds of this process, and of PostgreSQL's processes where there are any."""
    cost = [0.0]
    before = time.process_time() + server_cpu(store)
    yield cost
    cost[0] = time.process_time() + server_cpu(store) - before


def server_cpu(store: Store) -> float:
    if store.is_sqlite:
        return 0.0
    port = store.engine.url.port
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "postgres" and str(port) in (process.info["cmdline"] or []):
            family = [process, *process.children()]
            return sum(sum(one.cpu_times()[:4]) for one in family if one.is_running())
    return 0.0


def forget(store: Store, org_id: object) -> None:
    with store.transaction() as session:
        for table in DAY_TABLES:
            session.execute(sa.delete(table).where(table.c.org_id == org_id))
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))

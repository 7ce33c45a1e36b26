"""A week that is over is packed: PostgreSQL keeps the room of replaced rows for new ones, which do not come.

Editions of a day replace each other, and each night rows are written anew (`shuffle.py`), so a week's tables
and indexes take twice what is in them. Clustering writes a table anew in the order of its key, and remembers
that it did. Readers see the same rows throughout; whoever wants the week meanwhile waits.
"""

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from server.cluster import NOT_SPREAD, spread_of
from server.db import PARTITION_SCHEMA, Store
from server.ingest.models import DAY_TABLES, SOONEST
from server.ingest.partitions import partition_name, partitions
from server.ingest.shuffle import DAYS_OF_RECEIPT
from server.postgresql import lock_was_refused, patient

OVER = timedelta(days=6 + DAYS_OF_RECEIPT + 1) + SOONEST
"""After a week's Monday: from this day on, what came in time is not written anew any more."""
LOCK_SECONDS = 3
"""A week in use is left for the next night, in place of stopping everybody behind it."""
_INDEXES = sa.text(
    "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = to_regclass(:table) ORDER BY 1"
)
"""Their pages are filled, as those of the rows are: little comes any more."""


def pack_weeks(store: Store, now: datetime) -> str:
    """The daily job. Safe to repeat and to be killed in. Of SQLite, the daily retention gives pages back."""
    if store.is_sqlite:
        return "nothing to pack"
    with store.engine.connect() as connection:
        if spread_of(connection, DAY_TABLES[0].name) != NOT_SPREAD:
            return "weeks of a cluster are not packed"
        weeks = _unpacked(connection, now.date() - OVER)
    packed = sum(_pack(store, name) for name in weeks)
    in_use = f", in use, so later: {len(weeks) - packed}" if packed < len(weeks) else ""
    return f"packed: {packed} tables of weeks{in_use}"


def _unpacked(connection: sa.Connection, last_monday: date) -> list[str]:
    """Partitions of weeks that began on this day or before and were never clustered."""
    clustered = sa.text(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
        " WHERE i.indisclustered AND c.relnamespace = to_regnamespace(:schema)"
    )
    done = set(connection.scalars(clustered, {"schema": PARTITION_SCHEMA}))
    newest = {table.name: partition_name(table, last_monday) for table in DAY_TABLES}
    return [
        name
        for name in partitions(connection)
        if name not in done and name <= newest.get(name.rpartition("_")[0], "")
    ]


def _pack(store: Store, name: str) -> bool:
    """Whether nobody used it."""
    try:
        with store.engine.begin() as connection, patient(connection):
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'"))
            table = f"{PARTITION_SCHEMA}.{name}"
            for index in connection.scalars(_INDEXES, {"table": table}).all():
                connection.execute(sa.text(f"ALTER INDEX {index} SET (fillfactor = 100)"))
            key = sa.inspect(connection).get_pk_constraint(name, PARTITION_SCHEMA)["name"]
            connection.execute(sa.text(f"CLUSTER {table} USING {key}"))
    except sa.exc.OperationalError as error:
        if not lock_was_refused(error):
            raise
        return False
    return True

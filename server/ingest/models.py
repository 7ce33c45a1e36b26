"""Tables of what laptops send, made from the vocabulary: one typed column per field.

They are Core tables, because the way in writes them without an ORM. All are kept by weeks of `day`, the
laptop's local calendar day; on PostgreSQL each week is a partition (server/ingest/partitions.py).
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from agent.signals import AGENT_STATS, APPS, EVENT, SERVICES, SUMMARY, Field
from server.db import Base, scale

SOONEST = timedelta(days=2)
"""A receipt is noted as of two days after the day it is about, or later. An earlier one would tell when
somebody worked, where the collector's day begins within working hours. The cut-off of a week comes later."""

_INTEGER_HIGH = 2**31 - 1


def _type(field: Field) -> sa.types.TypeEngine[Any]:
    if field.kind == "number":
        return sa.Double()
    if field.kind == "count":
        return sa.Integer() if field.high <= _INTEGER_HIGH else sa.BigInteger()
    if field.kind in ("text", "choice"):
        return sa.String()
    return sa.JSON(none_as_null=True)


def _columns(fields: Iterable[Field], prefix: str = "") -> list[sa.Column[Any]]:
    return [sa.Column(prefix + field.name, _type(field)) for field in fields]


def _table(name: str, *columns: sa.Column[Any], key: tuple[str, ...] = ()) -> sa.Table:
    """A table of a device's days, with `key` after organisation, device and day in the primary key."""
    return sa.Table(
        name,
        Base.metadata,
        sa.Column("org_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("org_id", "device_id", "day", *key),
        **scale("device", postgresql_partition_by="RANGE (day)"),
    )


raw_batch = _table(
    "raw_batch",
    sa.Column("batch_id", sa.Uuid(), nullable=False),
    sa.Column("install_id", sa.Uuid(), nullable=False),
    sa.Column("seq", sa.BigInteger(), nullable=False),
    sa.Column("received_day", sa.Date(), nullable=False),
    sa.Column("revision", sa.Integer()),  # of the summary in it; null without one
    sa.Column("events", sa.Integer(), nullable=False),  # how many events are in it
    sa.Column("body", sa.LargeBinary()),  # null once a later edition made it superfluous
    key=("batch_id",),
)
"""The bytes as they were sent, and the ledger of batches that were already counted."""

sa.Index(None, raw_batch.c.org_id, raw_batch.c.device_id, raw_batch.c.seq)  # serves: finding clones

_REVISION = next(field for field in SUMMARY if field.name == "revision")
SUMMARY_VALUES = tuple(f for f in SUMMARY if f.kind != "table" and f is not _REVISION)
"""Fields of a summary that are a column each, in order, after its revision."""

device_day = _table(
    "device_day",
    sa.Column(_REVISION.name, _type(_REVISION), nullable=False),
    sa.Column("received_day", sa.Date(), nullable=False),
    *_columns(SUMMARY_VALUES),
    *_columns(AGENT_STATS, "agent_"),
)
"""The newest edition of a day's summary."""

sa.Index(None, device_day.c.org_id, device_day.c.day)  # serves: the weekly fold

OTHER = "other"
"""What programs are called that the agreement does not list; together they have no version."""

app_day = _table(
    "app_day",
    sa.Column("app", sa.String(), nullable=False),
    sa.Column("version", sa.String(), nullable=False),
    *_columns(APPS[2:]),
    key=("app", "version"),
)
"""No index by day, here and below: it would be a tenth of the store, for the two jobs that read all of a day.
And PostgreSQL would look up a laptop's rows by it: a day that is not in its statistics yet it takes for one
of no rows, and then it reads those of all laptops, for each."""

service_day = _table(
    "service_day",
    sa.Column("service", sa.String(), nullable=False),
    *_columns(SERVICES[1:]),
    key=("service",),
)

event = _table(
    "event",
    sa.Column("event_id", sa.Uuid(), nullable=False),
    sa.Column("kind", sa.String(), nullable=False),
    *_columns(field for field in EVENT if field.name in ("hour", "app", "version", "value")),
    sa.Column("detail", sa.JSON(none_as_null=True)),
    key=("event_id",),
)

DAY_TABLES = (raw_batch, device_day, app_day, service_day, event)
"""All tables that are kept by weeks."""

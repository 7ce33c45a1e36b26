"""What a laptop's next edition costs does not grow with the others: its own rows are read, and no more."""

import json
from datetime import date, timedelta

import factories
import pytest
import sqlalchemy as sa
from conftest import NOW
from factories import EnrolledDevice

from server.db import PARTITION_SCHEMA, Store
from server.ingest.models import app_day
from server.ingest.payload import parse_batch
from server.ingest.store import Delivery, keep
from server.people.models import Organisation

LAPTOPS, APPLICATIONS = 30, 40
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)

_READ = sa.text(
    "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    " WHERE schemaname = :schema AND relname LIKE :table"
)


@pytest.fixture
def laptops(pg_store: Store, org: Organisation) -> list[EnrolledDevice]:
    with pg_store.transaction() as session:
        return [factories.enrol_device(session, org.org_id, TODAY) for _ in range(LAPTOPS)]


@pytest.fixture
def store(pg_store: Store) -> Store:
    return pg_store


def edition(laptop: EnrolledDevice, seq: int, day: date) -> Delivery:
    apps = [{"name": f"app{number}", "version": f"{seq}.0", "hours": 1.0} for number in range(APPLICATIONS)]
    content = factories.batch(laptop, seq, day, summary=factories.summary(revision=seq, apps=apps))
    parsed = parse_batch(json.dumps(content).encode())
    return Delivery(laptop.org_id, laptop.device_id, parsed.batch, factories.packed(content))


def rows_read(store: Store, delivery: Delivery) -> int:
    """How many rows of applications PostgreSQL looked at to keep a batch."""
    with store.engine.begin() as connection:
        keep(connection, delivery.org_id, [delivery], TODAY)
        return connection.scalar(_READ, {"schema": PARTITION_SCHEMA, "table": f"{app_day.name}_%"})


def test_an_edition_reads_no_rows_of_other_laptops_on_a_day_that_has_just_begun(
    store: Store, laptops: list[EnrolledDevice]
) -> None:
    with store.engine.begin() as connection:
        keep(connection, laptops[0].org_id, [edition(laptop, 1, YESTERDAY) for laptop in laptops], TODAY)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"ANALYZE {app_day.name}")
    with store.engine.begin() as connection:
        keep(connection, laptops[0].org_id, [edition(laptop, 2, TODAY) for laptop in laptops], TODAY)
    assert rows_read(store, edition(laptops[0], 3, TODAY)) == APPLICATIONS

"""Where the releases and looks of a company begin."""

from datetime import timedelta

import factories
import sqlalchemy as sa

from server.ingest.first_day import first_day
from server.ingest.models import device_day
from server.ingest.partitions import ensure_partitions


def test_it_begins_with_its_oldest_day_but_not_with_a_wrong_clock_of_before_it_was(store, org, enrolled):
    def tells(day) -> None:
        ensure_partitions(store, day, day)
        with store.transaction() as session:
            session.execute(sa.insert(device_day).values(factories.day_row(enrolled, day)))

    def begins():
        with store.reading() as session:
            return first_day(session, org)

    assert begins() is None
    for days in (9, 5):
        tells(org.created_on + timedelta(days=days))
    assert begins() == org.created_on + timedelta(days=5)
    tells(org.created_on - timedelta(days=400))
    assert begins() == org.created_on

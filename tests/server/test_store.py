"""The store: reading changes nothing, transactions are whole, and no statement forgets the organisation."""

from datetime import date, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from server.db import Store, make_engine, without_org
from server.errors import UsageError
from server.ingest.models import device_day
from server.ingest.uptime import CollectorHour
from server.people.models import Organisation
from server.people.organisations import create_organisation, organisations

TODAY = date(2026, 3, 4)


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def fail_halfway() -> None:
        with store.transaction() as session:
            create_organisation(session, "main", "Main", TODAY)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        fail_halfway()
    with store.reading() as session:
        assert organisations(session) == []


def test_reading_sees_one_state_and_keeps_no_change(store: Store) -> None:
    with store.reading() as reader:
        assert organisations(reader) == []
        with store.transaction() as writer:
            create_organisation(writer, "main", "Main", TODAY)
        reader.expire_all()
        assert organisations(reader) == []
    with store.reading() as reader:
        assert len(organisations(reader)) == 1


@pytest.mark.parametrize(
    "statement",
    [
        sa.select(Organisation),
        sa.update(device_day).values(revision=1),
        sa.delete(device_day),
        sa.text("SELECT org_id FROM device_day"),
    ],
)
def test_a_statement_without_the_organisation_fails(store: Store, statement: sa.Executable) -> None:
    with store.reading() as session, pytest.raises(RuntimeError, match="does not name org_id"):
        session.execute(statement)


def test_a_statement_may_say_why_it_needs_no_organisation(store: Store) -> None:
    with store.reading() as session:
        options = without_org("counts laptops of all organisations")
        count = sa.select(sa.func.count()).select_from(device_day)
        assert session.execute(count, execution_options=options).scalar_one() == 0


def test_times_come_back_as_the_same_moment_in_utc(store: Store) -> None:
    moment = datetime(2026, 3, 4, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    with store.transaction() as session:
        session.add(CollectorHour(hour=moment))
    with store.reading() as session:
        found = session.execute(sa.select(CollectorHour.hour)).scalar_one()
    assert found == moment
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "no address"])
def test_another_database_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(UsageError):
        make_engine(url)

"""Rows go when their time is over, and not before."""

from datetime import date, timedelta
from uuid import uuid4

import factories
import sqlalchemy as sa
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server.db import Store
from server.ingest.models import device_day, event, raw_batch
from server.ingest.partitions import ensure_partitions
from server.people.weeks import week_of
from server.privacy.models import PersonWeekRow, ReleasePlanRow
from server.pulse.models import PulseComment
from server.retention import retention

TODAY = date(2026, 3, 4)


def days_of(store: Store, table: sa.Table, device: EnrolledDevice) -> list[date]:
    query = sa.select(table.c.day).where(table.c.org_id == device.org_id).order_by(table.c.day)
    with store.reading() as session:
        return list(session.scalars(query))


def test_rows_of_laptops_are_kept_for_their_days(store: Store, enrolled: EnrolledDevice, clock) -> None:
    days = [TODAY - timedelta(days=back) for back in (200, 97, 90, 37, 30, 1)]
    ensure_partitions(store, days[0], TODAY)
    key = {"org_id": enrolled.org_id, "device_id": enrolled.device_id}
    sent = {"install_id": enrolled.install_id, "seq": 1, "received_day": TODAY, "events": 0, "body": b"x"}
    with store.transaction() as session:
        for day in days:
            session.execute(sa.insert(device_day).values(factories.day_row(enrolled, day)))
            session.execute(sa.insert(event).values(**key, day=day, event_id=uuid4(), kind="oom"))
            session.execute(sa.insert(raw_batch).values(**key, **sent, day=day, batch_id=uuid4()))
    retention(store, clock())
    retention(store, clock())
    assert days_of(store, device_day, enrolled) == days[2:]
    assert days_of(store, event, enrolled) == days[2:]
    assert days_of(store, raw_batch, enrolled) == days[4:]


def test_weeks_of_persons_go_before_releases_do(store: Store, org, clock) -> None:
    weeks = [week_of(TODAY - timedelta(weeks=back)) for back in (157, 156, 27, 26)]
    with store.transaction() as session:
        for week in weeks:
            key = {"org_id": org.org_id, "week": week}
            session.add(ReleasePlanRow(**key, group_name="company:company", n=9, eligible=9))
            nothing = {"gauges": {}, "rates": {}, "lost": {}}
            session.add(PersonWeekRow(**key, person_id=uuid4(), active=True, hours=9.0, **nothing))
        for period in ("2025-P01", "2025-P12"):
            session.add(PulseComment(org_id=org.org_id, comment_id=uuid4(), period=period, text="slow"))
    retention(store, clock())
    with store.reading() as session:
        persons = session.scalars(sa.select(PersonWeekRow.week).where(PersonWeekRow.org_id == org.org_id))
        plans = session.scalars(sa.select(ReleasePlanRow.week).where(ReleasePlanRow.org_id == org.org_id))
        comments = session.scalars(sa.select(PulseComment.period).where(PulseComment.org_id == org.org_id))
        assert sorted(persons) == weeks[3:]
        assert sorted(plans) == weeks[1:]
        assert sorted(comments) == ["2025-P12"]


def test_bytes_of_a_replaced_edition_go_and_its_arrival_stays(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice, clock
) -> None:
    parts = [
        {"summary": factories.summary(revision=1)},
        {"summary": factories.summary(revision=2), "events": [factories.event()]},
        {"summary": factories.summary(revision=3)},
    ]
    for seq, part in enumerate(parts, 1):
        body = factories.packed(factories.batch(enrolled, seq, TODAY, **part))
        assert client.post("/api/v1/batches", **factories.sending(enrolled, body)).status_code == 200

    def bytes_kept() -> list[bool]:
        query = sa.select(raw_batch.c.body).where(raw_batch.c.org_id == enrolled.org_id)
        with store.reading() as session:
            return [body is not None for body in session.scalars(query.order_by(raw_batch.c.seq))]

    retention(store, clock())
    assert bytes_kept() == [True, True, True]
    clock.advance(days=2)
    retention(store, clock())
    assert bytes_kept() == [False, True, True]


def test_the_embedded_store_shrinks_again(sqlite_store: Store, clock) -> None:
    sent = {"org_id": uuid4(), "day": TODAY - timedelta(days=60), "received_day": TODAY, "events": 0}
    with sqlite_store.transaction() as session:
        for seq in range(200):
            ids = {"device_id": uuid4(), "batch_id": uuid4(), "install_id": uuid4()}
            session.execute(sa.insert(raw_batch).values(**sent, **ids, seq=seq, body=b"x" * 5000))

    def pages() -> int:
        with sqlite_store.engine.connect() as connection:
            return connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    before = pages()
    retention(sqlite_store, clock())
    assert pages() < before - 200

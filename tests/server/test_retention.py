"""Rows go when their time is over, and not before."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import factories
import pytest
import sqlalchemy as sa
import terms_table
from click.testing import Result
from factories import EnrolledDevice
from flask.testing import FlaskClient

from server.db import Base, Store
from server.devices.models import RETIRED, Device, DeviceDrop, DeviceFact, DevicePerson, EnrolmentKey
from server.errors import UsageError
from server.ingest.models import device_day, event, raw_batch
from server.ingest.partitions import ensure_partitions
from server.ingest.uptime import CollectorHour
from server.outbox.models import SENT, WAITING, OutboxRow
from server.people.models import AbsenceRow, AssignmentRow, InventoryRow, MoveRow, PersonRow
from server.people.organisations import create_organisation
from server.people.weeks import week_of
from server.privacy.models import PersonWeekRow, ReleasePlanRow
from server.pulse.models import PulseComment
from server.schema import metadata
from server.terms import PROMISED, TERMS, choose_term
from server.upkeep.retention import Ended, retention, sweep
from server.upkeep.retention_rules import OF_AUDIT, OF_INSTALLATION, OF_LEAVERS, STAYS, WEEKLY, rules

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


def test_bytes_of_an_edition_that_came_after_its_successor_go_and_its_arrival_stays(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice, clock
) -> None:
    parts = [
        {"summary": factories.summary(revision=2), "events": [factories.event()]},
        {"summary": factories.summary(revision=3)},
        {"summary": factories.summary(revision=1)},
    ]
    for seq, part in enumerate(parts, 1):
        body = factories.packed(factories.batch(enrolled, seq, TODAY, **part))
        assert client.post("/api/v1/batches", **factories.sending(enrolled, body)).status_code == 200

    def bytes_kept() -> list[bool]:
        query = sa.select(raw_batch.c.body).where(raw_batch.c.org_id == enrolled.org_id)
        with store.reading() as session:
            return [body is not None for body in session.scalars(query.order_by(raw_batch.c.seq))]

    clock.advance(days=2)
    retention(store, clock())
    assert bytes_kept() == [True, True, True]
    clock.advance(days=1)
    retention(store, clock())
    assert bytes_kept() == [True, True, False]


def test_ending_rows_of_a_large_store_may_take_longer_than_a_statement(pg_store: Store, clock) -> None:
    with pg_store.transaction() as session:
        org_id = create_organisation(session, "large", "Large", TODAY).org_id
        session.add(PersonRow(org_id=org_id, person_id=UUID(int=1), employee_id="e1", last_day=back(91)))
    limits = []

    @sa.event.listens_for(pg_store.engine, "before_cursor_execute")
    def note(_connection: object, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith(("DELETE", "UPDATE")):
            limits.append(cursor.connection.execute("SHOW statement_timeout").fetchone())

    retention(pg_store, clock())
    assert len(limits) >= len(rules()) + len(OF_LEAVERS)
    assert set(limits) == {("0",)}


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


def test_every_table_has_a_term_or_a_reason_to_stay() -> None:
    """Whoever adds a table decides how long its rows are kept."""
    ended = {rule.table.name for rule in (*rules(), *OF_INSTALLATION)} | {t.name for t, _ in OF_LEAVERS}
    ended |= {table.name for table in WEEKLY} | {raw_batch.name, OF_AUDIT[0].name}
    assert set(STAYS) & ended == set()
    assert set(STAYS) | ended == set(metadata.tables)
    assert {rule.term for rule in (*rules(), *OF_INSTALLATION)} | set(WEEKLY.values()) <= set(
        PROMISED.lengths
    )


def test_the_documents_say_the_terms_of_the_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text("utf-8")
    assert terms_table.tables() in page, "python -m tests.terms_table"


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def left(store: Store, model: type[Base], column: str, org_id: UUID | None = None) -> list[Any]:
    """What is left of a column, in order."""
    table = metadata.tables[model.__tablename__]
    query = sa.select(table.c[column]).order_by(table.c[column].is_(None), table.c[column])
    with store.reading() as session:
        return list(session.scalars(query if org_id is None else query.where(table.c.org_id == org_id)))


def test_facts_go_once_others_have_followed_for_the_term(
    store: Store, enrolled: EnrolledDevice, clock
) -> None:
    key = {"org_id": enrolled.org_id, "device_id": enrolled.device_id}
    with store.transaction() as session:
        for days in (300, 200, 91, 90):
            session.add(DeviceFact(**key, since=back(days), seq=days, model=f"{days}"))
    retention(store, clock())
    assert left(store, DeviceFact, "since", enrolled.org_id) == [back(91), back(90)]


def test_whose_a_laptop_was_goes_and_whose_it_is_stays(store: Store, enrolled: EnrolledDevice, clock) -> None:
    key = {"org_id": enrolled.org_id, "device_id": enrolled.device_id}
    with store.transaction() as session:
        for since, until in ((300, 91), (90, 90), (89, None)):
            days = {"since": back(since), "until": None if until is None else back(until)}
            session.add(DevicePerson(**key, **days, person_id=uuid4()))
            ends = None if until is None else back(until)
            session.add(
                InventoryRow(
                    org_id=enrolled.org_id,
                    serial="S1",
                    inventory_from=back(since),
                    inventory_to=ends,
                    person_id=uuid4(),
                )
            )
    retention(store, clock())
    assert left(store, DevicePerson, "since", enrolled.org_id) == [back(90), back(89)]
    assert left(store, InventoryRow, "inventory_from", enrolled.org_id) == [back(90), back(89)]


def test_a_retired_laptop_goes_with_its_last_day(store: Store, org, clock) -> None:
    with store.transaction() as session:
        laptops = [factories.enrol_device(session, org.org_id, back(200)) for _ in range(3)]
        for laptop in laptops[:2]:
            session.get_one(Device, (org.org_id, laptop.device_id)).state = RETIRED
        for laptop in laptops:
            session.add(DeviceFact(org_id=org.org_id, device_id=laptop.device_id, since=back(200), seq=0))
    ensure_partitions(store, back(10), TODAY)
    with store.transaction() as session:
        session.execute(sa.insert(device_day).values(factories.day_row(laptops[1], back(10))))
    retention(store, clock())
    stayed = sorted(laptop.device_id for laptop in laptops[1:])
    assert sorted(left(store, Device, "device_id", org.org_id)) == stayed
    assert sorted(left(store, DeviceFact, "device_id", org.org_id)) == stayed


def test_people_who_left_go_with_all_that_is_theirs(store: Store, enrolled: EnrolledDevice, clock) -> None:
    org_id = enrolled.org_id
    with store.transaction() as session:
        for number, last_day in enumerate((back(91), back(90), None)):
            person = {"org_id": org_id, "person_id": UUID(int=number)}
            session.add(PersonRow(**person, employee_id=f"e{number}", last_day=last_day))
            session.add(AssignmentRow(**person, assignment_from=back(400), team="Web"))
            session.add(MoveRow(**person, role_change=back(100)))
            session.add(AbsenceRow(**person, absence_from=back(100)))
            session.add(
                InventoryRow(
                    org_id=org_id, serial=f"S{number}", inventory_from=back(400), person_id=UUID(int=number)
                )
            )
    with store.transaction() as session:
        session.add(
            DevicePerson(org_id=org_id, device_id=enrolled.device_id, since=back(9), person_id=UUID(int=0))
        )
    retention(store, clock())
    stayed = [UUID(int=1), UUID(int=2)]
    for model in (PersonRow, AssignmentRow, MoveRow, AbsenceRow, InventoryRow):
        assert left(store, model, "person_id", org_id) == stayed
    assert left(store, DevicePerson, "person_id", org_id) == []


def test_what_no_longer_holds_of_people_goes_after_half_a_year(store: Store, org, clock) -> None:
    person = {"org_id": org.org_id, "person_id": UUID(int=1)}
    half_a_year = 26 * 7
    with store.transaction() as session:
        for days in (half_a_year + 1, half_a_year):
            session.add(AssignmentRow(**person, assignment_from=back(days + 50), assignment_to=back(days)))
            session.add(MoveRow(**person, role_change=back(days)))
            session.add(AbsenceRow(**person, absence_from=back(days + 50), absence_to=back(days)))
        session.add(AssignmentRow(**person, assignment_from=back(90), assignment_to=None))
    retention(store, clock())
    assert left(store, AssignmentRow, "assignment_to", org.org_id) == [back(half_a_year), None]
    assert left(store, MoveRow, "role_change", org.org_id) == [back(half_a_year)]
    assert left(store, AbsenceRow, "absence_to", org.org_id) == [back(half_a_year)]


def test_keys_drops_messages_and_hours_go_by_their_terms(
    store: Store, enrolled: EnrolledDevice, clock
) -> None:
    org_id = enrolled.org_id
    drop = {"org_id": org_id, "device_id": enrolled.device_id, "reason": "too-many", "field": "events"}
    with store.transaction() as session:
        for days in (91, 90):
            session.add(
                EnrolmentKey(
                    org_id=org_id,
                    key_id=uuid4(),
                    key_hash=str(days).encode(),
                    label="",
                    created_on=back(200),
                    last_day=back(days),
                )
            )
            hour = datetime(2026, 3, 4, 0, tzinfo=UTC) - timedelta(days=days)
            session.add(CollectorHour(hour=hour))
        for week in ("2026-W05", "2026-W06"):
            session.add(DeviceDrop(**drop, week=week, count=1))
        for number, (state, ended) in enumerate(((SENT, 31), (SENT, 30), (WAITING, None))):
            session.add(
                OutboxRow(
                    org_id=org_id,
                    message_id=UUID(int=number),
                    kind="mail",
                    recipient="it@example.org",
                    cause=f"{number}",
                    content={},
                    state=state,
                    due=clock(),
                    attempts=1,
                    last_error="",
                    written_on=back(60),
                    ended_on=None if ended is None else back(ended),
                )
            )
    retention(store, clock())
    assert left(store, EnrolmentKey, "last_day", org_id) == [back(90)]
    assert len(left(store, CollectorHour, "hour")) == 1
    assert left(store, DeviceDrop, "week", org_id) == ["2026-W06"]
    assert left(store, OutboxRow, "message_id", org_id) == [UUID(int=1), UUID(int=2)]


def test_a_term_can_be_shortened_within_bounds_and_never_beyond_what_was_promised(
    store: Store, enrolled: EnrolledDevice, clock
) -> None:
    ensure_partitions(store, back(70), TODAY)
    with store.transaction() as session:
        for days in (70, 40):
            session.execute(sa.insert(device_day).values(factories.day_row(enrolled, back(days))))
        choose_term(session, "rows", 60)
        for name, length in (("rows", 91), ("rows", 41), ("batches", 31), ("person_weeks", 27), ("moods", 1)):
            with pytest.raises(UsageError):
                choose_term(session, name, length)
    retention(store, clock())
    assert days_of(store, device_day, enrolled) == [back(40)]
    about_persons = {"batches", "rows", "leavers", "places", "person_weeks", "comments"}
    assert {term.name for term in TERMS if term.most == term.length} >= about_persons


def test_bytes_can_be_kept_shorter_than_the_ledger_of_what_arrived(
    client: FlaskClient, store: Store, enrolled: EnrolledDevice, clock
) -> None:
    body = factories.packed(factories.batch(enrolled, 1, TODAY, events=[factories.event()]))
    call = factories.sending(enrolled, body)
    assert client.post("/api/v1/batches", **call).status_code == 200
    with store.transaction() as session:
        choose_term(session, "batches", 7)
    clock.advance(days=8)
    retention(store, clock())
    with store.reading() as session:
        query = sa.select(raw_batch.c.body).where(raw_batch.c.org_id == enrolled.org_id)
        assert session.scalars(query).all() == [None]
    assert client.post("/api/v1/batches", **call).status_code == 200  # a repeat still


Run = Callable[..., Result]


def counts(ended: list[Ended]) -> list[tuple[str, int]]:
    return [(one.table, one.count) for one in ended]


def test_a_dry_run_says_what_the_next_run_does(run: Run, store: Store, enrolled: EnrolledDevice) -> None:
    """By the clock of the machine, which the command goes by."""
    today = datetime.now(UTC).date()
    key = {"org_id": enrolled.org_id, "device_id": enrolled.device_id}
    with store.transaction() as session:
        session.add(DevicePerson(**key, since=date(2020, 1, 1), until=date(2020, 2, 1), person_id=uuid4()))
    assert ("device_person", 1) in counts(sweep(store, today, dry=True))
    assert len(left(store, DevicePerson, "since", enrolled.org_id)) == 1
    dry = run("db", "retention", "--dry-run").stdout
    assert "would go" in dry
    assert re.search(r"device_person +90 days +1 rows", dry)
    assert len(left(store, DevicePerson, "since", enrolled.org_id)) == 1
    run("db", "retention")
    assert left(store, DevicePerson, "since", enrolled.org_id) == []
    assert {count for _, count in counts(sweep(store, today, dry=True))} == {0}


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_laptops_need_not_wait_for_a_dry_run(store: Store, org) -> None:
    with store.transaction() as session:
        session.add(PersonRow(org_id=org.org_id, person_id=UUID(int=1), employee_id="e1", last_day=back(91)))
    begun = set()

    @sa.event.listens_for(store.engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("BEGIN"):
            begun.add(statement)

    assert ("person", 1) in counts(sweep(store, TODAY, dry=True))
    assert begun == {"BEGIN"}, "one that writes begins with BEGIN IMMEDIATE"


def test_terms_are_shown_and_chosen_on_the_command_line(run: Run, store: Store) -> None:
    assert "90 days" in run("db", "retention", "--terms").stdout
    shown = run("db", "retention", "--keep", "rows=60", "--keep", "releases=200").stdout
    assert "60 days" in shown
    assert "200 weeks" in shown
    for wrong in ("rows=365", "rows", "rows=-3", "moods=3"):
        refused = run("db", "retention", "--keep", wrong)
        assert (refused.exit_code, refused.stdout) == (2, "")

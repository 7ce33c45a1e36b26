"""Export and erasure reach every table in which something about a person stands, and nobody else's rows."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import every_table
import pytest
import sqlalchemy as sa

from server.access.roles import Grant, Role
from server.db import Store
from server.errors import UsageError
from server.ingest.partitions import ensure_partitions
from server.own_data.erase import ONE_PERSON, erase_person
from server.own_data.export import SECRETS, export
from server.own_data.holdings import NotCovered, _holding, holdings, person_subject, subject_of
from server.own_data.receipts import digest_of
from server.people.models import Organisation
from server.rights.models import ReceiptRow
from server.schema import metadata

DAY = date(2026, 2, 25)
ADA, BO = UUID(int=101), UUID(int=202)
LAPTOP_OF_ADA, LAPTOP_OF_BO = UUID(int=11), UUID(int=22)
NAMES = {ADA: "ada", BO: "bo"}
IDS = ("person_id", "device_id")


def names_somebody(table: sa.Table) -> bool:
    return any(column in table.c for column in IDS) or table.name in ("notice_recipient", "outbox")


def value(column: sa.Column[Any], person: UUID, laptop: UUID, number: int) -> Any:
    """Of a row that is about this person on a day on which the laptop was theirs."""
    name = NAMES[person]
    fixed = {
        "person_id": person,
        "device_id": laptop,
        "employee_id": name,
        "email": f"{name}@example.org",
        "recipient": f"{name}@example.org",
        "name": f"name of {name}" if column.table.name == "person" else f"{name} {number}",
        "manager": None,
        "until": None,
        "week": "2026-W09",
        "last_day": None if column.table.name == "person" else DAY,
        "body": b'{"day": "2026-02-25"}',
    }
    if column.name in fixed and (fixed[column.name] is not None or column.nullable):
        return fixed[column.name]
    kind = column.type.python_type
    if kind is date:
        return DAY + timedelta(days=number)
    if kind is datetime:
        return datetime(2026, 2, 25, 9, tzinfo=UTC)
    if kind is UUID:
        return UUID(int=1000 * person.int + number)
    if kind is str:
        return f"{column.name} of {name} {number}"
    if kind is bytes:
        return f"{name} {number}".encode()
    return every_table.any_value(column, number + person.int)


@pytest.fixture
def everything(store: Store, org: Organisation) -> Organisation:
    """A row about each of two people in every table that can hold one."""
    ensure_partitions(store, DAY, DAY)
    with store.engine.begin() as connection:
        for table in metadata.sorted_tables:
            if not names_somebody(table):
                continue
            for person, laptop in ((ADA, LAPTOP_OF_ADA), (BO, LAPTOP_OF_BO)):
                row = {c.name: value(c, person, laptop, 0) for c in table.columns}
                connection.execute(sa.insert(table).values(**row | {"org_id": org.org_id}))
    return org


def rows_by_table(store: Store, org: Organisation) -> dict[str, list[tuple[Any, ...]]]:
    with store.reading() as session:
        return {
            table.name: sorted(
                (tuple(row) for row in session.execute(sa.select(table).where(table.c.org_id == org.org_id))),
                key=repr,
            )
            for table in metadata.sorted_tables
            if "org_id" in table.c
        }


def mentions(row: Any, *words: str) -> bool:
    said = repr(row)
    return any(word in said for word in words)


def about(person: UUID) -> tuple[str, ...]:
    return f"{NAMES[person]}@example.org", f"name of {NAMES[person]}", repr(person), f"of {NAMES[person]}"


def test_every_table_with_a_person_or_a_laptop_is_on_the_list() -> None:
    covered = {holding.table.name for holding in holdings()}
    assert {table.name for table in metadata.sorted_tables if names_somebody(table)} - covered == set()


def test_a_table_that_nobody_thought_of_is_noticed() -> None:
    key = {"primary_key": True}
    columns = (sa.Column("org_id", sa.Uuid(), **key), sa.Column("device_id", sa.Uuid(), **key))
    with pytest.raises(NotCovered, match="wifi_place"):
        _holding(sa.Table("wifi_place", sa.MetaData(), *columns))


def test_an_export_has_every_row_about_the_person_and_none_about_another(
    store: Store, everything: Organisation
) -> None:
    with store.reading() as session:
        found = export(session, person_subject(session, everything.org_id, ADA), DAY)
    expected = {table.name for table in metadata.sorted_tables if names_somebody(table)}
    assert set(found.tables) == expected
    assert set(found.counts.values()) == {1}
    document = json.loads(found.as_json())
    assert document["organisation"] == "Main"
    assert document["tables"]["raw_batch"][0]["body"] == {"day": "2026-02-25"}
    text = found.as_json().decode()
    assert not mentions(text, "bo@example.org", "of bo", str(BO), str(LAPTOP_OF_BO))
    assert {name for rows in found.tables.values() for row in rows for name in row} & SECRETS == set()


def test_rows_of_the_laptop_before_and_after_are_not_the_persons(
    store: Store, everything: Organisation
) -> None:
    """Ada has had the laptop since `DAY`; what it said before is somebody else's."""
    ensure_partitions(store, DAY - timedelta(days=9), DAY)
    days = [t for t in metadata.sorted_tables if "day" in t.c and "device_id" in t.c]
    with store.engine.begin() as connection:
        for table in days:
            row = {c.name: value(c, ADA, LAPTOP_OF_ADA, 0) for c in table.columns}
            earlier = {"org_id": everything.org_id, "day": DAY - timedelta(days=9)}
            connection.execute(sa.insert(table).values(**row | earlier))
    with store.reading() as session:
        found = export(session, person_subject(session, everything.org_id, ADA), DAY)
    assert {found.counts[table.name] for table in days} == {1}
    with store.transaction() as session:
        erase_person(session, everything.org_id, ADA, DAY, "command line")
    left = rows_by_table(store, everything)
    assert {len([r for r in left[t.name] if LAPTOP_OF_ADA in r]) for t in days} == {1}


def test_an_erasure_leaves_nothing_about_the_person_and_everything_about_others(
    store: Store, everything: Organisation
) -> None:
    before = rows_by_table(store, everything)
    with store.transaction() as session:
        receipt = erase_person(session, everything.org_id, ADA, DAY, "command line", "asked for it")
    after = rows_by_table(store, everything)
    stay = {"device", "device_fact"}
    for name, rows in after.items():
        if name in ("audit", "audit_head", "receipt"):
            continue
        assert [row for row in rows if mentions(row, *about(BO))] == [
            row for row in before[name] if mentions(row, *about(BO))
        ], name
        if name not in stay:
            assert [row for row in rows if mentions(row, *about(ADA), repr(LAPTOP_OF_ADA))] == [], name
    (fact,) = (row for row in after["device_fact"] if LAPTOP_OF_ADA in row)
    assert "hostname of ada 0" not in fact
    assert "signin_hmac of ada 0" not in fact
    expected = {t.name for t in metadata.sorted_tables if names_somebody(t)} - {"device"}
    assert set(receipt.counts) == expected
    assert set(receipt.counts.values()) == {1}
    for name in ("audit", "receipt"):
        assert not mentions(after[name], *about(ADA)), "who was erased is not told by the proof of it"
    with store.reading() as session:
        kept = session.get_one(ReceiptRow, (everything.org_id, receipt.number))
    assert kept.digest == digest_of(kept.number, kept.kind, kept.day, kept.counts, kept.content)
    assert (after["audit"][-1][1], ONE_PERSON in after["audit"][-1]) == (receipt.number, True)


def test_whom_the_erased_person_led_have_no_manager_any_more(store: Store, everything: Organisation) -> None:
    person = metadata.tables["person"]
    with store.engine.begin() as connection:
        of_bo = (person.c.org_id == everything.org_id, person.c.person_id == BO)
        connection.execute(sa.update(person).where(*of_bo).values(manager="ada"))
    with store.transaction() as session:
        erase_person(session, everything.org_id, ADA, DAY, "command line")
    with store.reading() as session:
        query = sa.select(person.c.manager).where(person.c.org_id == everything.org_id)
        assert session.scalars(query).all() == [None]


def test_released_figures_stay_as_they_were(store: Store, everything: Organisation) -> None:
    released = [t for t in metadata.sorted_tables if t.name in ("release_sum", "release", "pulse_histogram")]
    assert len(released) == 3
    with store.engine.begin() as connection:
        for table in released:
            row = {c.name: every_table.any_value(c, 1) for c in table.columns}
            connection.execute(sa.insert(table).values(**row | {"org_id": everything.org_id}))
    before = rows_by_table(store, everything)
    with store.transaction() as session:
        erase_person(session, everything.org_id, ADA, DAY, "command line")
    after = rows_by_table(store, everything)
    assert [after[table.name] for table in released] == [before[table.name] for table in released]


def test_nobody_is_erased_twice(store: Store, everything: Organisation) -> None:
    with store.transaction() as session:
        erase_person(session, everything.org_id, ADA, DAY, "command line")
    with pytest.raises(UsageError), store.transaction() as session:
        erase_person(session, everything.org_id, ADA, DAY, "command line")


def test_who_is_signed_in_for_a_laptop_alone_gets_what_is_of_the_laptop(
    store: Store, everything: Organisation
) -> None:
    with store.reading() as session:
        grant = Grant(everything.org_id, Role.EMPLOYEE, device_id=LAPTOP_OF_ADA)
        found = export(session, subject_of(session, grant), DAY)
    assert {"device_day", "device_fact", "raw_batch"} <= set(found.tables)
    assert "person" not in found.tables
    assert not mentions(found.as_json().decode(), str(LAPTOP_OF_BO))

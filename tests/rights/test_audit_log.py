"""The audit log: who writes cannot fork it, and whatever is done to it afterwards is found."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.access.audit import TEXT_MOST, record
from server.access.audit_chain import Fault, Link, end_before, end_of, entries, first_fault, start_of
from server.access.audit_models import AuditCheckpoint, AuditHead, AuditRow
from server.db import Store
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.upkeep.check_store import complaints
from server.upkeep.retention import sweep

DAY = date(2026, 3, 4)
WRITERS, EACH = 4, 5


def write(store: Store, org_id: UUID, number: int, day: date = DAY) -> None:
    with store.transaction() as session:
        for _ in range(number):
            record(session, org_id, day, "it", "policy changed", "services", "a new one")


def fault_of(store: Store, org_id: UUID, noted: Link | None = None) -> Fault | None:
    with store.reading() as session:
        return first_fault(session, org_id, noted)


def numbers(store: Store, org_id: UUID) -> list[int]:
    with store.reading() as session:
        return [row.number for row in entries(session, org_id)]


def test_a_log_that_nobody_touched_is_whole(store: Store, org: Organisation) -> None:
    assert fault_of(store, org.org_id) is None, "an empty one"
    write(store, org.org_id, 3)
    assert numbers(store, org.org_id) == [1, 2, 3]
    assert fault_of(store, org.org_id) is None


def test_many_writers_at_once_make_one_chain(store: Store, org: Organisation) -> None:
    """Also the first entry of all, for which there is no end of the log yet to take turns at."""
    begin = threading.Barrier(WRITERS)
    errors: list[BaseException] = []

    def work() -> None:
        begin.wait()
        try:
            for _ in range(EACH):
                write(store, org.org_id, 1)
        except BaseException as error:
            errors.append(error)

    writers = [threading.Thread(target=work) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert errors == []
    assert numbers(store, org.org_id) == list(range(1, WRITERS * EACH + 1))
    assert fault_of(store, org.org_id) is None


def test_what_is_not_committed_leaves_no_entry(store: Store, org: Organisation) -> None:
    write(store, org.org_id, 1)
    with store.transaction() as session:
        record(session, org.org_id, DAY, "it", "policy changed", "services")
        session.rollback()
    write(store, org.org_id, 1)
    assert numbers(store, org.org_id) == [1, 2]
    assert fault_of(store, org.org_id) is None


def test_organisations_have_logs_of_their_own(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        other = create_organisation(session, "other", "Other", DAY)
    write(store, org.org_id, 2)
    write(store, other.org_id, 1)
    assert numbers(store, other.org_id) == [1]
    with store.reading() as session:
        assert end_of(session, org.org_id).number == 2
        assert end_of(session, org.org_id).digest != end_of(session, other.org_id).digest


def changed(session: Session, org_id: UUID) -> None:
    """Who looked is somebody else now."""
    session.get_one(AuditRow, (org_id, 3)).who = "nobody"


def removed(session: Session, org_id: UUID) -> None:
    session.delete(session.get_one(AuditRow, (org_id, 3)))


def closed_up(session: Session, org_id: UUID) -> None:
    """One is taken out, and those after it move up to hide that."""
    removed(session, org_id)
    session.flush()
    for number in (4, 5):
        session.get_one(AuditRow, (org_id, number)).number = number - 1
        session.flush()
    session.get_one(AuditHead, org_id).number = 4


def swapped(session: Session, org_id: UUID) -> None:
    for old, new in ((3, 9), (4, 3), (9, 4)):
        session.get_one(AuditRow, (org_id, old)).number = new
        session.flush()


def cut_short(session: Session, org_id: UUID) -> None:
    session.execute(sa.delete(AuditRow).where(AuditRow.org_id == org_id, AuditRow.number > 2))


def cut_off_with_its_end(session: Session, org_id: UUID) -> None:
    """The end of the log is gone too, as if it had never had one."""
    session.execute(sa.delete(AuditHead).where(AuditHead.org_id == org_id))


def longer(session: Session, org_id: UUID) -> None:
    """Somebody added an entry by hand."""
    rest = {"day": DAY, "who": "it", "action": "x", "about": "y", "digest": "0" * 64}
    session.add(AuditRow(org_id=org_id, number=6, **rest))


@pytest.mark.parametrize(
    ("harm", "number", "says"),
    [
        (changed, 3, "was changed"),
        (removed, 3, "is missing"),
        (closed_up, 3, "was changed"),
        (swapped, 3, "was changed"),
        (cut_short, 3, "cut short"),
        (cut_off_with_its_end, 5, "at which the log ended"),
        (longer, 6, "was changed"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_first_entry_that_is_not_as_it_was_written_is_named(
    store: Store, org: Organisation, harm: Callable[[Session, UUID], None], number: int, says: str
) -> None:
    write(store, org.org_id, 5)
    with store.transaction() as session:
        harm(session, org.org_id)
    found = fault_of(store, org.org_id)
    assert found is not None
    assert found.number == number
    assert says in found.says


def test_a_log_that_was_written_anew_does_not_fit_what_somebody_noted(
    store: Store, org: Organisation
) -> None:
    write(store, org.org_id, 4)
    with store.reading() as session:
        noted = end_of(session, org.org_id)
    write(store, org.org_id, 1)
    assert fault_of(store, org.org_id, noted) is None
    with store.transaction() as session:
        session.execute(sa.delete(AuditRow).where(AuditRow.org_id == org.org_id))
        session.execute(sa.delete(AuditHead).where(AuditHead.org_id == org.org_id))
    with store.transaction() as session:
        for _ in range(5):
            record(session, org.org_id, DAY, "hr", "policy changed", "services", "a new one")
    assert fault_of(store, org.org_id) is None, "it is whole by itself"
    found = fault_of(store, org.org_id, noted)
    assert found == Fault(4, "is not the one that was noted")


def test_ended_entries_leave_a_checkpoint_and_the_rest_stays_whole(store: Store, org: Organisation) -> None:
    old = DAY - timedelta(weeks=104, days=1)
    write(store, org.org_id, 2, old)
    with store.reading() as session:
        noted = end_of(session, org.org_id)
    write(store, org.org_id, 1, DAY)
    write(store, org.org_id, 1, old)  # a clock that went back
    write(store, org.org_id, 1, DAY)
    assert [one.count for one in sweep(store, DAY, dry=True) if one.table == "audit"] == [2]
    assert [one.count for one in sweep(store, DAY) if one.table == "audit"] == [2]
    assert numbers(store, org.org_id) == [3, 4, 5]
    assert fault_of(store, org.org_id, noted) is None
    with store.reading() as session:
        assert start_of(session, org.org_id) == noted
    write(store, org.org_id, 1)
    assert fault_of(store, org.org_id) is None


def test_a_log_that_ended_as_a_whole_goes_on_where_it_was(store: Store, org: Organisation) -> None:
    write(store, org.org_id, 2, DAY)
    with store.transaction() as session:
        assert end_before(session, org.org_id, DAY + timedelta(days=1)) == 2
    assert fault_of(store, org.org_id) is None
    write(store, org.org_id, 1)
    assert numbers(store, org.org_id) == [3]
    assert fault_of(store, org.org_id) is None
    with store.transaction() as session:
        session.execute(sa.delete(AuditCheckpoint).where(AuditCheckpoint.org_id == org.org_id))
    assert fault_of(store, org.org_id) == Fault(1, "is missing")


def test_a_look_at_the_whole_store_finds_it(store: Store, org: Organisation, clock) -> None:
    write(store, org.org_id, 3)
    with store.transaction() as session:
        changed(session, org.org_id)
    said = "The audit log is not as it was written: main: entry 3 was changed, or stands where another was"
    assert said in complaints(store, clock().date())


def test_an_entry_is_one_line_whatever_it_is_made_of(store: Store, org: Organisation) -> None:
    with store.transaction() as session:
        record(session, org.org_id, DAY, "it", "laptop looked at", "device 1", "a\x00b\n\u2028c " + "x" * 999)
    with store.reading() as session:
        (row,) = entries(session, org.org_id)
    assert row.reason is not None
    assert row.reason.startswith("a b c x")
    assert len(row.reason) == TEXT_MOST
    assert fault_of(store, org.org_id) is None

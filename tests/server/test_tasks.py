"""What IT has to do for who joins and leaves: what stands in the list, what never does, and who may look."""

from datetime import date, timedelta
from uuid import UUID

import company
import pytest
import sqlalchemy as sa

from server.access.audit_models import AuditRow
from server.access.closing import close_access
from server.db import Store
from server.devices.models import Device
from server.devices.store import retire
from server.errors import UsageError
from server.lifecycle.tasks import look_at_tasks, mark_done, tasks_of
from server.people.models import Organisation
from server.people.store import person_id_of
from server.rights.restricted import restrict

TODAY = date(2026, 3, 4)
BEGAN = date(2025, 6, 2)


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def bring_in(store: Store, org: Organisation, name: str, *, laptop: bool = True, **days: date) -> UUID:
    """Somebody with these days, and with a laptop from the hire day on."""
    hire = days.get("hire", BEGAN)
    place = {"person": name, "from": hire, "unit": "U", "team": "T"}
    with store.transaction() as session:
        company.bring_in_people(session, org, [{"person": name, "hire": hire, **days}], [place])
        if laptop:
            company.enrol(session, org.org_id, name, name, hire, hire)
    return person_id_of(org.org_id, name)


def kinds(store: Store, org: Organisation, today: date = TODAY) -> list[tuple[str, str]]:
    with store.reading() as session:
        return [(task.kind, task.employee_id) for task in tasks_of(session, org.org_id, today)]


@pytest.mark.parametrize(("hire", "there"), [(-28, True), (-29, False), (0, True), (90, True), (91, False)])
def test_a_laptop_is_to_be_prepared_around_the_hire_day(
    store: Store, org: Organisation, hire: int, there: bool
) -> None:
    bring_in(store, org, "new", laptop=False, hire=back(hire))
    assert kinds(store, org) == [("prepare", "new")] * there
    with store.transaction() as session:
        company.enrol(session, org.org_id, "new", "new", TODAY, back(max(hire, 0)))
    assert kinds(store, org) == []


@pytest.mark.parametrize(
    ("last", "known", "there"),
    [
        (-7, 30, ["collect"]),
        (-8, 30, []),
        (-7, None, []),
        (-7, -1, []),
        (1, None, ["collect", "close"]),
        (90, None, ["collect", "close"]),
        (91, None, []),
    ],
)
def test_a_leaver_stands_in_the_list_only_once_they_know(
    store: Store, org: Organisation, last: int, known: int | None, there: list[str]
) -> None:
    told = {} if known is None else {"known": back(known)}
    bring_in(store, org, "goes", last_day=back(last), **told)
    assert kinds(store, org) == [(kind, "goes") for kind in there]


def test_a_task_goes_once_the_store_shows_that_it_is_done(store: Store, org: Organisation) -> None:
    person = bring_in(store, org, "gone", last_day=back(3))
    with store.transaction() as session:
        retire(session, org.org_id, company.device_id_of(org.org_id, "gone"))
    assert kinds(store, org) == [("close", "gone")]
    with store.transaction() as session:
        close_access(session, org.org_id, person, TODAY)
    assert kinds(store, org) == []


def test_a_task_goes_once_it_is_marked_and_cannot_be_marked_twice(store: Store, org: Organisation) -> None:
    person = bring_in(store, org, "gone", last_day=back(3))
    laptop = str(company.device_id_of(org.org_id, "gone"))
    with store.transaction() as session:
        mark_done(session, org.org_id, ("collect", person, laptop), "it", TODAY)
    assert kinds(store, org) == [("close", "gone")]
    with pytest.raises(UsageError), store.transaction() as session:
        mark_done(session, org.org_id, ("collect", person, laptop), "it", TODAY)


def test_a_laptop_that_is_nobodys_is_named_without_a_person(store: Store, org: Organisation) -> None:
    bring_in(store, org, "a")
    with store.transaction() as session:
        company.enrol(session, org.org_id, "spare", "a", BEGAN, BEGAN, back(5))
    with store.reading() as session:
        [task] = tasks_of(session, org.org_id, TODAY)
        assert session.get(Device, (org.org_id, UUID(task.about))) is not None
    assert (task.kind, task.person_id, task.name) == ("assign", None, "")


def test_a_restricted_person_stands_in_no_list(store: Store, org: Organisation) -> None:
    person = bring_in(store, org, "gone", last_day=back(3))
    with store.transaction() as session:
        restrict(session, org.org_id, person, TODAY)
    assert kinds(store, org) == []


def test_use_and_its_end_change_nothing_in_the_list(store: Store, org: Organisation) -> None:
    """A laptop in use all the time and one that never told anything stand there alike."""
    for name in ("busy", "idle"):
        bring_in(store, org, name, last_day=back(3))
    company.send_days(store, org.org_id, [company.good_day("busy", back(days)) for days in range(1, 6)])
    with store.reading() as session:
        found = tasks_of(session, org.org_id, TODAY)
    assert [(task.kind, task.due) for task in found] == [
        *[("collect", back(3))] * 2,
        *[("close", back(3))] * 2,
    ]
    assert {field for task in found for field in task.__slots__} == {
        *("kind", "due", "person_id", "employee_id", "name", "laptop", "about")
    }


def test_each_look_and_each_mark_is_in_the_audit_log(store: Store, org: Organisation) -> None:
    person = bring_in(store, org, "gone", last_day=back(3))
    look_at_tasks(store, org.org_id, "it person 1", TODAY)
    with store.transaction() as session:
        mark_done(session, org.org_id, ("close", person, str(back(3))), "it person 1", TODAY)
    with store.reading() as session:
        query = sa.select(AuditRow.who, AuditRow.action, AuditRow.about).where(AuditRow.org_id == org.org_id)
        told = session.execute(query.order_by(AuditRow.number)).all()
    assert told == [
        ("it person 1", "tasks seen", "all tasks"),
        ("it person 1", "task done", f"close person {person}"),
    ]

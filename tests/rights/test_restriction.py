"""Rows of somebody whose data are restricted are kept, and used for nothing but the own page."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import company
import pytest
import sqlalchemy as sa

from server.access.roles import Grant, Role
from server.db import Store
from server.devices.store import keep_facts
from server.faults.job import look_at
from server.faults.models import DeviceFaultRow
from server.ingest import own_page
from server.ingest.models import app_day, device_day
from server.people.models import Organisation
from server.people.store import person_id_of
from server.privacy import alarm_rows
from server.privacy.alarm_rows import day_seen
from server.privacy.alarm_values import ItemDay
from server.privacy.equipment_days import laptops_of_day
from server.privacy.own_page import own_scores_of
from server.privacy.person_weeks import device_days, weeks_of_persons
from server.pulse.eligible import asking_devices
from server.rights.restricted import end_restriction, restrict, restricted_laptops
from server.scoring.parameters import IN_FORCE

MONDAY = date(2026, 2, 16)
PEOPLE = ("ada", "bo", "cy")
DAYS = [MONDAY + timedelta(days=back) for back in (-7, -6, 0, 1, 2)]


@pytest.fixture
def people(store: Store, org: Organisation) -> Sequence[str]:
    placed = [{"person": name, "unit": "Sales", "team": "North", "from": "2025-01-06"} for name in PEOPLE]
    with store.transaction() as session:
        company.bring_in_people(session, org, [{"person": name} for name in PEOPLE], placed)
        for name in PEOPLE:
            company.enrol(session, org.org_id, name, name, DAYS[0], DAYS[0])
    company.send_days(store, org.org_id, [company.good_day(name, day) for name in PEOPLE for day in DAYS])
    with store.transaction() as session:
        for name in PEOPLE:
            laptop = company.device_id_of(org.org_id, name)
            keep_facts(session, org.org_id, laptop, DAYS[0], {"model": "T14", "maker": "Lenovo"})
            used_for = {"app": "firefox", "version": "1", "hours": 5.0, "crashes": 0, "hangs": 0}
            key = {"org_id": org.org_id, "device_id": laptop, "day": MONDAY}
            session.execute(sa.insert(app_day).values(**key, **used_for))
        of_org = device_day.c.org_id == org.org_id
        session.execute(sa.update(device_day).where(of_org).values(on_s=30_000.0, os_crashes=0))
    return [str(person_id_of(org.org_id, name)) for name in PEOPLE]


def used(store: Store, org: Organisation) -> dict[str, Any]:
    """Who is in what others get to see in the end, by person or laptop."""
    known = {str(person_id_of(org.org_id, name)): name for name in PEOPLE}
    known |= {str(company.device_id_of(org.org_id, name)): name for name in PEOPLE}
    with store.reading() as session:
        streamed = {str(person) for person, _, _ in device_days(session, org.org_id, DAYS[0], DAYS[-1])}
        week = set(weeks_of_persons(session, org.org_id, "2026-W08"))
        asked = {str(one) for one in asking_devices(session, org.org_id, MONDAY + timedelta(days=14))}
        laptops = len(laptops_of_day(session, org.org_id, MONDAY))
        with pytest.MonkeyPatch.context() as patch:  # before the thresholds, which three people do not reach
            watched: dict[str, int] = {}
            patch.setattr(alarm_rows, "items_seen", lambda days: (watched.update(_laptops(days)), {}))
            day_seen(session, org.org_id, MONDAY, {}, {}, IN_FORCE)
    found = {"days": streamed, "week": week, "asked": asked}
    counted = {name: {known[one] for one in ids} for name, ids in found.items()}
    return counted | {"laptops": laptops, "watched": watched}


def _laptops(days: Iterable[ItemDay]) -> dict[str, int]:
    return {day.item.name: day.laptops for day in days}


def test_a_restricted_person_is_in_nothing_that_others_see(
    store: Store, org: Organisation, people: Sequence[str]
) -> None:
    before = used(store, org)
    assert before["days"] == before["week"] == before["asked"] == set(PEOPLE)
    assert before["laptops"] == 3
    assert before["watched"] == {"firefox": 3, "Lenovo T14": 3}
    person_id = person_id_of(org.org_id, "bo")
    with store.transaction() as session:
        assert restrict(session, org.org_id, person_id, MONDAY)
        assert not restrict(session, org.org_id, person_id, MONDAY)
        assert restricted_laptops(session, org.org_id, MONDAY) == [company.device_id_of(org.org_id, "bo")]
    after = used(store, org)
    assert after["days"] == after["week"] == after["asked"] == {"ada", "cy"}
    assert after["laptops"] == 2
    assert after["watched"] == dict.fromkeys(before["watched"], 2)
    with store.transaction() as session:
        assert end_restriction(session, org.org_id, person_id)
        assert not end_restriction(session, org.org_id, person_id)
    assert used(store, org) == before


def test_their_rows_are_kept_and_shown_to_themselves(
    store: Store, org: Organisation, people: Sequence[str]
) -> None:
    person_id = person_id_of(org.org_id, "bo")
    with store.transaction() as session:
        restrict(session, org.org_id, person_id, MONDAY)
    with store.reading() as session:
        (laptop,) = own_page.laptops_of(session, Grant(org.org_id, Role.EMPLOYEE, person_id))
        assert len(own_page.days(session, laptop, DAYS[0])) == len(DAYS)
        assert set(own_scores_of(session, org.org_id, person_id, DAYS[0], DAYS[-1])) == set(DAYS)


def test_it_is_told_of_no_fault_of_their_laptop(
    store: Store, org: Organisation, people: Sequence[str]
) -> None:
    today = DAYS[-1] + timedelta(days=1)
    with store.transaction() as session:
        of_org = device_day.c.org_id == org.org_id
        session.execute(sa.update(device_day).where(of_org).values(disk_free_pct=1.0))

    def faulty() -> set[UUID]:
        look_at(store, org.org_id, today)
        with store.reading() as session:
            rows = sa.select(DeviceFaultRow.device_id).where(DeviceFaultRow.org_id == org.org_id)
            return set(session.scalars(rows))

    laptops = {company.device_id_of(org.org_id, name) for name in PEOPLE}
    assert faulty() == laptops
    with store.transaction() as session:
        restrict(session, org.org_id, person_id_of(org.org_id, "bo"), MONDAY)
    assert faulty() == laptops - {company.device_id_of(org.org_id, "bo")}

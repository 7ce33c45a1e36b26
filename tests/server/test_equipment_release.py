"""Days of the equipment view: what counts where, released once and in order, and never changed unseen."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import factories
import pytest
import sqlalchemy as sa
from click.testing import Result

from server.db import Store
from server.devices.models import DeviceFact, DevicePerson
from server.ingest.models import app_day, device_day
from server.ingest.partitions import ensure_partitions
from server.ingest.uptime import mark_up
from server.people.models import Organisation, PersonRow
from server.privacy.equipment_daily import (
    due_equipment_day,
    release_equipment_day,
    release_equipment_due,
)
from server.privacy.equipment_models import EquipmentSumRow
from server.privacy.equipment_release import AppDay, EquipmentDay, LaptopDay, make_equipment_day
from server.privacy.equipment_results import equipment_of
from server.privacy.equipment_store import (
    DayReleased,
    broken_equipment_days,
    known_classes,
    load_equipment_days,
)
from server.privacy.model_versions import adopt
from server.privacy.restored import note_restored
from server.schema import metadata
from server.scoring.model_file import read_model

DAY = date(2026, 3, 2)
NEXT = DAY + timedelta(days=1)
DUE = datetime(2026, 3, 6, 3, tzinfo=UTC)
NOWHERE = dict.fromkeys(("model", "system", "site", "connection"), None)


class Fleet:
    """Laptops in the store, some at one site and some at another."""

    def __init__(self, store: Store, org: Organisation) -> None:
        self.store, self.org_id = store, org.org_id
        ensure_partitions(store, DAY - timedelta(days=7), NEXT)
        self.laptops = [
            self._enrol(site, model)
            for site, model in [("North", "A")] * 7 + [("North", "B")] * 5 + [("South", "B")] * 11
        ]

    def _enrol(self, site: str, model: str) -> factories.EnrolledDevice:
        with self.store.transaction() as session:
            laptop = factories.enrol_device(session, self.org_id, DAY - timedelta(days=9))
            key = {"org_id": self.org_id, "device_id": laptop.device_id, "since": DAY - timedelta(days=9)}
            person = uuid4()
            session.add(PersonRow(org_id=self.org_id, person_id=person, employee_id=str(person), site=site))
            session.add(DevicePerson(**key, person_id=person))
            session.add(DeviceFact(**key, seq=0, maker="Acme", model=model, os="linux", os_version="12"))
        return laptop

    def send(self, day: date, apps: Callable[[int], dict[str, tuple[float, int]]], **values: Any) -> None:
        """The same day of each laptop; `apps`: of the laptop with a number, version -> hours and crashes."""
        usual = {"usage_s": 18_000.0, "on_s": 20_000.0, "os_crashes": 0, "rtt_ms": 30.0}
        with self.store.transaction() as session:
            for number, laptop in enumerate(self.laptops):
                row = factories.day_row(laptop, day, **(usual | {"app_crashes": 0} | values))
                session.execute(sa.insert(device_day).values(row))
                for version, (hours, crashes) in apps(number).items():
                    key = {"org_id": self.org_id, "device_id": laptop.device_id, "day": day}
                    counted = {"app": "mail", "version": version, "hours": hours, "crashes": crashes}
                    session.execute(sa.insert(app_day).values(**key, **counted, hangs=0))

    def release(self, day: date) -> EquipmentDay:
        return release_equipment_day(self.store, self.org_id, day, DUE)

    def up(self, hours: int = 30) -> None:
        with self.store.transaction() as session:
            for i in range(hours):
                mark_up(session, DUE - timedelta(hours=i + 1))


@pytest.fixture
def fleet(store: Store, org: Organisation) -> Fleet:
    return Fleet(store, org)


def sums(day: EquipmentDay, signal: str) -> dict[str, tuple[int, float, float]]:
    return {one.name: (one.n, one.y, one.e) for one in day.sums if one.signal == signal}


def test_a_laptop_counts_for_the_whole_day_under_the_version_it_began_with(fleet: Fleet) -> None:
    fleet.send(DAY, lambda number: {"1.0": (2.0, 0)})
    fleet.send(NEXT, lambda n: {"1.0": (1.0, 1), "1.1": (3.0, 1)} if n < 11 else {"1.1": (4.0, 0)})
    fleet.release(DAY)
    released = {one.name: one for one in fleet.release(NEXT).sums if one.signal == "crash"}
    assert (released["1.0"].n, released["1.1"].n) == (11, 12)
    assert released["1.0"].y / released["1.0"].e == pytest.approx(22 / 44)
    assert released["1.1"].y == 0
    assert (released[""].y, released[""].e) == (22, 23 * 4)


def test_places_come_from_the_directory_and_too_small_ones_are_not_released(fleet: Fleet) -> None:
    fleet.send(DAY, lambda n: {}, rtt_ms=250.0)
    day = fleet.release(DAY)
    assert sums(day, "latency") == {"": (23, 23, 23), "North": (12, 12, 12), "South": (11, 11, 11)}
    assert set(sums(day, "oscrash")) == {"", "12"}, "7 laptops are too few, and the others show them"


def test_a_source_that_could_not_be_read_counts_nowhere(fleet: Fleet) -> None:
    fleet.send(DAY, lambda n: {"1.0": (2.0, 0)}, coverage={"crash": "denied", "network": "absent"})
    day = fleet.release(DAY)
    assert sums(day, "crash") == sums(day, "latency") == {}
    assert sums(day, "hang")[""] == (23, 0, 46)


def test_a_day_is_released_once_in_order_and_not_again_for_late_data(fleet: Fleet, store: Store) -> None:
    fleet.release(DAY)
    fleet.send(DAY, lambda n: {})
    for day in (DAY, DAY - timedelta(days=1)):
        with pytest.raises(DayReleased):
            fleet.release(day)
    with store.reading() as session:
        [kept] = load_equipment_days(session, fleet.org_id, DAY, NEXT)
    assert kept.sums == ()


def test_what_is_kept_is_what_was_released_and_a_change_of_it_is_found(fleet: Fleet, store: Store) -> None:
    fleet.send(DAY, lambda n: {"1.0": (2.5, n % 3)}, os_crashes=1)
    fleet.send(NEXT, lambda n: {"1.0": (1.5, 0)})
    made = [fleet.release(DAY), fleet.release(NEXT)]
    with store.reading() as session:
        assert load_equipment_days(session, fleet.org_id, DAY, NEXT) == made
        assert broken_equipment_days(session, fleet.org_id) == []
        assert set(known_classes(session, fleet.org_id, DAY)) == {
            ("", "system", "12"),
            ("mail", "version", "1.0"),
        }
    row = EquipmentSumRow
    with store.transaction() as session:
        session.execute(
            sa.update(row).where(row.org_id == fleet.org_id, row.day == DAY, row.name == "1.0").values(y=1)
        )
    with store.reading() as session:
        assert broken_equipment_days(session, fleet.org_id) == [DAY]


def test_a_day_waits_four_days_and_for_a_collector_that_was_up(fleet: Fleet, store: Store) -> None:
    fleet.send(DAY, lambda n: {})

    def due(now: datetime) -> date | None:
        with store.reading() as session:
            return due_equipment_day(session, session.get_one(Organisation, fleet.org_id), now)

    with store.transaction() as session:
        session.get_one(Organisation, fleet.org_id).created_on = DAY
    assert due(DUE) is None, "no collector was up"
    fleet.up()
    assert due(DUE - timedelta(minutes=1)) is None
    assert due(DUE) == DAY
    assert release_equipment_due(store, DUE) == "1 days released"
    assert release_equipment_due(store, DUE) == "0 days released"


def test_a_restored_store_passes_over_what_may_have_been_released_before(fleet: Fleet, store: Store) -> None:
    for day in (DAY, NEXT):
        fleet.send(day, lambda n: {})
    with store.transaction() as session:
        session.get_one(Organisation, fleet.org_id).created_on = DAY
    fleet.up(hours=60)
    for _ in range(2):
        note_restored(store, DUE)
    assert release_equipment_due(store, DUE + timedelta(days=1)) == "1 days released"
    with store.reading() as session:
        passed, released = load_equipment_days(session, fleet.org_id, DAY, NEXT)
        assert broken_equipment_days(session, fleet.org_id) == []
    assert passed.sums == ()
    assert released.sums


def test_the_demo_is_not_released_by_the_job(fleet: Fleet, store: Store) -> None:
    fleet.send(DAY, lambda n: {})
    fleet.up()
    with store.transaction() as session:
        organisation = session.get_one(Organisation, fleet.org_id)
        organisation.created_on, organisation.demo = DAY, True
    assert release_equipment_due(store, DUE) == "0 days released"


def test_the_command_shows_the_released_day_and_says_what_it_does_not_know(
    fleet: Fleet, run: Callable[..., Result]
) -> None:
    assert "No day has been released yet" in run("equipment").stderr
    fleet.send(DAY, lambda n: {"1.0": (5.0, n % 2)})
    fleet.release(DAY)
    whole = json.loads(run("equipment", "--json").stdout)
    assert whole["last"] == str(DAY)
    assert {(one["signal"], one["app"]) for one in whole["signals"]} >= {("crash", "mail"), ("latency", "")}
    shown = run("equipment", "crash", "mail").stdout
    assert "crash mail: 10 (5.1..17) per 100 h, 20-49 laptops" in shown
    assert "version 1.0" in shown
    assert run("equipment", "--verify").exit_code == 0
    for arguments, said in ((["crash", "golf"], "Nothing is released"), (["--day", "May"], "is no day")):
        answer = run("equipment", *arguments)
        assert answer.exit_code == 2
        assert said in answer.stderr


def test_no_table_holds_a_laptop_a_place_and_a_day_together() -> None:
    together = [
        table.name
        for table in metadata.sorted_tables
        if "device_id" in table.c and {"site", "team", "unit"} & set(table.c.keys())
    ]
    assert together == []
    assert not {"device_id", "person_id"} & set(metadata.tables["equipment_sum"].c.keys())


def test_whether_a_laptop_counts_does_not_depend_on_what_went_wrong() -> None:
    quiet = LaptopDay(NOWHERE, {"usage_hours": 5.0, "on_hours": 6.0, "os_crashes": 0.0})
    noisy = LaptopDay(NOWHERE, {"usage_hours": 5.0, "on_hours": 6.0, "os_crashes": 50.0})
    dead = LaptopDay(NOWHERE, {"usage_hours": 0.0, "on_hours": 6.0, "os_crashes": 1.0})
    unused = LaptopDay(NOWHERE, {"usage_hours": 0.0, "on_hours": 6.0, "os_crashes": 0.0})
    day = make_equipment_day(DAY, [quiet] * 8 + [noisy] + [dead] + [unused] * 5, 5, {})
    [company] = (one for one in day.sums if one.signal == "oscrash")
    assert (company.n, company.y) == (10, 20 + 1)
    assert company.e == pytest.approx(9 * 6 + 1 / 60)


def test_a_name_with_a_bar_is_shown_with_a_stroke() -> None:
    laptop = LaptopDay(NOWHERE, {"usage_hours": 5.0}, {"mail": AppDay("1|2", 5.0, 0.0, None)})
    day = make_equipment_day(DAY, [laptop] * 10, 5, {})
    assert [one.name for one in day.sums] == ["", "1/2"]


FASTER = b'name = "dex-2"\n[curves]\nlatency = [[10, 100], [20, 70], [25, 30], [500, 0]]\n'
"""30 ms, a good latency before, disturb under this model."""


def adopt_faster(fleet: Fleet, from_week: str, on: date) -> None:
    with fleet.store.transaction() as session:
        adopt(session, fleet.org_id, read_model(FASTER), from_week, "faster networks", on)


def test_a_day_is_read_by_the_curves_of_its_week_and_a_picture_adds_up_only_days_read_alike(
    fleet: Fleet, store: Store
) -> None:
    before = DAY - timedelta(days=1)  # a Sunday
    for day in (before, DAY, NEXT):
        fleet.send(day, lambda n: {}, rtt_ms=30.0)
    adopt_faster(fleet, "2026-W10", before)
    for day in (before, DAY, NEXT):
        counted = sums(fleet.release(day), "latency")[""]
        assert counted == ((23, 0, 23) if day == before else (23, 23, 23))
    with store.reading() as session:
        old, new = (equipment_of(session, fleet.org_id, day, ("latency", "")) for day in (before, NEXT))
        whole = equipment_of(session, fleet.org_id, NEXT)
    [old_latency], [new_latency] = old.signals, new.signals
    assert (old_latency.limit, old_latency.rate.value < 10) == (200, True)
    assert (new_latency.limit, new_latency.rate.value > 90, new_latency.since) == (25, True, None)
    assert new_latency in whole.signals
    stops = next(one for one in whole.signals if one.signal == "oscrash")
    assert stops.since is None


def test_a_model_decided_on_the_day_of_a_day_s_release_comes_too_late_for_it(
    fleet: Fleet, store: Store
) -> None:
    fleet.send(DAY, lambda n: {}, rtt_ms=30.0)
    adopt_faster(fleet, "2026-W10", DUE.date())
    assert sums(fleet.release(DAY), "latency")[""] == (23, 0, 23)
    with store.reading() as session:
        [latency] = equipment_of(session, fleet.org_id, DAY, ("latency", "")).signals
    assert latency.limit == 200

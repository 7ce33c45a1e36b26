"""Fleet health counts laptops once a day, and tells nothing of anybody's day."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import factories
import pytest
import sqlalchemy as sa
from click.testing import Result
from conftest import SettableClock

from server.db import Base, Store
from server.devices.models import Device, DeviceDrop, DeviceFact, DevicePerson
from server.fleet.counts import NAMES_MOST, FleetCounts, Laptop, count
from server.fleet.job import count_fleets
from server.fleet.queries import LAPTOPS_AT_ONCE, newest_count
from server.ingest.models import device_day
from server.ingest.partitions import ensure_partitions
from server.people.models import Organisation
from server.people.organisations import create_organisation

TODAY = date(2026, 3, 4)


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


class Fleet:
    """Laptops of an organisation, each with what is counted of it."""

    def __init__(self, store: Store, org_id: UUID) -> None:
        self.store, self.org_id = store, org_id
        ensure_partitions(store, back(80), TODAY)

    def add(self, enrolled: int = 60, days: tuple[int, ...] = (1,), **changed: Any) -> UUID:
        """A laptop let in so many days ago, with days that lie so far back."""
        with self.store.transaction() as session:
            laptop = factories.enrol_device(session, self.org_id, back(enrolled))
            key = {"org_id": self.org_id, "device_id": laptop.device_id}
            session.add(DevicePerson(**key, since=back(enrolled), person_id=uuid4()))
            facts = {"os": "linux", "maker": "Acme", "model": "T14"} | changed
            session.add(DeviceFact(**key, since=back(enrolled), seq=0, os="windows", model="old"))
            session.add(DeviceFact(**key, since=back(enrolled - 1), seq=1, **facts))
            for day in days:
                values = {"agent_version": f"1.{day}", "coverage": {"boot": "ok", "cpu": "denied"}}
                session.execute(sa.insert(device_day).values(factories.day_row(laptop, back(day), **values)))
        return laptop.device_id

    def change(self, device_id: UUID, **values: Any) -> None:
        with self.store.transaction() as session:
            row = session.get_one(Device, (self.org_id, device_id))
            for name, value in values.items():
                setattr(row, name, value)

    def drop(self, device_id: UUID, week: str, reason: str, field: str, n: int) -> None:
        with self.store.transaction() as session:
            key = {"org_id": self.org_id, "device_id": device_id, "week": week}
            session.add(DeviceDrop(**key, reason=reason, field=field, count=n))

    def counts(self) -> FleetCounts:
        with self.store.reading() as session:
            found = newest_count(session, self.org_id)
        assert found is not None
        return found.counts


@pytest.fixture
def fleet(store: Store, org: Organisation) -> Fleet:
    return Fleet(store, org.org_id)


def test_each_laptop_is_in_one_of_four(fleet: Fleet, store: Store, clock: SettableClock) -> None:
    fleet.add(enrolled=7, days=())  # let in within the week
    fleet.add(enrolled=3, days=(1,))
    fleet.add(enrolled=8, days=())  # never sent
    fleet.add(days=(8, 20))  # silent for more than a week
    fleet.add(days=(79,))
    fleet.add(enrolled=91, days=())  # its days, if there were any, are not kept any more
    fleet.add(enrolled=90, days=())  # would be kept
    fleet.add(days=(7, 8))  # a week ago is no silence yet
    fleet.add(days=(0,))  # today is not over: nothing of it counts
    fleet.change(fleet.add(), state="retired")
    count_fleets(store, clock())
    found = fleet.counts()
    assert (found.active, found.retired, found.new) == (9, 1, 2)
    assert (found.never_sent, found.silent) == (3, 3)
    assert found.heard == 3


def test_versions_and_sources_are_those_of_the_newest_day_that_is_over(
    fleet: Fleet, store: Store, clock: SettableClock
) -> None:
    fleet.add(days=(0, 2, 3))
    fleet.add(days=(5,), os="macos")
    fleet.add(days=(29,))
    count_fleets(store, clock())
    found = fleet.counts()
    assert {(one.name, one.laptops) for one in found.agents} == {("1.2", 1), ("1.5", 1)}
    assert {(one.name, one.laptops) for one in found.systems} == {("linux", 2), ("macos", 1)}
    assert [(one.name, one.laptops) for one in found.models] == [("Acme T14", 3)]
    assert set(found.coverage) == {"linux", "macos"}
    linux = found.coverage["linux"]
    assert (linux["boot"], linux["cpu"], linux["hang"]) == ({"ok": 1}, {"denied": 1}, {"absent": 1})


def test_nobodys_and_copied_ones_are_counted(fleet: Fleet, store: Store, clock: SettableClock) -> None:
    fleet.change(fleet.add(), clone_seen_on=back(30))
    fleet.change(fleet.add(), clone_seen_on=back(31))
    given_back = fleet.add()
    with store.transaction() as session:
        held = session.get_one(DevicePerson, (fleet.org_id, given_back, back(60)))
        held.until = back(1)
    count_fleets(store, clock())
    assert (fleet.counts().clones, fleet.counts().unassigned) == (1, 1)


def test_drops_are_those_of_four_weeks(fleet: Fleet, store: Store, clock: SettableClock) -> None:
    one, other = fleet.add(), fleet.add()
    for device, week, n in ((one, "2026-W10", 2), (one, "2026-W07", 3), (other, "2026-W10", 5)):
        fleet.drop(device, week, "unknown-field", "summary", n)
    fleet.drop(one, "2026-W06", "unknown-field", "summary", 99)
    fleet.drop(one, "2026-W10", "too-many", "summary.apps", 1)
    count_fleets(store, clock())
    found = [(drop.reason, drop.field, drop.laptops, drop.values) for drop in fleet.counts().drops]
    assert found == [("unknown-field", "summary", 2, 10), ("too-many", "summary.apps", 1, 1)]


def test_a_count_stands_until_the_organisations_next_day(
    fleet: Fleet, store: Store, clock: SettableClock
) -> None:
    """Who looks at the page all day sees nobody come or go."""
    count_fleets(store, clock())
    fleet.add()
    clock.advance(hours=11)
    assert "of 0 organisations" in count_fleets(store, clock())
    assert fleet.counts().active == 0
    clock.advance(hours=2)
    count_fleets(store, clock())
    assert fleet.counts().active == 1


def test_each_organisation_has_its_own_count(fleet: Fleet, store: Store, clock: SettableClock) -> None:
    with store.transaction() as session:
        other = Fleet(store, create_organisation(session, "other", "Other", TODAY).org_id)
    fleet.drop(fleet.add(), "2026-W10", "too-many", "summary.apps", 1)
    other.add()
    other.add()
    count_fleets(store, clock())
    assert (fleet.counts().active, len(fleet.counts().drops)) == (1, 1)
    assert (other.counts().active, other.counts().drops) == (2, [])


def test_more_laptops_than_are_read_at_once(
    fleet: Fleet, store: Store, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LAPTOPS_AT_ONCE > 5
    monkeypatch.setattr("server.fleet.queries.LAPTOPS_AT_ONCE", 2)
    for _ in range(5):
        fleet.add()
    count_fleets(store, clock())
    assert fleet.counts().active == 5


def test_what_is_kept_names_no_laptop_and_no_person(fleet: Fleet, store: Store, clock: SettableClock) -> None:
    device_id = fleet.add()
    fleet.drop(device_id, "2026-W10", "too-many", "summary.apps", 1)
    count_fleets(store, clock())
    table = Base.metadata.tables["fleet_count"]
    with store.reading() as session:
        row = session.execute(sa.select(table.c.counts).where(table.c.org_id == fleet.org_id)).scalar_one()
    text = json.dumps(row)
    assert str(device_id) not in text
    assert device_id.hex not in text
    assert "2026" not in text  # no day, of whatever


def test_many_names_become_one_line() -> None:
    laptops = [
        Laptop(True, back(60), None, True, False, "linux", f"model {n:03}", back(1), "1", {})
        for n in range(NAMES_MOST + 7)
    ]
    found = count(laptops, [], TODAY, back(90))
    assert (len(found.models), found.other_models) == (NAMES_MOST, 7)


Run = Callable[..., Result]


def test_the_command_counts_if_nobody_did_and_then_shows_that(
    run: Run, fleet: Fleet, org: Organisation
) -> None:
    empty = run("devices", "health")
    assert empty.stdout.startswith("No laptop was let in when this was counted")
    fleet.drop(fleet.add(enrolled=-400), "2026-W10", "unknown-field", "summary", 3)
    assert "No laptop" in run("devices", "health").stdout
    shown = run("devices", "health", "--now").stdout
    assert shown.startswith("1 laptops may send")
    as_json = json.loads(run("devices", "health", "--json").stdout)
    assert as_json["counts"]["active"] == 1

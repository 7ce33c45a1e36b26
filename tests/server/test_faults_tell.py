"""What IT is told of faults, what their owners are told, and what nobody can find out by them."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import factories
import msgspec
import pytest
import sqlalchemy as sa
from click.testing import Result
from conftest import SettableClock
from flask import Flask
from flask.testing import FlaskClient

from server.access.audit_models import AuditRow
from server.access.keys import create_key
from server.access.permissions import Scope
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.agreement.store import end
from server.db import Store
from server.devices.models import ACTIVE, RETIRED, Device, DeviceFact, DevicePerson
from server.faults.job import look_at, look_for_faults
from server.faults.models import DeviceFaultRow
from server.faults.queries import faults_of_all
from server.faults.shape import FaultRow
from server.ingest.models import app_day, device_day, event
from server.ingest.partitions import ensure_partitions
from server.people.models import Organisation
from server.rights.models import RestrictionRow

TODAY = date(2026, 3, 4)
COLUMNS = ("asset_tag", "model", "fault", "since", "severity", "ticket")
GOOD: dict[str, Any] = {
    "asset_tag": "PF1",
    "model": "T14",
    "fault": "full-disk",
    "since": TODAY,
    "severity": "high",
}


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


class Shop:
    """Laptops and what they said of themselves."""

    def __init__(self, store: Store, org: Organisation) -> None:
        self.store, self.org_id = store, org.org_id
        ensure_partitions(store, back(40), TODAY)

    def add(self, serial: str | None, said: dict[int, dict[str, Any]]) -> factories.EnrolledDevice:
        """A laptop with what it said of days so far back."""
        with self.store.transaction() as session:
            laptop = factories.enrol_device(session, self.org_id, back(60))
            key = {"org_id": self.org_id, "device_id": laptop.device_id}
            facts = {"serial": serial, "maker": "Acme", "model": "T14", "hostname": "anna-pc"}
            session.add(DeviceFact(**key, since=back(50), seq=0, **facts))
            session.add(DevicePerson(**key, since=back(50), person_id=laptop.install_id))
        for days, values in said.items():
            self.tell(laptop, days, **values)
        return laptop

    def tell(self, laptop: factories.EnrolledDevice, days: int, **values: Any) -> None:
        with self.store.transaction() as session:
            session.execute(sa.insert(device_day).values(factories.day_row(laptop, back(days), **values)))

    def look(self, today: date = TODAY) -> list[tuple[str, str, date]]:
        look_at(self.store, self.org_id, today)
        return self.listed()

    def listed(self) -> list[tuple[str, str, date]]:
        with self.store.reading() as session:
            found = faults_of_all(session, self.org_id)
        return [(row.asset_tag, row.fault, row.since) for row in found.faults]


@pytest.fixture
def shop(store: Store, org: Organisation) -> Shop:
    return Shop(store, org)


@pytest.mark.parametrize(
    "more", [{"person": "7"}, {"team": "Sales"}, {"score": 60}, {"hours": 7.5}, {"last_contact": TODAY}]
)
def test_a_row_with_a_forbidden_field_cannot_be_built(more: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        FaultRow(**GOOD, **more)
    with pytest.raises(AttributeError):
        setattr(FaultRow(**GOOD), *next(iter(more.items())))
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(msgspec.to_builtins(FaultRow(**GOOD)) | more, FaultRow)
    assert FaultRow.__struct_fields__ == COLUMNS


@pytest.mark.parametrize(
    "wrong",
    [
        {"fault": "works-late"},
        {"since": datetime(2026, 3, 4, 17, 30, tzinfo=UTC)},
        {"severity": "often away"},
        {"ticket": "ask Anna after five"},
        {"model": "x" * 201},
    ],
)
def test_nor_one_with_a_value_that_is_something_else(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        FaultRow(**GOOD | wrong)


def test_it_is_listed_by_serial_number_the_gravest_first(shop: Shop, run: Callable[..., Result]) -> None:
    shop.add("S-1", {2: {"battery_health_pct": 40.0}, 1: {"battery_health_pct": 41.0}})
    shop.add("S-2", {1: {"disk_free_pct": 2.0}})
    shop.add("S-3", {1: {"disk_free_pct": 50.0, "battery_health_pct": 90.0}})
    assert shop.look() == [("S-2", "full-disk", back(1)), ("S-1", "worn-battery", back(2))]
    text = run("faults", "list").output
    assert "medium\tS-1\tAcme T14\tworn-battery\t2026-03-02\t-" in text
    assert "anna" not in text
    listed = json.loads(run("faults", "list", "--json").output)
    assert all(tuple(row) == COLUMNS for row in listed["faults"])


def test_a_laptop_without_a_serial_number_is_called_by_its_id_never_by_its_name(shop: Shop) -> None:
    laptop = shop.add(None, {1: {"disk_free_pct": 1.0}})
    assert shop.look() == [(laptop.device_id.hex[:8], "full-disk", back(1))]


def test_a_fault_keeps_its_day_and_its_ticket_until_a_day_shows_that_it_is_over(
    shop: Shop, run: Callable[..., Result]
) -> None:
    laptop = shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    shop.look(back(1))
    assert run("faults", "ticket", "S-1", "full-disk", "INC-12").exit_code == 0
    shop.tell(laptop, 2, disk_free_pct=3.0)
    assert shop.look() == [("S-1", "full-disk", back(3))]
    assert "INC-12" in run("faults", "list").output
    shop.tell(laptop, 1, disk_free_pct=30.0)
    assert shop.look() == []


def test_a_ticket_is_a_number_and_no_remark(shop: Shop, run: Callable[..., Result]) -> None:
    shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    shop.look()
    said = run("faults", "ticket", "S-1", "full-disk", "she is on leave")
    assert (said.exit_code, "without spaces" in said.output) == (2, True)
    assert "no fault “slow-start”" in run("faults", "ticket", "S-1", "slow-start", "INC-1").output


def test_applications_and_updates_are_read_too(shop: Shop) -> None:
    laptop, other = shop.add("S-1", {}), shop.add("S-2", {})
    with shop.store.transaction() as session:
        for device, version, crashes in ((laptop, "1.9", 6), (other, "1.10", 0)):
            key = {"org_id": shop.org_id, "device_id": device.device_id, "day": back(2)}
            row = {**key, "app": "zoom", "version": version, "hours": 1.0, "crashes": crashes, "hangs": 0}
            session.execute(sa.insert(app_day).values(row))
        for number in range(3):
            key = {"org_id": shop.org_id, "device_id": other.device_id, "day": back(3)}
            values = {**key, "event_id": UUID(int=number), "kind": "update", "detail": {"result": "failed"}}
            session.execute(sa.insert(event).values(values))
    assert shop.look() == [
        ("S-2", "failed-updates", back(3)),
        ("S-1", "crashing-application:zoom", back(2)),
    ]


def test_a_laptop_that_says_nothing_is_listed_as_one_that_says_the_same_every_day(shop: Shop) -> None:
    """Otherwise the list would tell who is away."""
    bad = {"disk_free_pct": 1.0, "battery_health_pct": 30.0, "patch_age_d": 40.0}
    shop.add("away", {30: {"disk_free_pct": 40.0}, 27: bad})
    shop.add("here", {30: {"disk_free_pct": 40.0}, **dict.fromkeys(range(1, 28), bad)})
    for weeks in (0, 1, 3, 5, 14, 30):
        listed = shop.look(TODAY + timedelta(weeks=weeks))
        away, here = ([row[1:] for row in listed if row[0] == name] for name in ("away", "here"))
        assert away == here
        assert len(away) == 3


def test_no_day_of_a_fault_is_older_than_rows_may_be(shop: Shop) -> None:
    shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    shop.look()
    later = TODAY + timedelta(days=300)
    assert shop.look(later) == [("S-1", "full-disk", later - timedelta(days=90))]


def test_today_is_not_looked_at(shop: Shop) -> None:
    shop.add("S-1", {0: {"disk_free_pct": 2.0}})
    assert shop.look() == []


def test_a_retired_laptop_has_no_faults(shop: Shop) -> None:
    laptop = shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    assert shop.look()
    with shop.store.transaction() as session:
        session.get_one(Device, (shop.org_id, laptop.device_id)).state = RETIRED
    assert shop.look() == []
    with shop.store.transaction() as session:
        session.get_one(Device, (shop.org_id, laptop.device_id)).state = ACTIVE
    assert shop.look()


def test_nothing_is_looked_for_that_is_not_agreed(shop: Shop, run: Callable[..., Result]) -> None:
    shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    assert shop.look()
    with shop.store.transaction() as session:
        end(session, shop.org_id, TODAY)
    assert shop.listed() == []
    assert shop.look() == []
    with shop.store.reading() as session:
        kept = sa.select(DeviceFaultRow).where(DeviceFaultRow.org_id == shop.org_id)
        assert session.scalars(kept).all() == []
    assert "no fault" in run("faults", "rules").output


def test_the_job_looks_once_a_day(shop: Shop, clock: SettableClock) -> None:
    shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    assert look_for_faults(shop.store, clock()).startswith("laptops of 1")
    assert look_for_faults(shop.store, clock()).startswith("laptops of 0")
    clock.advance(days=1)
    assert look_for_faults(shop.store, clock()).startswith("laptops of 1")


def signed_in(app: Flask, org: Organisation, role: Role, clock: SettableClock) -> FlaskClient:
    with app.extensions["store"].transaction() as session:
        link = create_link(session, Grant(org.org_id, role), clock(), timedelta(hours=1))
    client = app.test_client()
    client.get(f"/sign-in/{link}")
    return client


def test_a_program_of_it_gets_them_and_the_look_is_in_the_log_before(
    shop: Shop, app: Flask, org: Organisation, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    shop.look()
    client = signed_in(app, org, Role.IT, clock)
    answer = client.get("/api/v1/faults")
    assert answer.json == {
        "looked_on": "2026-03-04",
        "faults": [
            {
                "asset_tag": "S-1",
                "model": "Acme T14",
                "fault": "full-disk",
                "since": "2026-03-01",
                "severity": "high",
                "ticket": None,
            }
        ],
    }
    assert looks(shop) == [("it", "faults seen", "all laptops")]
    monkeypatch.setattr("server.faults.looks.faults_of_all", None)  # what fails after the entry
    app.testing = False
    assert client.get("/api/v1/faults").status_code == 500
    assert len(looks(shop)) == 2


def looks(shop: Shop) -> list[tuple[str, str, str]]:
    with shop.store.reading() as session:
        rows = session.scalars(
            sa.select(AuditRow).where(AuditRow.org_id == shop.org_id).order_by(AuditRow.number)
        )
        return [(row.who, row.action, row.about) for row in rows]


def test_nobody_else_gets_them(shop: Shop, app: Flask, org: Organisation, clock: SettableClock) -> None:
    for role in set(Role) - {Role.IT}:
        assert signed_in(app, org, role, clock).get("/api/v1/faults").status_code == 403, role
    assert app.test_client().get("/api/v1/faults").status_code == 401
    assert looks(shop) == []


@pytest.mark.parametrize("role", [Role.IT, Role.AUDITOR])
def test_a_key_of_a_program_gets_them_and_is_in_the_log_by_its_name(
    shop: Shop, client: FlaskClient, clock: SettableClock, role: Role
) -> None:
    shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    shop.look()
    today = clock().date()
    with shop.store.transaction() as session:
        key, _ = create_key(session, shop.org_id, "tickets", role, {Scope.FAULTS}, today, today)
    answer = client.get("/api/v1/faults", headers={"Authorization": f"Bearer {key}"})
    assert [row["asset_tag"] for row in answer.json["faults"]] == ["S-1"]
    [(who, action, _)] = looks(shop)
    assert "tickets" in who
    assert action == "faults seen"


def test_somebody_whose_data_may_not_be_used_is_in_no_list(shop: Shop) -> None:
    laptop = shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    assert shop.look()
    with shop.store.transaction() as session:
        session.add(RestrictionRow(org_id=shop.org_id, person_id=laptop.install_id, since=TODAY))
    assert shop.look() == []


def test_the_laptop_is_told_what_it_sees_and_of_no_other(shop: Shop, client: FlaskClient) -> None:
    own = shop.add("S-1", {3: {"disk_free_pct": 2.0}})
    other = shop.add("S-2", {3: {"battery_health_pct": 2.0}})
    shop.look()
    told = client.get("/api/v1/policy", headers=own.headers).json
    assert told["faults"] == [
        {
            "fault": "full-disk",
            "since": "2026-03-01",
            "severity": "high",
            "ticket": None,
            "says": "Less than 5 percent of the system disk is free.",
        }
    ]
    again = client.get("/api/v1/policy", headers=other.headers).json
    assert [fault["fault"] for fault in again["faults"]] == ["worn-battery"]

"""IT looks at one named laptop: only when it may, only at its trouble, and never unseen."""

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import company
import factories
import pytest
import sqlalchemy as sa
from conftest import SettableClock
from flask import Flask

from server.access.audit_chain import entries
from server.db import Store
from server.devices.models import Device
from server.devices.store import assign, keep_facts
from server.devices.tokens import digest, make_device_token
from server.errors import Conflict, Forbidden, NotFound, Unprocessable
from server.ingest.models import app_day, device_day, event, service_day
from server.ingest.partitions import ensure_partitions
from server.people.models import Organisation
from server.people.store import person_id_of
from server.rights.looks import (
    OPEN_AT_ONCE,
    Consent,
    State,
    answer_look,
    ask_for_look,
    consent_of,
    end_look,
    forget_ends,
    laptop_with_serial,
    looks_at,
    looks_by,
    open_look,
    owned_since,
    set_consent,
    state_of,
)
from server.rights.models import SupportLookRow
from server.rights.restricted import restrict
from server.support.shape import Signals
from server.support.signals import signals_of

TODAY = date(2026, 3, 4)
IT, OTHER_IT = "it ada", "it bo"
WHY = ("starts take minutes", "INC-1")


@pytest.fixture
def laptop(store: Store, org: Organisation) -> UUID:
    with store.transaction() as session:
        company.bring_in_people(
            session,
            org,
            [{"person": "cy"}],
            [{"person": "cy", "unit": "Sales", "team": "North", "from": "2025-01-06"}],
        )
        company.enrol(session, org.org_id, "pc", "cy", TODAY - timedelta(days=60), TODAY - timedelta(days=60))
        keep_facts(session, org.org_id, company.device_id_of(org.org_id, "pc"), TODAY, {"serial": "PF-1"})
    return company.device_id_of(org.org_id, "pc")


class Desk:
    """One person of IT, and whose laptop it is, with a clock."""

    def __init__(self, store: Store, org: Organisation, clock: SettableClock, laptop: UUID) -> None:
        self.store, self.org_id, self.clock, self.laptop = store, org.org_id, clock, laptop

    def ask(self, who: str = IT, laptop: UUID | None = None, why: tuple[str, str] = WHY) -> SupportLookRow:
        with self.store.transaction() as session:
            return ask_for_look(session, self.org_id, laptop or self.laptop, who, *why, self.clock().date())

    def answer(self, row: SupportLookRow, allow: bool) -> None:
        now = self.clock()
        with self.store.transaction() as session:
            answer_look(
                session, self.org_id, row.device_id, row.look_id, allow, "employee cy", now, now.date()
            )

    def open(self, row: SupportLookRow, who: str = IT) -> SupportLookRow:
        now = self.clock()
        with self.store.transaction() as session:
            return open_look(session, self.org_id, row.device_id, row.look_id, who, now, now.date())

    def end(self, row: SupportLookRow, who: str = IT) -> None:
        with self.store.transaction() as session:
            end_look(session, self.org_id, row.device_id, row.look_id, who, self.clock().date())

    def state(self, row: SupportLookRow) -> State:
        with self.store.reading() as session:
            found = session.get_one(SupportLookRow, (self.org_id, row.device_id, row.look_id))
            return state_of(found, self.clock(), self.clock().date())

    def inform(self) -> None:
        with self.store.transaction() as session:
            set_consent(session, self.org_id, Consent.INFORM)

    def log(self) -> list[tuple[str, str]]:
        with self.store.reading() as session:
            return [(row.who, row.action) for row in entries(session, self.org_id)]


@pytest.fixture
def desk(store: Store, org: Organisation, clock: SettableClock, laptop: UUID) -> Desk:
    return Desk(store, org, clock, laptop)


def test_people_are_asked_unless_the_company_chose_otherwise(desk: Desk) -> None:
    with desk.store.reading() as session:
        assert consent_of(session, desk.org_id) is Consent.ASK
    row = desk.ask()
    with pytest.raises(Forbidden, match="has not allowed"):
        desk.open(row)
    desk.answer(row, allow=True)
    assert desk.open(row).opened_on == TODAY
    assert desk.log() == [
        (IT, "laptop look asked"),
        ("employee cy", "laptop look allowed"),
        (IT, "laptop looked at"),
    ]


def test_a_look_is_open_for_a_day_and_each_access_stands_in_the_log(desk: Desk) -> None:
    desk.inform()
    row = desk.ask()
    desk.open(row)
    desk.clock.advance(hours=23, minutes=59)
    desk.open(row)
    desk.clock.advance(minutes=1)
    with pytest.raises(Forbidden, match="is over"):
        desk.open(row)
    assert [action for _, action in desk.log()] == ["laptop look asked", *["laptop looked at"] * 2]
    with desk.store.transaction() as session:
        assert forget_ends(session, desk.clock()) == 1
        found = session.get_one(SupportLookRow, (desk.org_id, row.device_id, row.look_id))
        assert (found.until, found.state) == (None, State.ENDED), "no clock time stays"


def test_whose_laptop_it_is_refuses_or_ends_a_look(desk: Desk) -> None:
    refused = desk.ask()
    desk.answer(refused, allow=False)
    with pytest.raises(Forbidden, match="refused"):
        desk.open(refused)
    row = desk.ask()
    desk.answer(row, allow=True)
    desk.open(row)
    desk.answer(row, allow=False)
    assert desk.state(row) is State.ENDED
    with pytest.raises(Forbidden):
        desk.open(row)
    with pytest.raises(Conflict):
        desk.answer(row, allow=True)


def test_where_people_are_told_they_cannot_refuse(desk: Desk) -> None:
    desk.inform()
    row = desk.ask()
    with pytest.raises(Conflict):
        desk.answer(row, allow=False)
    assert desk.open(row).state == State.OPEN


def test_a_question_that_nobody_answers_is_over_after_a_week(desk: Desk) -> None:
    row = desk.ask()
    desk.clock.advance(days=8)
    assert desk.state(row) is State.ENDED
    with pytest.raises(Conflict):
        desk.answer(row, allow=True)


def test_nobody_else_of_it_opens_or_ends_or_lists_it(desk: Desk) -> None:
    desk.inform()
    row = desk.ask()
    with pytest.raises(NotFound):
        desk.open(row, OTHER_IT)
    with pytest.raises(NotFound):
        desk.end(row, OTHER_IT)
    with desk.store.reading() as session:
        assert looks_by(session, desk.org_id, OTHER_IT, TODAY) == []
        assert [found.look_id for found in looks_by(session, desk.org_id, IT, TODAY)] == [row.look_id]
        assert [found.who for found in looks_at(session, desk.org_id, desk.laptop, TODAY)] == [IT]
    desk.end(row)
    assert desk.state(row) is State.ENDED


@pytest.mark.parametrize(
    "why", [("", "INC-1"), ("  ", "INC-1"), ("r" * 301, "INC-1"), ("why", ""), ("why", "two words")]
)
def test_a_look_needs_a_reason_and_a_ticket(desk: Desk, why: tuple[str, str]) -> None:
    with pytest.raises(Unprocessable):
        desk.ask(why=why)
    assert desk.log() == []


def test_one_person_has_few_looks_at_a_time(desk: Desk) -> None:
    with desk.store.transaction() as session:
        others = [factories.enrol_device(session, desk.org_id, TODAY).device_id for _ in range(OPEN_AT_ONCE)]
    rows = [desk.ask(laptop=other) for other in others]
    with pytest.raises(Conflict):
        desk.ask()
    with pytest.raises(Conflict):
        desk.ask(laptop=others[0])
    desk.ask(OTHER_IT)
    desk.end(rows[0])
    desk.ask()


def test_a_restricted_person_s_laptop_is_not_looked_at(desk: Desk) -> None:
    desk.inform()
    row = desk.ask()
    with desk.store.transaction() as session:
        restrict(session, desk.org_id, person_id_of(desk.org_id, "cy"), TODAY)
    with pytest.raises(Forbidden):
        desk.open(row)
    desk.end(row)
    with pytest.raises(Forbidden):
        desk.ask()


def test_a_laptop_is_named_by_its_whole_serial_number(desk: Desk) -> None:
    with desk.store.transaction() as session:
        assert laptop_with_serial(session, desk.org_id, " pf-1 ") == desk.laptop
        for part in ("PF", "", "%", "PF-_", "PF-12"):
            with pytest.raises(NotFound):
                laptop_with_serial(session, desk.org_id, part)
        twin = factories.enrol_device(session, desk.org_id, TODAY).device_id
        keep_facts(session, desk.org_id, twin, TODAY, {"serial": "PF-1"})
        with pytest.raises(Conflict):
            laptop_with_serial(session, desk.org_id, "PF-1")
        keep_facts(session, desk.org_id, twin, TODAY + timedelta(days=1), {"serial": "PF-2"})
        assert laptop_with_serial(session, desk.org_id, "PF-1") == desk.laptop


def test_another_organisation_s_laptop_is_not_there(desk: Desk) -> None:
    with desk.store.transaction() as session, pytest.raises(NotFound):
        ask_for_look(session, uuid4(), desk.laptop, IT, *WHY, TODAY)


def day(laptop: UUID, org_id: UUID, on: date, **values: Any) -> dict[str, Any]:
    known = {"coverage": {}, "gap_min": {}, "boot_list_s": [], "signin_list_s": [], "hang_list_s": []}
    key = {"org_id": org_id, "device_id": laptop, "day": on, "revision": 1, "received_day": on}
    return {**key, **known, **values}


def lived(store: Store, org_id: UUID, laptop: UUID, days: list[date], minutes: float, hangs: int) -> None:
    """These days in use, of so many minutes each, a tenth of them waiting for the disk; `hangs` in all."""
    ensure_partitions(store, min(days), max(days))
    with store.transaction() as session:
        for number, on in enumerate(days):
            rest = {"usage_s": minutes * 60, "on_s": minutes * 70, "active_min": minutes, "boots": 1}
            rest |= {"disk_min": minutes / 10, "boot_s": 40.0, "app_crashes": 0, "patch_age_d": 3.0}
            rest |= {"app_hangs": hangs if number == 0 else 0}
            session.execute(sa.insert(device_day).values(day(laptop, org_id, on, **rest)))
            if number == 0:
                key = {"org_id": org_id, "device_id": laptop, "day": on}
                app = {"app": "firefox", "version": "1", "hours": 5.0, "crashes": 0, "hangs": hangs}
                session.execute(sa.insert(app_day).values(**key, **app))
                session.execute(sa.insert(app_day).values(**key, **app | {"app": "other", "version": ""}))
                session.execute(
                    sa.insert(service_day).values(**key, service="mail", checks=4, failures={"slow": 1})
                )
                session.execute(
                    sa.insert(event).values(
                        **key, event_id=uuid4(), kind="oscrash", hour=9, detail={"cause": "panic"}
                    )
                )


def seen(store: Store, org_id: UUID, laptop: UUID) -> Signals:
    with store.reading() as session:
        return signals_of(session, org_id, laptop, owned_since(session, org_id, laptop), TODAY)


def test_trouble_is_seen_and_programs_that_nobody_listed_are_not(desk: Desk) -> None:
    lived(desk.store, desk.org_id, desk.laptop, [TODAY - timedelta(days=9)], 300, 2)
    found = seen(desk.store, desk.org_id, desk.laptop)
    assert (found.boot_s, found.app_hangs, found.os_crashes, found.patch_age_days) == (40.0, 2, None, 3.0)
    assert found.disk_pct == pytest.approx(10)
    assert [(app.name, app.hangs) for app in found.apps] == [("firefox", 2)]
    assert [(one.name, one.failed_pct, one.causes) for one in found.services] == [("mail", 25.0, ["slow"])]
    assert found.stops == {"panic": 1}
    assert found.facts["serial"] == "PF-1"
    assert "hostname" not in found.facts


def test_how_much_and_on_which_days_somebody_worked_makes_no_difference(desk: Desk) -> None:
    """A laptop in use every day for ten hours looks like one that was in use twice for two."""
    with desk.store.transaction() as session:
        idle = factories.enrol_device(session, desk.org_id, TODAY - timedelta(days=60)).device_id
        keep_facts(session, desk.org_id, idle, TODAY, {"serial": "PF-1"})
    busy = [TODAY - timedelta(days=back) for back in range(28, 0, -1)]
    lived(desk.store, desk.org_id, desk.laptop, busy, 600, 1)
    lived(desk.store, desk.org_id, idle, [busy[3], busy[11]], 120, 1)
    one, other = (asdict(seen(desk.store, desk.org_id, laptop)) for laptop in (desk.laptop, idle))
    assert one.pop("disk_pct") == pytest.approx(other.pop("disk_pct"))
    assert one == other


def test_days_of_whoever_had_the_laptop_before_are_not_shown(desk: Desk) -> None:
    lived(desk.store, desk.org_id, desk.laptop, [TODAY - timedelta(days=9)], 300, 2)
    with desk.store.transaction() as session:
        assign(session, desk.org_id, desk.laptop, None, TODAY - timedelta(days=5))
        assert owned_since(session, desk.org_id, desk.laptop) == TODAY - timedelta(days=5)
    assert seen(desk.store, desk.org_id, desk.laptop).app_hangs is None


def test_the_laptop_is_told_who_looked_and_why_and_no_look_of_its_owner_before(
    desk: Desk, app: Flask, clock: SettableClock
) -> None:
    """By the policy that it asks for anyway."""
    desk.inform()
    row = desk.ask()
    desk.open(row)
    with desk.store.transaction() as session:
        token = make_device_token(desk.org_id, desk.laptop)
        session.get_one(Device, (desk.org_id, desk.laptop)).token_hash = digest(token)
    headers = {"Authorization": f"Bearer {token}"}
    told = app.test_client().get("/api/v1/policy", headers=headers).json["looks"]
    assert told == [
        {
            "day": "2026-03-04",
            "role": "it",
            "name": "ada",
            "reason": WHY[0],
            "ticket": WHY[1],
            "state": "open",
            "looked": True,
        }
    ]
    with desk.store.transaction() as session:
        assign(session, desk.org_id, desk.laptop, None, TODAY + timedelta(days=1))
    clock.advance(days=2)
    assert app.test_client().get("/api/v1/policy", headers=headers).json["looks"] == []

"""Alarms from rows in the store: each day once, in order, nothing about few, the same on both databases."""

import copy
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import factories
import pytest
import sqlalchemy as sa

from server.db import Store
from server.devices.store import assign
from server.ingest.models import app_day, device_day
from server.ingest.partitions import ensure_partitions
from server.outbox.models import OutboxRow
from server.outbox.notices import add
from server.people.calendar import set_place
from server.people.csv_import import read_people
from server.people.models import Organisation
from server.people.organisations import MAIN, create_organisation
from server.people.queries import directory
from server.people.reporting import groups_of_week
from server.people.store import person_id_of, save_people
from server.people.weeks import monday_of, week_before, week_of
from server.people.working_days import EVERYWHERE, Place
from server.privacy.alarm_job import watch_days, watch_days_of
from server.privacy.alarm_models import AlarmLookRow, AlarmRow, AlarmSeriesRow
from server.privacy.alarms import About, published_alarms
from server.privacy.model_versions import adopt
from server.privacy.records import BaseGroup, GaugeSum, Release
from server.privacy.release_store import save_release
from server.privacy.restored import note_restored
from server.scoring.model_file import read_model
from server.scoring.parameters import SIGNALS

FIRST = date(2026, 3, 9)  # a Monday
BAD = FIRST + timedelta(days=28)
LAST = BAD + timedelta(days=2)
DAY = timedelta(days=1)


class Company:
    """`size` people of one unit, each with a laptop on which slack and mail run on every day."""

    def __init__(self, store: Store, org: Organisation, size: int = 24) -> None:
        self.store, self.org_id, self.rng = store, org.org_id, Random(1)
        lines = [f"P{n},Sales,Sales {n % 2},2025-01-01,2025-01-01" for n in range(size)]
        file = read_people("\n".join(["employee_id,unit,team,assignment_from,hire", *lines]).encode())
        with store.transaction() as session:
            save_people(session, org.org_id, file, FIRST)
            self.laptops = [factories.enrol_device(session, org.org_id, FIRST) for _ in lines]
            for n, laptop in enumerate(self.laptops):
                assign(session, org.org_id, laptop.device_id, person_id_of(org.org_id, f"P{n}"), FIRST)
            people = directory(session, org.org_id).people
            groups_of_week(session, org, people, week_of(FIRST))
            groups_of_week(session, org, people, week_of(LAST))
        ensure_partitions(store, FIRST, LAST + 7 * DAY)

    def work(self, first: date, last: date, ill: int = 0, version: str = "4.46", boot: float = 25.0) -> None:
        """Everybody's days; slack crashes four times on each of the first `ill` laptops."""
        days, apps = [], []
        for back in range((last - first).days + 1):
            day = first + back * DAY
            for n, laptop in enumerate(self.laptops):
                summary = factories.summary(boot_s=self.rng.gauss(boot, 1))
                known = {name: value for name, value in summary.items() if name in device_day.c}
                days.append(factories.day_row(laptop, day, **known))
                for app, at in (("slack", version), ("mail", "1")):
                    crashes = 4 * (n < ill) if app == "slack" else int(self.rng.random() < 0.05)
                    key = {"org_id": self.org_id, "device_id": laptop.device_id, "day": day}
                    apps.append(
                        {**key, "app": app, "version": at, "hours": 2.0, "crashes": crashes, "hangs": 0}
                    )
        with self.store.engine.begin() as connection:
            connection.execute(sa.insert(device_day), days)
            connection.execute(sa.insert(app_day), apps)

    def look(self, until: date) -> int:
        """Look at the days up to this one, in the afternoon after it."""
        return watch_days_of(self.store, self.org_id, after(until))

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that the watch wrote."""
        found = {}
        for model in (AlarmRow, AlarmLookRow, AlarmSeriesRow):
            table = model.__table__
            with self.store.engine.connect() as connection:
                query = sa.select(table).where(table.c.org_id == self.org_id).order_by(*table.primary_key)
                found[table.name] = [tuple(row) for row in connection.execute(query)]
        return found

    def alarms(self) -> list[tuple[str, date, date, list[About]]]:
        with self.store.reading() as session:
            found = published_alarms(session, self.org_id)
        return [(one.signal, one.day, one.start, list(one.about)) for one in (*found.open, *found.over)]


def after(day: date) -> datetime:
    return datetime.combine(day + DAY, time(15), UTC)


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Company:
    """A company whose four usual weeks were looked at."""
    file = tmp_path_factory.mktemp("company") / "dex.sqlite3"
    shutil.copy(sqlite_template, file)
    store = Store(f"sqlite:///{file}")
    made = Company(store, organisation(store))
    made.work(FIRST, BAD - DAY)
    made.look(BAD - DAY)
    store.close()
    return made


@pytest.fixture
def company(tmp_path: Path, looked_at: Company) -> Iterator[Company]:
    """The same in a store of the test's own."""
    shutil.copy(str(looked_at.store.engine.url.database), tmp_path / "dex.sqlite3")
    made = copy.copy(looked_at)
    made.store, made.rng = Store(f"sqlite:///{tmp_path / 'dex.sqlite3'}"), Random(2)
    yield made
    made.store.close()


def organisation(store: Store) -> Organisation:
    with store.transaction() as session:
        return create_organisation(session, MAIN, "Main", FIRST)


def test_an_update_that_crashes_is_found_on_its_first_day_with_its_version(store: Store):
    company = Company(store, organisation(store))
    company.work(FIRST, BAD - DAY)
    company.work(BAD, LAST, ill=12, version="4.47")
    assert company.look(LAST) == (LAST - FIRST).days + 1
    assert company.alarms() == [("crash", BAD, BAD, [About("slack", "4.47", "10-19")])]
    watched = [row[1] for row in company.rows()["alarm_series"]]
    assert watched == sorted(
        [*(f"days {signal}" for signal in SIGNALS), "items crash", "items hang", "model"]
    )


def test_it_makes_no_difference_whether_days_are_looked_at_each_afternoon_or_caught_up_with(
    company: Company,
):
    company.work(BAD, LAST, ill=12, version="4.47")
    for day in (BAD, BAD + DAY, LAST):
        assert company.look(day) == 1
        assert company.look(day) == 0
    daily = company.rows()
    with company.store.transaction() as session:
        for model in (AlarmRow, AlarmLookRow, AlarmSeriesRow):
            session.execute(sa.delete(model).where(model.org_id == company.org_id))
    company.look(LAST)
    assert company.rows() == daily


def test_a_day_is_looked_at_in_the_afternoon_after_it(company: Company):
    company.work(BAD, BAD)
    assert watch_days_of(company.store, company.org_id, after(BAD) - timedelta(hours=2)) == 0
    assert watch_days(company.store, after(BAD)) == "days looked at: 1 of main"
    assert watch_days(company.store, after(BAD)) == "nothing is due"


def test_a_restored_store_passes_over_days_whose_alarms_may_be_out_already(company: Company):
    company.work(BAD, LAST, ill=12, version="4.47")
    for _ in range(2):
        note_restored(company.store, after(BAD))
    assert company.look(BAD) == 0
    assert company.look(LAST) == (LAST - BAD).days
    assert company.alarms() == [("crash", BAD + DAY, BAD + DAY, [About("slack", "4.47", "10-19")])]


def test_a_restored_store_that_looked_at_no_day_begins_with_the_next(company: Company):
    with company.store.transaction() as session:
        for model in (AlarmRow, AlarmLookRow, AlarmSeriesRow):
            session.execute(sa.delete(model).where(model.org_id == company.org_id))
    note_restored(company.store, after(BAD - DAY))
    company.work(BAD, LAST)
    assert company.look(LAST) == (LAST - BAD).days + 1


def test_what_comes_late_changes_nothing_that_was_said(company: Company):
    company.work(BAD, BAD, ill=6, version="4.47")
    company.look(BAD)
    said = company.rows()
    with company.store.engine.begin() as connection:  # half of the laptops send a last edition of that day
        late = (app_day.c.org_id == company.org_id, app_day.c.day >= BAD - 3 * DAY, app_day.c.app == "slack")
        connection.execute(sa.update(app_day).where(*late).values(crashes=9))
    assert company.look(BAD) == 0
    assert company.rows() == said


def test_nothing_of_fewer_than_twenty_is_watched(company: Company):
    company.laptops = company.laptops[:19]
    company.work(BAD, LAST, ill=19, version="4.47", boot=200.0)
    company.look(LAST)
    found = company.rows()
    assert found["alarm"] == []
    assert "4.47" not in str(found["alarm_series"])
    boot = next(row for row in found["alarm_series"] if row[1] == "days boot")
    assert [series["values"][-3:] for _, series in boot[2]] == [[None, None, None]] * 2


def test_what_happens_on_fewer_than_five_laptops_is_not_said(company: Company):
    company.work(BAD, LAST, ill=4)
    company.look(LAST)
    assert company.alarms() == []


def test_slow_starts_of_a_unit_are_said_without_its_name_and_are_over_after_five_usual_days(
    company: Company,
):
    company.work(BAD, BAD + DAY, boot=200.0)
    company.work(BAD + 2 * DAY, BAD + 7 * DAY)
    company.look(BAD + 5 * DAY)
    assert company.alarms() == [("boot", BAD, BAD, [About("", "", "20-49")])]
    with company.store.reading() as session:
        assert published_alarms(session, company.org_id).open
    company.look(BAD + 7 * DAY)
    with company.store.reading() as session:
        [over] = published_alarms(session, company.org_id).over
    assert over.ended_on == BAD + 6 * DAY
    assert "Sales" not in str(company.rows()["alarm"])


def test_a_holiday_is_not_held_against_normal_mondays(company: Company):
    """BAD is Easter Monday: who works on it nevertheless tells nothing of the company's usual Monday."""
    with company.store.transaction() as session:
        set_place(session, company.org_id, EVERYWHERE, Place("DE"))
    company.work(BAD, BAD, boot=200.0)
    company.work(BAD + DAY, LAST)
    company.look(LAST)
    assert company.alarms() == []
    assert boot_of_the_company(company)[-3] is None, "and is no reference for other days either"
    assert None not in boot_of_the_company(company)[-2:]


def test_an_update_that_crashes_on_a_holiday_is_found_all_the_same(company: Company):
    with company.store.transaction() as session:
        set_place(session, company.org_id, EVERYWHERE, Place("DE"))
    company.work(BAD, BAD, ill=12, version="4.47")
    company.look(BAD)
    assert [one[0] for one in company.alarms()] == ["crash"]


def test_a_version_that_everybody_left_is_mended(company: Company):
    company.work(BAD, BAD + DAY, ill=12, version="4.47")
    company.work(BAD + 2 * DAY, BAD + 6 * DAY, version="4.48")
    company.look(BAD + 6 * DAY)
    with company.store.reading() as session:
        [over] = published_alarms(session, company.org_id).over
    assert (over.about[0].version, over.ended_on) == ("4.47", BAD + 6 * DAY)


def test_who_asked_is_told_once_in_words_and_without_a_figure(company: Company):
    company.work(BAD, LAST, ill=12, version="4.47")
    with company.store.transaction() as session:
        add(session, company.org_id, "it@example.org", ["alarms"], "de")
        add(session, company.org_id, "other@example.org", ["jobs"], "en")
    for day in (BAD, LAST):
        company.look(day)
    with company.store.reading() as session:
        sent = session.scalars(sa.select(OutboxRow).where(OutboxRow.org_id == company.org_id)).all()
    assert [row.recipient for row in sent] == ["it@example.org"]
    assert sent[0].content == {
        "subject": "[Main] Schlechter als sonst: Abstürze von Anwendungen, slack 4.47",
        "text": "Seit 2026-04-06 gibt es davon mehr als sonst: Abstürze von Anwendungen, bei slack 4.47."
        " Es geht um 10-19 Laptops.",
        "path": "/alarms",
    }


def test_of_days_long_past_nobody_is_told(company: Company):
    company.work(BAD, LAST, ill=12, version="4.47")
    with company.store.transaction() as session:
        add(session, company.org_id, "it@example.org", ["alarms"], "en")
    watch_days_of(company.store, company.org_id, after(BAD + 10 * DAY))
    assert company.alarms()[0][:2] == ("crash", BAD)
    with company.store.reading() as session:
        assert not session.scalars(sa.select(OutboxRow).where(OutboxRow.org_id == company.org_id)).all()


STRICTER = b'name = "dex-2"\n[curves]\nboot = [[5, 100], [10, 70], [20, 30], [30, 10], [400, 0]]\n'
"""25 seconds of a start, 96 points before, are 20 under this model."""


def adopt_stricter(company: Company, day: date) -> None:
    with company.store.transaction() as session:
        adopt(session, company.org_id, read_model(STRICTER), week_of(day), "stricter", day)


def boot_of_the_company(company: Company, kind: str = "days") -> list[float | None]:
    rows = {row[1]: row[2] for row in company.rows()["alarm_series"]}
    return dict(rows[f"{kind} boot"])["company:company" if kind == "days" else "team:Sales 0"]["values"]


def test_another_model_reads_days_by_its_own_curves_and_raises_no_alarm_by_itself(company: Company):
    assert boot_of_the_company(company)[-1] == pytest.approx(96, abs=1)
    company.work(BAD, LAST)
    adopt_stricter(company, BAD)
    company.look(LAST)
    assert company.alarms() == []
    assert boot_of_the_company(company) == [pytest.approx(20, abs=1)] * 3, "the series begins anew"
    signin = {row[1]: row[2] for row in company.rows()["alarm_series"]}["days signin"]
    assert len(dict(signin)["company:company"]["values"]) == 31, "those of other signals go on"


def test_a_model_adopted_for_days_that_were_looked_at_counts_from_the_next_day_on(company: Company):
    company.work(BAD, LAST)
    company.look(BAD + DAY)
    adopt_stricter(company, BAD)
    company.look(LAST)
    assert company.alarms() == []
    assert boot_of_the_company(company) == [pytest.approx(20, abs=1)]


def test_an_open_alarm_about_a_gauge_with_another_curve_is_over(company: Company):
    company.work(BAD, BAD + 6 * DAY, boot=200.0)
    company.work(BAD + 7 * DAY, BAD + 7 * DAY, boot=200.0)
    adopt_stricter(company, BAD + 7 * DAY)
    company.look(BAD + 6 * DAY)
    with company.store.reading() as session:
        assert [one.signal for one in published_alarms(session, company.org_id).open] == ["boot"]
    company.look(BAD + 7 * DAY)
    with company.store.reading() as session:
        [over] = published_alarms(session, company.org_id).over
    assert (over.signal, over.ended_on) == ("boot", BAD + 7 * DAY)


@pytest.mark.parametrize("caught_up", [False, True])
def test_weeks_released_under_another_model_begin_anew_too(company: Company, caught_up: bool):
    """Six weeks of 96 points, then one that is read to be 20."""
    first_new = week_of(BAD)
    adopt_stricter(company, BAD)
    weeks = [week_before(first_new, back) for back in range(6, -1, -1)]
    company.work(BAD, LAST)
    for week in weeks:
        if week == first_new and not caught_up:
            company.look(BAD)
        new = week == first_new
        sums = {"team:Sales 0": GaugeSum(12, 12 * (20.0 if new else 96.0))}
        made = Release(
            week,
            model="dex-2" if new else "dex-1",
            teams={"Sales 0": "Sales"},
            base={group: BaseGroup(12, 12) for group in ("company:company", *sums)},
            gauges={"boot": sums, "signin": sums},
        )
        with company.store.transaction() as session:
            save_release(session, company.org_id, made, monday_of(first_new) + (DAY if new else 0 * DAY))
    company.look(LAST)
    assert [one[0] for one in company.alarms()] == ["signin"], "which was read by the same curve as before"
    assert boot_of_the_company(company, "weeks")[-1] == 20
    assert 96 not in boot_of_the_company(company, "weeks")

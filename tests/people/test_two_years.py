"""Two years of joins, moves, reorganisations, returns and leaves, told through each door to the directory:
team and stage of everybody in every week are those of an independent recount, and so are released sums."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import company
import pytest
from conftest import SettableClock
from recount_of_lives import Recount, Seen, differing
from scim_directory import new_directory
from simulated_lives import DAY, FIRST, LAST, Company, Row

from server import create_app
from server.config import Settings
from server.db import Store
from server.people.csv_import import read_people
from server.people.fields import BY_NAME
from server.people.models import Organisation
from server.people.organisations import create_organisation
from server.people.queries import directory
from server.people.reporting import groups_of_week
from server.people.stages import members_of_week, relevant_moves
from server.people.store import person_id_of, save_people
from server.people.weeks import monday_of, week_of
from server.privacy.weekly import release_week

ORG = "two-years"
WEEKS_AHEAD = 4
BOOT = ((20.0, 100.0), (60.0, 70.0), (120.0, 30.0), (300.0, 0.0))
"""The curve of docs/scoring.md 3."""

Tell = Callable[[date, list[Row]], None]


def by_file(store: Store, org: Organisation, _settings: Settings, _ends: ExitStack) -> Tell:
    """A file for each set of columns: what a nightly export of changes would be."""

    def tell(today: date, rows: list[Row]) -> None:
        files: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows:
            files[tuple(row)].append(row)
        for columns, some in files.items():
            lines = [",".join(columns), *(",".join(row.values()) for row in some)]
            read = read_people("\n".join(lines).encode())
            assert not read.faults, read.faults
            with store.transaction() as session:
                save_people(session, org.org_id, read, today)

    return tell


def by_scim(store: Store, org: Organisation, settings: Settings, ends: ExitStack) -> Tell:
    """An identity provider that makes and patches one user after the other."""
    clock = SettableClock()
    app = create_app(settings, store, clock)
    app.testing = True
    ends.callback(app.extensions["writer"].close)
    asking = new_directory(app, store, org, FIRST)
    users: dict[str, str] = {}

    def tell(today: date, rows: list[Row]) -> None:
        clock.now = datetime.combine(today, time(12), UTC)
        for row in rows:
            if (name := row["employee_id"]) not in users:
                users[name] = asking.create(userName=f"{name}@example.org", externalId=name)
            asking.patch(users[name], *operations(row))

    return tell


def operations(row: Row) -> list[dict[str, Any]]:
    """The patch that brings a row's values to a user."""
    return [
        {"op": "replace", "path": BY_NAME[name].scim, "value": value}
        if value
        else {"op": "remove", "path": BY_NAME[name].scim}
        for name, value in row.items()
        if name != "employee_id"
    ]


def as_the_product_sees(store: Store, org: Organisation, mondays: list[date]) -> dict[date, dict[str, Seen]]:
    with store.reading() as session:
        people = directory(session, org.org_id).people
    return {
        monday: {
            member.id: Seen(str(member.unit), str(member.team), member.stage)
            for member in members_of_week(people, week_of(monday), relevant_moves(people, week_of(monday)))
        }
        for monday in mondays
    }


def live(store: Store, org: Organisation, company_of: Company, tell: Tell) -> int:
    """Two years, compared each half of a year and in the end, over all weeks; how many that were."""
    looks = [FIRST + timedelta(weeks=26 * number) for number in (1, 2, 3)]
    compared = 0
    for today, rows in company_of.days():
        tell(today, rows)
        if looks and today >= looks[0]:
            compared += compare(store, org, company_of, looks.pop(0))
    return compared + compare(store, org, company_of, LAST)


def compare(store: Store, org: Organisation, company_of: Company, until: date) -> int:
    last = until + timedelta(weeks=WEEKS_AHEAD)
    mondays = [FIRST + timedelta(weeks=number) for number in range((last - FIRST).days // 7)]
    recount = Recount(company_of.lives.values())
    seen = as_the_product_sees(store, org, mondays)
    names = {str(person_id_of(org.org_id, name)): name for name in company_of.lives}
    for monday in mondays:
        product = {names[person]: what for person, what in seen[monday].items()}
        assert differing(product, recount.week(monday)) == {}, monday
    return len(mondays)


def hold_releases(store: Store, org: Organisation, company_of: Company, weeks: list[str]) -> int:
    """Released sums of teams are those of the people whom the recount has in them; how many were compared."""
    recount = Recount(company_of.lives.values())
    with store.transaction() as session:
        for name, life in company_of.lives.items():
            since = life.employments[0].hire or FIRST
            company.enrol(session, org.org_id, name, name, since, since)
    compared = 0
    for week in weeks:
        seen = recount.week(monday_of(week))
        boots = {name: 20.0 + int(name[1:]) % 200 for name in seen}
        company.send_days(
            store,
            org.org_id,
            [{"device": name, "date": str(monday_of(week) + 6 * DAY), "usage_hours": 6.0, "boot_s": boot}
             | dict.fromkeys(("app_crashes", "os_crashes"), 0) for name, boot in boots.items()],
        )  # fmt: skip
        release = release_week(store, org.org_id, week, company.after(week)).release
        with store.transaction() as session:
            people = directory(session, org.org_id).people
            shown = groups_of_week(session, session.get_one(Organisation, org.org_id), people, week)
        of_group: Mapping[str, list[float]] = defaultdict(list)
        for name, what in seen.items():
            of_group[f"team:{shown[what.team].team}"].append(on_curve(boots[name]))
        for group, sums in release.gauges["boot"].items():
            if group.startswith("team:"):
                assert (sums.n, sums.x) == (len(of_group[group]), pytest.approx(sum(of_group[group]))), group
                compared += 1
    return compared


def on_curve(value: float) -> float:
    for (x0, y0), (x1, y1) in pairwise(BOOT):
        if x0 <= value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    raise ValueError(value)


Door = Callable[[Store, Organisation, Settings, ExitStack], Tell]


def lives_two_years(
    store: Store, folder: Path, door: Door, company_of: Company, weeks: list[str]
) -> tuple[int, int]:
    """How many weeks, and how many released sums, came out as the recount says."""
    with store.transaction() as session:
        org = create_organisation(session, ORG, "Two Years", FIRST)
    url = store.engine.url.render_as_string(hide_password=False)
    with ExitStack() as ends:
        tell = door(store, org, Settings(folder, url, secret_key="only for tests"), ends)
        return live(store, org, company_of, tell), hold_releases(store, org, company_of, weeks)


@pytest.mark.parametrize("door", [by_file, by_scim])
def test_two_years_come_out_as_an_independent_recount_says(
    door: Door, sqlite_store: Store, tmp_path: Path
) -> None:
    company_of = Company(seed=7, per_team=8, pace=0.6, units=2, corrects=door is by_file)
    weeks, sums = lives_two_years(sqlite_store, tmp_path, door, company_of, ["2024-W30", "2025-W11"])
    assert weeks > 250
    assert sums > 4


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("door", [by_file, by_scim])
def test_many_companies_live_two_years(door: Door, seed: int, store: Store, tmp_path: Path) -> None:
    weeks = [week_of(FIRST + timedelta(weeks=number)) for number in range(4, 104, 9)]
    company_of = Company(seed, per_team=12, corrects=door is by_file)
    _, sums = lives_two_years(store, tmp_path, door, company_of, weeks)
    assert sums > 50

"""Two companies in which two people had each other's laptops look the same behind every door.

The two stand where no published group parts them: in one team, or in two teams of which too few people
count. All that is shown, every page, number, chart and message, is the same to the last byte for everybody
but the two. So nothing of it depends on who of them it was, whether a door is known for that or not.
"""

import random
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import company
import pytest
from attack.doors import Attackers, Known, Look
from attack.simulated import HIRES, Somebody, days_of, hire_in

from server.access.roles import Role
from server.db import Store
from server.fleet.job import count_fleet
from server.people.organisations import create_organisation
from server.people.weeks import monday_of
from server.privacy.weekly import release_week
from server.scoring.parameters import GAUGES, RATES

WEEKS = ("2026-W10", "2026-W11")
TEAMS = {"Web": ("U1", 9, 3), "Data": ("U1", 8, 3), "Ops": ("U2", 9, 9), "Help": ("U2", 8, 8)}
"""Team -> unit, people, and how many of them use their laptops."""
KNOWN = Known([("U1", "Data"), ("U1", "Web")], WEEKS)
SEEN_BY = frozenset({Role.PRIVACY_OFFICER, Role.IT})
"""They get the most pages, and the most on them."""


def world(store: Store, folder: Path, exchanged: dict[str, str], seen_by: Collection[Role]) -> list[Look]:
    """What everybody sees of a company in which people have each other's laptops' days."""
    with store.transaction() as session:
        org = create_organisation(session, "alike", "Alike", monday_of(WEEKS[0]))
        for team, (unit, people, _) in TEAMS.items():
            for number in range(people):
                hire_in(session, org, _person(f"{team}-{number}", unit, team))
    for week in WEEKS:
        days = [day for team, (unit, _, used) in TEAMS.items() for day in _days(team, unit, used, week)]
        moved = [day | {"device": exchanged.get(day["device"], day["device"])} for day in days]
        company.send_days(store, org.org_id, moved)
        release_week(store, org.org_id, week, company.after(week))
    count_fleet(store, org.org_id, company.after(WEEKS[-1]).date())
    return Attackers(store, org, folder, KNOWN).looks(seen_by)


def _person(name: str, unit: str, team: str) -> Somebody:
    since = HIRES["steady"]
    return Somebody(name, unit, team, "steady", since, since, False, set(GAUGES), set(RATES))


def _days(team: str, unit: str, used: int, week: str) -> list[dict[str, Any]]:
    """Everybody's are of their own; none of two people are alike."""
    people = [_person(f"{team}-{number}", unit, team) for number in range(used)]
    return [day for p in people for day in days_of(random.Random(f"{p.name} {week}"), p, week)]


@pytest.fixture
def another_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    shutil.copy(sqlite_template, tmp_path / "another.sqlite3")
    store = Store(f"sqlite:///{tmp_path / 'another.sqlite3'}")
    yield store
    store.close()


def test_no_door_tells_two_people_apart_whom_no_published_group_parts(
    sqlite_store: Store, another_store: Store, tmp_path: Path
) -> None:
    both = {"Web-0": "Data-0", "Data-0": "Web-0", "Ops-1": "Ops-2", "Ops-2": "Ops-1"}
    plain = world(sqlite_store, tmp_path, {}, SEEN_BY)
    other = world(another_store, tmp_path, both, SEEN_BY)
    assert len(plain) == len(other) > 200
    for one, two in zip(plain, other, strict=True):
        assert one == two, f"{one.viewer} at {one.address}"
    hidden = next(look for look in plain if look.address.startswith("/api/v1/groups/team/Web"))
    assert hidden.json["result"]["status"] == "hidden"


@pytest.mark.soak
def test_people_whom_a_published_group_parts_make_a_difference(
    sqlite_store: Store, another_store: Store, tmp_path: Path
) -> None:
    plain = world(sqlite_store, tmp_path, {}, ())
    other = world(another_store, tmp_path, {"Ops-1": "Web-0", "Web-0": "Ops-1"}, ())
    assert plain != other

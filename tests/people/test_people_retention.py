"""What is known of people's past goes when nothing needs it any more."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from server.db import Base, Store
from server.people.changes import Telling
from server.people.csv_import import read_people
from server.people.history_models import (
    DirectoryChangeRow,
    PastSpellRow,
    PersonSourceRow,
    StageFeedRow,
    TeamRenameRow,
)
from server.people.models import Organisation
from server.people.renames import TEAM
from server.people.store import save_people
from server.people.teams import rename
from server.upkeep.retention import retention

TODAY = date(2026, 3, 4)
PLACES, LEAVERS, RELEASES = timedelta(weeks=26), timedelta(days=90), timedelta(weeks=156)


def tell(store: Store, org: Organisation, text: str, today: date) -> None:
    with store.transaction() as session:
        save_people(session, org.org_id, read_people(text.encode()), today, Telling("hr"))


def kept(store: Store, org: Organisation, model: type[Base], column: str) -> list[object]:
    table = Base.metadata.tables[model.__tablename__]
    query = sa.select(table.c[column]).where(table.c.org_id == org.org_id).order_by(table.c[column])
    retention(store, datetime(2026, 3, 4, 12, tzinfo=UTC))
    with store.reading() as session:
        return list(session.scalars(query))


@pytest.mark.parametrize(("age", "left"), [(PLACES, 1), (PLACES + timedelta(days=1), 0)])
def test_an_earlier_employment_goes_with_the_places_of_its_time(
    store: Store, org: Organisation, age: timedelta, left: int
) -> None:
    ended = TODAY - age
    tell(store, org, f"employee_id,hire,last_day\n7,2020-01-06,{ended}\n", ended)
    tell(store, org, f"employee_id,hire\n7,{ended + timedelta(days=40)}\n", ended + timedelta(days=40))
    assert len(kept(store, org, PastSpellRow, "last_day")) == left


def test_of_stages_that_hr_names_the_one_that_holds_stays(store: Store, org: Organisation) -> None:
    head = "employee_id,stage,stage_from\n"
    for stage, since in (("onboarding", "2024-01-08"), ("training", "2024-02-08"), ("steady", "2024-05-06")):
        tell(store, org, f"{head}7,{stage},{since}\n", date.fromisoformat(since))
    assert kept(store, org, StageFeedRow, "stage") == ["steady"]


def test_who_changed_what_goes_with_the_places_and_a_name_with_the_releases(
    store: Store, org: Organisation
) -> None:
    for day in (TODAY - PLACES - timedelta(days=1), TODAY - PLACES):
        tell(store, org, f"employee_id,team,site\n7,North,{day}\n", day)
    assert kept(store, org, DirectoryChangeRow, "day") == [TODAY - PLACES]
    with store.transaction() as session:
        for day in (TODAY - RELEASES - timedelta(days=1), TODAY - RELEASES):
            rename(session, org.org_id, TEAM, ["North"], "Nord", day, TODAY)
            rename(session, org.org_id, TEAM, ["Nord"], "North", day, TODAY)
    assert set(kept(store, org, TeamRenameRow, "day")) == {TODAY - RELEASES}


def test_everything_of_who_left_goes_together(store: Store, org: Organisation) -> None:
    gone = TODAY - LEAVERS - timedelta(days=1)
    tell(store, org, f"employee_id,hire,last_day,stage,stage_from\n7,2020-01-06,,left,{gone}\n", gone)
    tell(store, org, "employee_id,hire\n8,2020-01-06\n", gone)
    for model in (StageFeedRow, PersonSourceRow, DirectoryChangeRow):
        assert len(kept(store, org, model, "person_id")) == (0 if model is StageFeedRow else 1), model

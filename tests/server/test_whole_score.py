"""The worked examples of the whole chain, through people, ingest, person-weeks, releases and windows."""

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import company
import pytest

from server.check import first_difference
from server.check.score import plain_scores
from server.db import Store
from server.people.models import Organisation
from server.people.queries import quarter_groups
from server.people.weeks import fixing_week, monday_of
from server.privacy.release_chain import broken_releases
from server.privacy.release_store import load_releases
from server.privacy.sentiment_weekly import release_closed_periods
from server.privacy.weekly import release_week
from server.privacy.window_queries import window

EXAMPLES = json.loads((Path(__file__).parent / "scoring_examples.json").read_text())
CASES = [case for case in EXAMPLES["cases"] if case["function"] == "score"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_store_gives_the_scores_of_the_worked_example(
    store: Store, org: Organisation, case: dict[str, Any]
) -> None:
    data = case["input"]
    load(store, org, data)
    for week in data["weeks"]:
        release_week(store, org.org_id, week, company.after(week))
    with store.transaction() as session:
        release_closed_periods(session, org.org_id, org.k, date(2026, 4, 8))
    with store.reading() as session:
        groups = quarter_groups(session, org.org_id, fixing_week(data["weeks"][-1]))
        assert groups is not None
        got = plain_scores(
            window(session, org.org_id),
            load_releases(session, org.org_id, data["weeks"]),
            dict(groups.placed),
        )
        assert not broken_releases(session, org.org_id)
    assert first_difference(got, case["expected"]) == ""


def load(store: Store, org: Organisation, data: dict[str, Any]) -> None:
    """The example's company; its groups are fixed in the week in which the organisation began."""
    columns = data["device_days"]["columns"]
    days = [dict(zip(columns, values, strict=True)) for values in data["device_days"]["rows"]]
    devices: dict[str, set[str]] = defaultdict(set)
    for day in days:
        devices[day["person"]].add(day["device"])
    with store.transaction() as session:
        found = session.get_one(Organisation, org.org_id)
        found.created_on = monday_of(data["grouping_week"])
        found.k, found.group_least = data["k"], data["group_least"]
        company.bring_in_people(session, org, data["people"], data["assignments"])
        company.bring_in_absences(session, org, data.get("absences", ()))
        company.bring_in_answers(session, org, data["pulse"])
        for held in data.get("devices") or _one_laptop_each(data["people"]):
            person, since = held["person"], date.fromisoformat(held["from"])
            if held["enrolled"] is None:
                company.stock(session, org, {held["device"]: person}, since)
            for name in devices.get(person) or {held["device"]} if held["enrolled"] else ():
                company.enrol(session, org.org_id, name, person, date.fromisoformat(held["enrolled"]), since)
    company.send_days(store, org.org_id, days)


def _one_laptop_each(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An example without an inventory means that everybody has an enrolled laptop."""
    return [
        {"person": row["person"], "device": row["person"], "from": "2020-01-01", "enrolled": "2020-01-01"}
        for row in people
    ]

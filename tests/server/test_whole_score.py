"""The worked examples of the whole chain, through people, ingest, person-weeks, releases and windows."""

import json
import re
from collections import defaultdict
from datetime import date, timedelta
from math import floor
from pathlib import Path
from typing import Any
from urllib.parse import quote

import company
import pytest

from dashboards import create_app
from server.access.roles import Grant, Role
from server.access.store import create_link
from server.check import first_difference
from server.check.score import plain_scores
from server.clock import utc_now
from server.config import Settings
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
    store: Store, org: Organisation, case: dict[str, Any], tmp_path: Path
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
    assert_on_pages(case["expected"]["blocks"], store, org, tmp_path)


def assert_on_pages(blocks: dict[str, dict[str, Any]], store: Store, org: Organisation, folder: Path) -> None:
    """Every scored group's page says its score with one decimal; what is hidden has no number."""
    app = create_app(Settings(folder, "", secret_key="only for tests"), store)
    with store.transaction() as session:
        link = create_link(session, Grant(org.org_id, Role.HR), utc_now(), timedelta(hours=1))
    client = app.test_client()
    client.get(f"/sign-in/{link}")
    for group, expected in blocks.items():
        page = client.get("/groups/" + quote(group.replace(":", "/", 1))).text
        if expected["status"] == "ok":
            total = re.search(r"<tfoot>.*?<td class=.n.>([0-9.]+)</td>", page, re.DOTALL)
            assert total is not None
            assert float(total[1]) == floor(10 * expected["dex"] + 0.5) / 10, group
        elif expected["status"] != "modelled":
            assert "<tfoot>" not in page


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

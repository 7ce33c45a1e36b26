"""Equipment, for IT alone: what was planted in the demo company is found by reading and clicking."""

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest

from dashboards.equipment_words import ratio_words
from server.access.roles import Role
from server.demo.company import AGEING, HILLSIDE, Outline, make_company
from server.demo.effects import BAD_VERSION, UPDATED_APP, Effects
from server.demo.habits import day_batch, works
from server.ingest.derive import scoring_fields
from server.ingest.models import device_day
from server.privacy.equipment_release import AppDay, LaptopDay, make_equipment_day
from server.privacy.equipment_shapes import RatioInterval
from server.privacy.equipment_store import save_equipment_day

NOT_FOUND = 404
NOWHERE = dict.fromkeys(("model", "system", "site", "connection"), None)


def test_only_it_opens_it(demo):
    for role in Role:
        client = demo.signed_in(role=role, group_name="Helpdesk")
        for path in ("/equipment", "/equipment/boot"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == (200 if role is Role.IT else 403), (role, path)
        assert ('href="/equipment"' in client.get("/privacy").text) == (role is Role.IT)
    assert demo.app.test_client().get("/equipment").status_code == 401


def test_the_ageing_model_and_the_slow_site_are_found_from_the_page(demo, look):
    seen = look()
    page = seen.open(demo.link(Role.IT))
    page.get_by_role("link", name="Equipment").click()
    assert f"{AGEING} stands out most:" in page.locator("p.sentence").inner_text()
    findings = page.get_by_role("region", name="What stands out").locator("tbody tr")
    slow = findings.filter(has_text=HILLSIDE)
    assert "Network delay" in slow.inner_text()
    assert "times the others" in slow.inner_text()
    seen.check(demo)
    findings.filter(has_text="Start of the laptop").get_by_role("link").click()
    assert page.url.endswith("/equipment/boot")
    assert "worse than 120 s" in page.content()
    models = page.get_by_role("region", name="Model", exact=True).locator("tbody tr")
    assert AGEING in models.first.inner_text()
    assert "stands out" in models.first.inner_text()
    assert models.count() == 3
    seen.check(demo)


@pytest.mark.parametrize(
    ("value", "low", "high", "words"),
    [
        (15, 4.4, 72, "15 times the others, 4.4 to 72"),
        (24, 2.3, None, "24 times the others, at least 2.3"),
        (None, 51, None, "at least 51 times the others, which had almost none"),
        (0, 0, 0.14, "at most 0.14 times the others"),
        (1, 0, None, "cannot be told apart from the others"),  # nobody had an event
        (None, 0.4, None, "cannot be told apart from the others"),
    ],
)
def test_no_ratio_is_said_that_means_nothing(site, value, low, high, words):
    with site.app.test_request_context("/?lang=en"):
        assert ratio_words(RatioInterval(value, low, high)) == words


def test_sizes_have_the_digits_of_the_reader(demo):
    shown = demo.signed_in(role=Role.IT).get("/equipment/boot?lang=fa").text
    assert re.search("[۰-۹]+–[۰-۹]+ رایانه", shown)


def test_it_says_what_is_not_there(demo, site):
    client = demo.signed_in(role=Role.IT)
    days = ("2020-01-01", "0001-01-01", "9999-12-31", "May")
    for path in (*(f"boot?day={day}" for day in days), "golf", "crash?app=golf", "crash"):
        answer = client.get(f"/equipment/{path}", headers={"Accept": "text/html"})
        assert answer.status_code == NOT_FOUND, path
    empty = site.signed_in(role=Role.IT).get("/equipment", headers={"Accept": "text/html"})
    assert "No day has been released yet." in empty.text


@pytest.fixture
def bad_update(site):
    """Five weeks of the demo's laptops, of which the last two have the bad version."""
    first = date(2026, 1, 5)
    last = first + timedelta(days=34)
    company = make_company(Outline(20, first, last, seats=60))
    effects = Effects(slow_site_from=last, bad_update_from=first + timedelta(days=23))
    for i in range(35):
        day = first + timedelta(days=i)
        laptops = [
            laptop_day(day_batch(20, employee, day, effects, uuid4())["summary"])
            for employee in company.employees
            if works(employee, day)
        ]
        with site.store.transaction() as session:
            save_equipment_day(session, site.org_id, make_equipment_day(day, laptops, 5, {}), day)
    return effects.bad_update_from


def laptop_day(summary: dict) -> LaptopDay:
    apps = {
        app["name"]: AppDay(app["version"], app["hours"], app["crashes"], app["hangs"])
        for app in summary["apps"]
        if app["name"] == UPDATED_APP
    }
    row = {name: summary.get(name) for name in device_day.c.keys()}  # noqa: SIM118 (a collection of columns)
    return LaptopDay(NOWHERE, scoring_fields(row), apps)


def test_the_bad_update_is_found_with_the_day_it_came(site, bad_update, look):
    page = look().open(site.link(Role.IT))
    page.goto(f"{site.url}/equipment")
    assert f"New then: {UPDATED_APP} {BAD_VERSION}." in page.content()
    assert bad_update.strftime("Since %a, %-d %b") in page.content()
    page.get_by_role("link", name=f"Crashes, {UPDATED_APP}").first.click()
    versions = page.get_by_role("region", name="Version", exact=True).locator("tbody tr")
    assert BAD_VERSION in versions.first.inner_text()
    assert "stands out" in versions.first.inner_text()
    page.get_by_text("The same as a table").click()
    weeks = page.get_by_role("region", name="Week by week").locator("tbody tr")
    assert weeks.count() == 5
    assert "not shown" in weeks.last.inner_text(), "the bad version was not there in the first week"
    page.get_by_role("link", name="Equipment").first.click()
    page.get_by_role("link", name="Two weeks earlier").click()
    assert BAD_VERSION not in page.get_by_role("main").inner_text()

"""The page of alarms: for those who look after technology, in words, with an answer that IT alone gives."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from server.access.permissions import PEOPLE
from server.access.roles import Role
from server.demo.effects import BAD_VERSION, UPDATED_APP, Effects
from server.demo.load import load
from server.people.organisations import DEMO, create_organisation, org_id_of
from server.privacy.alarm_models import AlarmLookRow, AlarmRow
from server.privacy.alarms import published_alarms

SEEING = {Role.IT, Role.EXPERIENCE_MANAGER}


@pytest.fixture
def alarms(site):
    """An open alarm of an update and of a group, and one that became usual."""
    day = site.today - timedelta(days=3)
    rows = (
        ("crash", "slack", "4.47", day, None),
        ("crash", "", "", day, None),
        ("boot", "", "", day - timedelta(days=80), day - timedelta(days=24)),
    )
    with site.store.transaction() as session:
        session.add(AlarmLookRow(org_id=site.org_id, day=day, last_week=None, open_alarms=[]))
        for signal, item, version, since, over in rows:
            key = {"org_id": site.org_id, "day": since, "signal": signal, "item": item}
            session.add(AlarmRow(**key, version=version, laptops="20-49", start=since, ended_on=over))
    return f"/alarms/{day}/crash"


def form(client) -> dict[str, str]:
    """What a form of this session sends along, as every page has one."""
    return {"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', client.get("/privacy").text)[1]}


@pytest.mark.parametrize("role", sorted(PEOPLE))
def test_only_those_who_look_after_technology_open_it_and_only_it_answers(site, alarms, role):
    client = site.signed_in(role=role)
    assert client.get("/alarms").status_code == (200 if role in SEEING else 403)
    assert client.post(alarms, data=form(client)).status_code == (302 if role is Role.IT else 403)


def test_nobody_opens_it_without_signing_in(site, alarms):
    assert site.app.test_client().get("/alarms").status_code == 401
    assert site.app.test_client().post(alarms).status_code == 401


def test_it_says_what_got_worse_and_that_somebody_looks_into_it(site, alarms, look):
    seen = look()
    page = seen.open(site.link(Role.IT))
    page.goto(f"{site.url}/alarms")
    assert page.locator("p.sentence").inner_text() == "1 thing is worse than usual."
    card = page.locator(".card")
    assert "slack, version 4.47, on 20–49 laptops." in card.inner_text()
    assert "On 20–49 laptops of one group or of the whole company." in card.inner_text()
    assert "still so, but usual by now" in page.locator("table").inner_text()
    page.get_by_role("button", name="We look into it").click()
    assert "IT looks into it since" in page.locator(".card").inner_text()
    assert page.get_by_role("button", name="We look into it").count() == 0
    seen.check(site)


def test_an_answer_without_the_token_of_its_form_is_refused(site, alarms):
    assert site.signed_in(role=Role.IT).post(alarms).status_code == 400


@pytest.mark.parametrize("wrong", ["/alarms/2020-01-01/crash", "/alarms/yesterday/crash"])
def test_there_is_no_answer_to_an_alarm_that_is_not_there(site, alarms, wrong):
    client = site.signed_in(role=Role.IT)
    assert client.post(wrong, data=form(client)).status_code == 404


def test_alarms_of_another_organisation_are_not_shown(site, alarms):
    with site.store.transaction() as session:
        site.org_id = create_organisation(session, "other", "Other", site.today).org_id
    assert "No day has been looked at yet." in site.signed_in(role=Role.IT).get("/alarms").text


def test_before_the_first_look_it_says_when_there_will_be_something(site, look):
    seen = look()
    page = seen.open(site.link(Role.EXPERIENCE_MANAGER))
    page.goto(f"{site.url}/alarms")
    assert "four weeks to compare with" in page.locator("main").inner_text()
    seen.check(site)


@pytest.mark.soak
def test_what_was_planted_in_the_demo_company_is_found_on_its_first_day(site):
    effects = Effects.planted(load(site.store, datetime(2026, 11, 30, 12, tzinfo=UTC)))
    site.org_id = org_id_of(DEMO)
    shown = site.signed_in(role=Role.IT).get("/alarms").text
    assert f"{UPDATED_APP}, version {BAD_VERSION}, on" in shown
    with site.store.reading() as session:
        found = published_alarms(session, site.org_id)
    days = {(alarm.day, alarm.signal) for alarm in (*found.open, *found.over)}
    assert (effects.bad_update_from, "crash") in days
    assert {(effects.slow_site_from, signal) for signal in ("latency", "loss", "signin")} <= days

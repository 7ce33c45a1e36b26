"""The own score on My laptop: there for the person, and for that person alone."""

from datetime import timedelta

import company
import pytest

from server.access.roles import Role
from server.people.models import Organisation
from server.people.store import person_id_of
from server.people.weeks import week_before, week_of
from server.privacy.weekly import release_week

TEAM = 8
LAST_DAYS = (2, 1)


@pytest.fixture
def team(site):
    """A team of eight that worked on the same days, on slow laptops."""
    hire = site.today - timedelta(days=900)
    names = [f"p{i}" for i in range(TEAM)]
    places = [{"person": name, "from": str(hire), "unit": "U", "team": "T"} for name in names]
    with site.store.transaction() as session:
        org = session.get_one(Organisation, site.org_id)
        company.bring_in_people(session, org, [{"person": n, "hire": str(hire)} for n in names], places)
        for name in names:
            company.enrol(session, site.org_id, name, name, hire, hire)
    days = [site.today - timedelta(days=back) for back in (9, 8, *LAST_DAYS)]
    company.send_days(site.store, site.org_id, [used(name, day) for name in names for day in days])
    return site


def used(name, day):
    return company.good_day(name, day, app_hours=6.0, app_crashes=1, boot_s=200.0)


def person(site, name):
    return person_id_of(site.org_id, name)


def test_a_person_sees_the_own_score_and_that_nobody_else_does(team, look):
    seen = look()
    page = seen.open(team.link(person_id=person(team, "p0")))
    said = page.locator("#score + p").inner_text()
    assert "Most points are lost to slow starts." in said
    assert page.get_by_text("do not count in it yet").is_visible()
    assert page.get_by_text("Nobody but you sees it: it is worked out").is_visible()
    page.get_by_text("The score of each day").click()
    assert page.get_by_role("region", name="Your own score").locator("tbody tr").count() == 4
    seen.check(team)


def test_crashes_count_in_it_after_a_release(team):
    week = week_before(week_of(team.today))
    release_week(team.store, team.org_id, week, company.after(week))
    page = team.signed_in(person_id=person(team, "p0")).get("/me").text
    assert "Your own score" in page
    assert "do not count in it yet" not in page


def test_a_link_to_a_laptop_shows_no_score_of_the_person(team):
    page = team.signed_in(device_id=company.device_id_of(team.org_id, "p0")).get("/me")
    assert page.status_code == 200
    assert "Your own score" not in page.text


@pytest.mark.parametrize("role", [Role.IT, Role.HR, Role.LEAD, Role.EXPERIENCE_MANAGER])
def test_a_role_shows_no_score_of_somebody_else(team, role):
    assert "Your own score" not in team.signed_in(role=role).get("/me").text

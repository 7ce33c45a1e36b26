"""The pages of experiments: for those who decide about changes, in sentences, without anybody’s answer."""

from datetime import date

import pytest

from server.access.roles import Role
from server.experiments.models import (
    DriverRow,
    ExperimentReadingRow,
    ExperimentRow,
    ExperimentTeamRow,
)
from server.experiments.schedule import ENDED, LAPTOPS, RUNNING, TEAMS

OPEN_TO = {Role.IT, Role.EXPERIENCE_MANAGER, Role.PRIVACY_OFFICER}


@pytest.fixture
def tried(site):
    """A lot that was read twice, and a roll-out that is not over."""
    key = {"org_id": site.org_id, "hypothesis": "It gets better.", "planned_on": date(2026, 1, 12)}
    common = {"weeks": 4, "first_week": "2026-W04", "power": [[4, 2.04]]}
    reading = {"org_id": site.org_id, "treated": 33, "others": 41, "low": 1.26, "high": 9.04, "p": 0.01}
    with site.store.transaction() as session:
        session.add_all(
            [
                ExperimentRow(
                    name="lot", title="By lot", measure="lost", design=LAPTOPS, state=ENDED, **key, **common
                ),
                ExperimentRow(
                    name="teams",
                    title="By team",
                    measure="boot",
                    design=TEAMS,
                    state=RUNNING,
                    **key,
                    **common,
                ),
                ExperimentTeamRow(org_id=site.org_id, name="teams", team="Retail", start_week="2026-W04"),
                ExperimentReadingRow(name="lot", week="2026-W04", says="open", effect=4.0, **reading),
                ExperimentReadingRow(name="lot", week="2026-W05", says="better", effect=5.15, **reading),
                DriverRow(
                    org_id=site.org_id,
                    period="2026-P01",
                    facet="network",
                    slope=0.52,
                    low=0.17,
                    high=0.86,
                    groups=12,
                    rows=52,
                ),
            ]
        )


@pytest.mark.parametrize("role", list(Role))
def test_those_who_decide_about_changes_open_them(site, tried, role):
    client = site.signed_in(role)
    for path in ("/experiments", "/experiments/lot"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == (200 if role in OPEN_TO else 403), path
    assert ('href="/experiments"' in client.get("/privacy").text) == (role in OPEN_TO)


def test_what_goes_with_satisfaction_is_not_shown_to_it(site, tried):
    shown = "What moves together with satisfaction"
    assert shown not in site.signed_in(Role.IT).get("/experiments").text
    page = site.signed_in(Role.EXPERIENCE_MANAGER).get("/experiments").text
    assert shown in page
    assert "+5.2" in page
    assert "need not be a cause" in page


def test_a_verdict_is_a_sentence_with_its_interval_minutes_and_rough_sizes(site, tried, look):
    seen = look()
    page = seen.open(site.link(Role.EXPERIENCE_MANAGER))
    page.goto(f"{site.url}/experiments/lot")
    sentence = page.locator("p.sentence").inner_text()
    assert sentence == "It helped: better by 5.2 points, with 95 % certainty between +1.3 and +9.0."
    text = page.locator("main").inner_text()
    assert "In minutes lost per hour: −3.1, with 95 % certainty between −5.4 and −0.8." in text
    assert "20–49 people with it, 20–49 without" in text
    assert "33" not in text
    assert page.locator("tbody tr").count() == 2
    seen.check(site)


def test_a_rollout_that_was_not_read_yet_names_its_teams_and_no_number(site, tried, look):
    seen = look()
    page = seen.open(site.link(Role.IT))
    page.goto(f"{site.url}/experiments/teams")
    assert page.locator("p.sentence").inner_text().startswith("Nothing can be said yet")
    assert "Retail" in page.locator("table").inner_text()
    seen.check(site)


def test_an_experiment_that_is_not_there_is_not_found(site, tried):
    answer = site.signed_in(Role.IT).get("/experiments/nothing", headers={"Accept": "text/html"})
    assert answer.status_code == 404


def test_without_any_the_page_says_how_one_is_planned(site):
    assert "dex-server experiments plan" in site.signed_in(Role.IT).get("/experiments").text

"""What pages say of score models: which one holds, which were adopted, where charts break; calibration."""

import re
from html import unescape

import pytest
from synthetic_company import Company

from server.access.roles import Role
from server.people.weeks import week_before
from server.privacy.model_versions import adopt, model_of_week
from server.privacy.records import SentimentPeriod
from server.privacy.release_store import save_release
from server.privacy.sentiment_store import save_sentiment
from server.scoring.model_file import fingerprint, read_model
from server.scoring.parameters import IN_FORCE

TEAMS = {f"T{i}": "Product" if i < 4 else "Sales" for i in range(9)}
NEW = 'name = "dex-2"\n[weights]\nboot = 0.145\ncrash = 0.065\n[bands]\ngood = 80\n'
WHY = "starts matter <more>"


def words(answer) -> str:
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def release(site, session, week: str) -> None:
    model = model_of_week(session, site.org_id, week)
    [made] = Company(TEAMS, 8, slow=["T3"], model=model).releases(1, week)
    save_release(session, site.org_id, made, site.today)


@pytest.fixture
def broken(site):
    """Four released weeks under the built-in model, and two under another one."""
    with site.store.transaction() as session:
        for number in range(6, 10):
            release(site, session, f"2026-W{number:02d}")
        adopt(session, site.org_id, read_model(NEW.encode()), "2026-W10", WHY, site.today)
        for number in (10, 11):
            release(site, session, f"2026-W{number:02d}")
    return site


def test_the_page_about_the_method_speaks_of_the_model_in_force(broken):
    said = words(broken.signed_in(Role.WORKS_COUNCIL).get("/method"))
    assert "model dex-2" in said
    assert fingerprint(read_model(NEW.encode())) in said
    assert WHY in said
    assert "Start of the laptop: weight 14.5 % instead of 8 %" in said
    assert "Good starts at 80, fair at 50" in said
    assert "Start of the laptop 14.5 %" in said


def test_without_a_decision_the_built_in_model_holds(site):
    said = words(site.signed_in(Role.EMPLOYEE).get("/method"))
    assert "No other model was adopted so far." in said
    assert fingerprint(IN_FORCE) in said


def test_a_chart_shows_the_break_by_a_line_and_in_words(broken):
    reader = broken.signed_in(Role.IT)
    page = reader.get("/groups/team/T3")
    assert page.text.count('class="break"') == 1
    said = words(page)
    assert "From the weeks to Sun, 8 Mar on the score is made by model dex-2" in said
    assert "It cannot be compared with four weeks ago" in said
    assert "thin lines: good from 80, fair from 50" in said
    earlier = reader.get("/groups/team/T3?week=2026-W09")
    assert 'class="break"' not in earlier.text
    assert "thin lines: good from 75, fair from 50" in words(earlier)


def answers(teams: int) -> SentimentPeriod:
    """Teams by name are more satisfied the later their name; so many of them gave answers of their own."""
    groups = {f"team:T{i}": {1 + i % 4: 6, 5: 4 + i} for i in range(teams)}
    return SentimentPeriod("2026-P02", groups={"company:company": {3: 40, 5: 60}, **groups})


@pytest.mark.parametrize(("teams", "sentence"), [(9, "over 9 teams with answers"), (7, "there are 7.")])
def test_calibration_is_shown_from_eight_teams_on(site, teams, sentence):
    with site.store.transaction() as session:
        for back in range(3, -1, -1):
            release(site, session, week_before("2026-W13", back))
        save_sentiment(session, site.org_id, answers(teams), site.today)
    assert sentence in words(site.signed_in(Role.HR).get("/method"))
    for role in (Role.IT, Role.LEAD, Role.WORKS_COUNCIL):
        said = words(site.signed_in(role, group_name="T1").get("/method"))
        assert "Roles that see all teams and their satisfaction see here" in said

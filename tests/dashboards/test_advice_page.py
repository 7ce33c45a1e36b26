"""What would help: ranked for whoever may see it, and tried out without telling more than is shown."""

import re
from html import unescape

import pytest
from synthetic_company import FIVE_TEAMS

from server.access.permissions import SEE_GROUPS
from server.access.roles import Grant, Role
from server.privacy.advice import advice_for, simulated_for


def words(answer) -> str:
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def test_what_helps_most_people_most_comes_first(released):
    said = words(released.signed_in(Role.IT).get("/advice"))
    assert "Faster starts would help most: " in said
    assert "and first in South." in said
    assert "See which programs start with the laptop" in said
    points = [int(found) for found in re.findall(r"(\d+) person-points ·", said)]
    assert points == sorted(points, reverse=True)
    assert points[0] > 40


def test_people_are_counted_by_the_lower_end_of_their_size_class(released):
    with released.store.reading() as session:
        found = advice_for(session, Grant(released.org_id, Role.IT))
    assert {prospect.people for prospect in found.prospects.values()} == {10}  # twelve in each team


def test_a_lead_sees_the_own_team_alone(released):
    said = words(released.signed_in(Role.LEAD, group_name="South").get("/advice"))
    assert "first in South" in said
    assert not [team for team in FIVE_TEAMS if team != "South" and f" {team} " in said]


def test_roles_that_see_no_groups_are_sent_away(released):
    for role in Role:
        expected = 200 if role in SEE_GROUPS - {Role.AUDITOR} else 403  # a program, which opens no pages
        assert released.signed_in(role, group_name="Web").get("/advice").status_code == expected
    assert released.app.test_client().get("/advice").status_code == 401


def test_what_is_tried_out_adds_up_and_stands_in_the_address(released):
    reader = released.signed_in(Role.HR)
    said = words(reader.get("/advice?group=team:South&as=value&boot=30&signin=10"))
    [(before, after)] = re.findall(r"South would come from ([\d.]+) to ([\d.]+) of 100", said)
    parts = [
        float(found) for found in re.findall(r"(?:Start of the laptop|Sign-in): \+([\d.]+) points", said)
    ]
    assert len(parts) == 2
    assert float(after) - float(before) == pytest.approx(sum(parts), abs=0.11)
    assert "no promise" in said
    same = words(reader.get("/advice?group=team:South&as=score&boot=92.5&signin=100"))
    assert f"from {before} to {after} of 100" in same


def test_the_simulator_knows_no_more_than_the_page_shows(released):
    """However finely somebody moves a signal, only rounded numbers stand behind the answer."""
    with released.store.reading() as session:
        found = advice_for(session, Grant(released.org_id, Role.HR))
    detail = found.details["team:South"]
    shown = {signal.name: signal.score.value for signal in detail.signals}
    still = simulated_for(detail, found.model, shown)
    assert still.after == still.before == detail.result.score.value
    weight = found.model.signals["boot"].weight
    step = 0.1 / weight  # of the signal, for a tenth of the score
    for nudge in (-0.49, 0.49):
        moved = simulated_for(detail, found.model, {"boot": shown["boot"] + nudge * step})
        assert moved.after == detail.result.score.value


@pytest.mark.parametrize(
    ("typed", "sentence"), [("fast", "This is no number."), ("101", "A score is 0 to 100.")]
)
def test_what_was_mistyped_is_said_and_kept(released, typed, sentence):
    page = released.signed_in(Role.HR).get(f"/advice?group=team:Web&as=score&boot={typed}")
    assert sentence in words(page)
    assert f'value="{typed}"' in page.text
    assert "would come from" not in words(page)


def test_an_unknown_group_is_no_error(released):
    reader = released.signed_in(Role.HR)
    assert "Try it out" in words(reader.get("/advice?group=team:Nobody&boot="))


def test_an_empty_store_says_so(site):
    assert "No week has been released yet." in words(site.signed_in(Role.HR).get("/advice"))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_nobody_is_kept_out(released, look, language):
    seen = look()
    seen.open(released.link(Role.IT))
    seen.open(f"{released.url}/advice?lang={language}&group=team:South&as=value&boot=30&cpu=x")
    seen.check(released)

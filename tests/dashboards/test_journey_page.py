"""The page of joining, moving and leaving, over released figures, in a real browser."""

from datetime import date

import pytest

from server.access.roles import Role
from server.lifecycle.journey import JOURNEY
from server.people.stages import STAGES
from server.privacy.lifecycle_outcomes import DAY_ONE, PARTS, Outcome
from server.privacy.lifecycle_release import Passed, make_lifecycle_period, period_on
from server.privacy.lifecycle_store import save_period

PERIOD = period_on(date(2026, 1, 1))


def test_every_touchpoint_is_a_part_of_a_figure_and_in_a_stage_that_exists() -> None:
    assert set(JOURNEY) <= set(STAGES)
    points = [(point.figure, point.part) for points in JOURNEY.values() for point in points]
    wholes = {("day_one", "ready"), ("moved", "ready"), ("left", "complete")}
    assert sorted(points) == sorted({(figure, p) for figure, parts in PARTS.items() for p in parts} - wholes)


def release(site, people: int) -> None:
    parts = {"ready": False, "laptop": True, "signed_in": False, "applications": True}
    passed = [Passed(DAY_ONE, "Unit of two", Outcome(parts, 3))] * people
    with site.store.transaction() as session:
        save_period(session, site.org_id, make_lifecycle_period(PERIOD, passed, 5), site.today)


@pytest.mark.parametrize("role", [Role.HR, Role.IT, Role.EXPERIENCE_MANAGER])
def test_the_company_is_shown_with_its_interval(site, look, role: Role) -> None:
    release(site, 8)
    seen = look()
    page = seen.open(site.link(role))
    page.goto(f"{site.url}/journey")
    row = page.get_by_role("row", name="A laptop is ready on the first working day IT")
    assert " ".join(row.inner_text().split()).endswith("IT 100 % 65 % to 100 % People: 5–9")
    assert page.get_by_text("too few people").count() == 8
    assert "Unit of two" not in page.content()
    if role is Role.HR:
        seen.check(site)


@pytest.mark.parametrize(("people", "says"), [(None, "Nothing is released yet"), (4, "too few people")])
def test_nothing_is_shown_of_few(site, people: int | None, says: str) -> None:
    if people:
        release(site, people)
    text = site.signed_in(Role.HR).get("/journey").text
    assert says in text
    assert "100\N{NO-BREAK SPACE}%" not in text

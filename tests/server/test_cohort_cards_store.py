"""Cards of people who left a stage, the person's own score, and how long rows of persons are kept."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import company
import pytest
import sqlalchemy as sa

from server.db import Store
from server.people.models import Organisation
from server.people.weeks import monday_of
from server.privacy.model_versions import adopt
from server.privacy.models import CohortQueueRow
from server.privacy.own_page import own_scores_of
from server.privacy.retention import forget_passages
from server.privacy.weekly import release_week
from server.privacy.window_queries import cohort_cards
from server.scoring.cohort_cards import CohortCard
from server.scoring.model_file import read_model

WEEK = "2026-W10"
MONDAY = monday_of(WEEK)
JOINERS = 9


def day(name: str, on: date, boot_s: float = 60.0) -> dict[str, Any]:
    """The own score follows from boot alone."""
    return company.good_day(name, on, boot_s=boot_s)


WEIGHTS = 0.67  # of the gauges above; boot has 0.08 of them


@pytest.fixture
def joiners(store: Store, org: Organisation) -> Organisation:
    """Nine people whose thirtieth day is in week 10, each with one day of use in the weeks before."""
    hire = MONDAY - timedelta(days=29)
    people = [{"person": f"p{i}", "hire": str(hire)} for i in range(JOINERS)]
    places = [{"person": p["person"], "from": str(hire), "unit": "U", "team": "T"} for p in people]
    with store.transaction() as session:
        company.bring_in_people(session, org, people, places)
        for name in (p["person"] for p in people):
            company.enrol(session, org.org_id, name, name, hire, hire)
    company.send_days(
        store, org.org_id, [day(f"p{i}", MONDAY - timedelta(days=7 + i)) for i in range(JOINERS)]
    )
    return org


def test_eight_who_left_a_stage_make_a_card_and_the_ninth_waits(store: Store, joiners: Organisation) -> None:
    release_week(store, joiners.org_id, WEEK, company.after(WEEK))
    own = 100 - 0.08 / WEIGHTS * 30
    with store.reading() as session:
        cards = cohort_cards(session, joiners.org_id)
        query = sa.select(CohortQueueRow).where(CohortQueueRow.org_id == joiners.org_id)
        rows = session.scalars(query).all()
        assert sorted(row.carded for row in rows) == [False] + [True] * 8
        assert all(row.score == pytest.approx(own) for row in rows)
        assert {row.left_on for row in rows} == {MONDAY + timedelta(days=1)}
    assert cards == {"onboarding": [CohortCard(8, "2026-03", "2026-03", 95)]}


def test_a_corrected_day_of_hire_does_not_count_somebody_twice(store: Store, joiners: Organisation) -> None:
    release_week(store, joiners.org_id, WEEK, company.after(WEEK))
    with store.transaction() as session:
        people = [{"person": f"p{i}", "hire": str(MONDAY - timedelta(days=22))} for i in range(JOINERS)]
        places = [{"person": p["person"], "from": p["hire"], "unit": "U", "team": "T"} for p in people]
        company.bring_in_people(session, joiners, people, places)
    release_week(store, joiners.org_id, "2026-W11", company.after("2026-W11"))
    with store.reading() as session:
        query = sa.select(sa.func.count()).where(CohortQueueRow.org_id == joiners.org_id)
        assert session.execute(query).scalar_one() == JOINERS


def test_the_own_score_of_each_day_in_use(store: Store, joiners: Organisation) -> None:
    company.send_days(
        store,
        joiners.org_id,
        [
            day("p0", MONDAY, boot_s=20.0),
            day("p0", MONDAY + timedelta(days=1), boot_s=300.0),
            day("p0", MONDAY + timedelta(days=2)) | {"usage_hours": 0.2},
            {"device": "p0", "date": str(MONDAY + timedelta(days=3)), "usage_hours": 6.0, "boot_s": 20.0},
        ],
    )
    person = company.person_id_of(joiners.org_id, "p0")
    with store.reading() as session:
        scores = own_scores_of(session, joiners.org_id, person, MONDAY, MONDAY + timedelta(days=6))
    assert {day: score.score for day, score in scores.items()} == {
        MONDAY: pytest.approx(100.0),
        MONDAY + timedelta(days=1): pytest.approx(100 - 0.08 / WEIGHTS * 100),
        MONDAY + timedelta(days=3): None,
    }, "a day of a few minutes has none, a day with too few signals neither"


ALL_GONE = b'name = "dex-2"\n[curves]\nboot = [[10, 100], [20, 70], [30, 30], [60, 0]]\n'
"""A start of 60 seconds, 70 points before, has none under this model."""


def test_cards_and_own_scores_are_read_by_the_model_of_their_week(
    store: Store, joiners: Organisation
) -> None:
    with store.transaction() as session:
        adopt(session, joiners.org_id, read_model(ALL_GONE), WEEK, "shorter starts", MONDAY)
    release_week(store, joiners.org_id, WEEK, company.after(WEEK))
    person = company.person_id_of(joiners.org_id, "p0")
    before = MONDAY - timedelta(days=7)
    with store.reading() as session:
        query = sa.select(CohortQueueRow.score).where(CohortQueueRow.org_id == joiners.org_id)
        queued = session.scalars(query).all()
        old = own_scores_of(session, joiners.org_id, person, before, MONDAY - timedelta(days=1))
        new = own_scores_of(session, joiners.org_id, person, before, MONDAY)
    under_new = 100 - 0.08 / WEIGHTS * 100
    assert queued == pytest.approx([under_new] * JOINERS)
    assert new[before].score == pytest.approx(under_new)
    assert old[before].score == pytest.approx(100 - 0.08 / WEIGHTS * 30)


def test_passages_are_forgotten_after_ninety_days_in_a_card_or_not(
    store: Store, joiners: Organisation
) -> None:
    release_week(store, joiners.org_id, WEEK, company.after(WEEK))
    left = datetime.combine(MONDAY + timedelta(days=1), time(12), UTC)
    assert forget_passages(store, left + timedelta(days=90)).startswith("0 stage passages deleted")
    told = forget_passages(store, left + timedelta(days=91))
    assert told == "9 stage passages deleted, of which 1 came into no card"
    with store.reading() as session:
        query = sa.select(sa.func.count()).where(CohortQueueRow.org_id == joiners.org_id)
        assert session.execute(query).scalar_one() == 0
        assert len(cohort_cards(session, joiners.org_id)["onboarding"]) == 1

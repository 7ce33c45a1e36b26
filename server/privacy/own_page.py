"""Somebody's own scores, for the page that this person alone sees."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from server.people.weeks import week_of
from server.privacy.company_rates import company_rates
from server.privacy.model_versions import model_of_week
from server.privacy.own_days import own_scores
from server.privacy.person_weeks import days_of_people
from server.scoring.own_score import OwnScore
from server.scoring.parameters import OWN_RATE_DAYS


def own_scores_of(
    session: Session, org_id: UUID, person_id: UUID, since: date, until: date
) -> dict[date, OwnScore]:
    """The own score of every day in use from `since` to `until`, under the model of the last of these days
    (docs/scoring.md 9.6)."""
    reach = since - timedelta(days=OWN_RATE_DAYS - 1)
    days = days_of_people(session, org_id, reach, until, [person_id])
    model = model_of_week(session, org_id, week_of(until))
    scores = own_scores(((day, fields) for _, day, fields in days), company_rates(session, org_id), model)
    return {day: score for day, score in scores.items() if day >= since}

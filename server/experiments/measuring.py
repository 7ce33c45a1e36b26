"""What an experiment measures, with the model and the company's rates of the weeks before it."""

from collections.abc import Sequence
from itertools import takewhile
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.experiments.points import Measure
from server.privacy.company_rates import company_rates
from server.privacy.model_versions import model_of_week
from server.privacy.models import ReleaseRow


def measure_of(session: Session, org_id: UUID, name: str, week: str) -> Measure:
    """The measure of this name, as it is read in an experiment whose last week before the change is this."""
    return Measure(name, model_of_week(session, org_id, week), company_rates(session, org_id, week))


def one_model(session: Session, org_id: UUID, weeks: Sequence[str]) -> bool:
    """Whether all these weeks were released under the same model: points of two models are not compared."""
    query = sa.select(ReleaseRow.model).where(ReleaseRow.org_id == org_id, ReleaseRow.week.in_(weeks))
    return len(set(session.scalars(query))) == 1


def newest_alike(session: Session, org_id: UUID, weeks: Sequence[str]) -> list[str]:
    """Of these released weeks, oldest first, the newest ones that have one model: what the past tells is told
    from them."""
    query = sa.select(ReleaseRow.week, ReleaseRow.model).where(ReleaseRow.org_id == org_id)
    models = {found.week: found.model for found in session.execute(query)}
    alike = takewhile(lambda week: models[week] == models[weeks[-1]], reversed(weeks))
    return list(alike)[::-1]

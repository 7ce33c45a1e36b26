"""By which score model a released day of the equipment view was read, and since when by the same limits.

Of a gauge the days are counted that score below 30: what counts of a curve is where it has 30 points.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from server.people.weeks import week_of
from server.privacy.equipment_store import release_days
from server.privacy.model_versions import decisions, model_of
from server.privacy.models import ModelVersionRow
from server.scoring.equipment_limits import limit_of
from server.scoring.parameters import GAUGES, IN_FORCE, Model

_Decided = Sequence[tuple[ModelVersionRow, Model]]


def model_of_day(session: Session, org_id: UUID, day: date, released_on: date) -> Model:
    """The model of the day's week. What was decided on the day of the release or later comes too late for
    it, so that what is stored says at any time by which model a day was read."""
    return _held(_decided(session, org_id), day, released_on)


def read_alike(session: Session, org_id: UUID, since: date, until: date) -> tuple[Model, Mapping[str, date]]:
    """The model of the released day `until`; and of gauges of which a day from `since` on had another limit,
    the first day after all of these."""
    decided = _decided(session, org_id)
    models = {day: _held(decided, day, on) for day, on in release_days(session, org_id, since, until)}
    now, begun = models[until], {}
    for day, model in models.items():
        if model is not now:
            for gauge in GAUGES:
                if limit_of(gauge, model) != limit_of(gauge, now):
                    begun[gauge] = day + timedelta(days=1)
    return now, begun


def _decided(session: Session, org_id: UUID) -> _Decided:
    return [(row, model_of(row)) for row in decisions(session, org_id)]


def _held(decided: _Decided, day: date, released_on: date) -> Model:
    week = week_of(day)
    begun = [model for row, model in decided if row.from_week <= week and row.decided_on < released_on]
    return begun[-1] if begun else IN_FORCE

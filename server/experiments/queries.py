"""What was written of experiments and drivers, read by pages, commands and the readings themselves.

Apart from what computes it, because the pages' process keeps all day what it imports.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.experiments.models import DriverRow, ExperimentReadingRow, ExperimentRow, ExperimentTeamRow
from server.scoring.parameters import FACETS


def experiment(session: Session, org_id: UUID, name: str) -> ExperimentRow:
    """The experiment of this name. NotFound if there is none."""
    row = session.get(ExperimentRow, (org_id, name))
    if row is None:
        raise NotFound(f"There is no experiment “{name}”.")
    return row


def experiments(session: Session, org_id: UUID) -> list[ExperimentRow]:
    """All of them, the newest first."""
    query = sa.select(ExperimentRow).where(ExperimentRow.org_id == org_id)
    return list(session.scalars(query.order_by(ExperimentRow.planned_on.desc(), ExperimentRow.name)))


def teams_of(session: Session, org_id: UUID, name: str) -> list[ExperimentTeamRow]:
    """The teams of a roll-out, in the order of their starts."""
    row = ExperimentTeamRow
    query = sa.select(row).where(row.org_id == org_id, row.name == name).order_by(row.team)
    return sorted(session.scalars(query), key=lambda team: (team.start_week is None, team.start_week))


def readings_of(session: Session, org_id: UUID, name: str) -> list[ExperimentReadingRow]:
    """What it said, oldest week first."""
    row = ExperimentReadingRow
    query = sa.select(row).where(row.org_id == org_id, row.name == name).order_by(row.week)
    return list(session.scalars(query))


def newest_drivers(session: Session, org_id: UUID) -> list[DriverRow]:
    """Those that were written last, in the order of the facets."""
    newest = sa.select(sa.func.max(DriverRow.period)).where(DriverRow.org_id == org_id)
    period = session.scalar(newest)
    query = sa.select(DriverRow).where(DriverRow.org_id == org_id, DriverRow.period == period)
    return sorted(session.scalars(query), key=lambda row: FACETS.index(row.facet))

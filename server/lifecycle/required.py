"""Applications that people need in their team: a list that IT keeps, of those that the policy lists."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.errors import UsageError
from server.lifecycle.models import RequiredApplicationRow
from server.policy.queries import settings_of

EVERYBODY = ""
"""The team that stands for all teams."""


@dataclass(frozen=True, slots=True)
class Required:
    by_team: Mapping[str, frozenset[str]]

    def of(self, team: str | None) -> frozenset[str]:
        """What somebody in this team needs."""
        nothing: frozenset[str] = frozenset()
        return self.by_team.get(EVERYBODY, nothing) | self.by_team.get(team or EVERYBODY, nothing)

    @property
    def every(self) -> frozenset[str]:
        return frozenset().union(*self.by_team.values())


def required_of(session: Session, org_id: UUID) -> Required:
    row = RequiredApplicationRow
    by_team: dict[str, set[str]] = defaultdict(set)
    for found in session.scalars(sa.select(row).where(row.org_id == org_id)):
        by_team[found.team].add(found.app)
    return Required({team: frozenset(apps) for team, apps in by_team.items()})


def require(session: Session, org_id: UUID, team: str, app: str) -> bool:
    """From now on a team needs an application; whether that is new. UsageError for one that no laptop may
    tell of."""
    if app not in settings_of(session, org_id).applications:
        raise UsageError(f"Laptops tell nothing of “{app}”; those they tell of: dex-server policy show")
    if session.get(RequiredApplicationRow, (org_id, team, app)) is not None:
        return False
    session.add(RequiredApplicationRow(org_id=org_id, team=team, app=app))
    session.flush()
    return True


def need_no_more(session: Session, org_id: UUID, team: str, app: str) -> bool:
    """A team needs an application no more; whether it did."""
    row = session.get(RequiredApplicationRow, (org_id, team, app))
    if row is not None:
        session.delete(row)
        session.flush()
    return row is not None

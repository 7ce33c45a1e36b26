"""Registering a change before it begins, beginning it, and ending it early."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from server.errors import Conflict
from server.experiments.lot import draw, power_of_lot
from server.experiments.mixing import LEAST_IN_ARM
from server.experiments.models import ExperimentRow, ExperimentTeamRow
from server.experiments.points import MEASURES
from server.experiments.queries import experiment, experiments
from server.experiments.rollout import power_of_rollout
from server.experiments.schedule import ENDED, LAPTOPS, MOST_WEEKS, PLANNED, RUNNING, TEAMS, last_week
from server.people.models import Organisation
from server.people.weeks import monday_of, week_before, week_of
from server.privacy.release_store import last_release, load_releases
from server.scoring.parameters import LEAST_UNITS

MOST_NAME, MOST_TITLE, MOST_HYPOTHESIS = 40, 80, 500
"""Characters."""
MOST_RUNNING = 20
"""Experiments that are planned or running at the same time."""


class BadPlan(Conflict):
    slug, title = "experiment-plan", "This experiment cannot be run as it is planned"


@dataclass(frozen=True)
class Plan:
    """A change as it is registered. `teams`: of a roll-out, team -> week of its start, None: not at all."""

    name: str
    title: str
    hypothesis: str
    measure: str
    weeks: int
    teams: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def design(self) -> str:
        return TEAMS if self.teams else LAPTOPS


def register(session: Session, organisation: Organisation, plan: Plan, today: date) -> ExperimentRow:
    """Write the plan with what it can find. BadPlan in one sentence if it cannot be run so."""
    org_id = organisation.org_id
    _check_words(plan)
    if session.get(ExperimentRow, (org_id, plan.name)) is not None:
        raise BadPlan(f"There is an experiment “{plan.name}” already.")
    open_ones = [row for row in experiments(session, org_id) if row.state != ENDED]
    if len(open_ones) >= MOST_RUNNING:
        raise BadPlan(f"There are {MOST_RUNNING} experiments that have not ended; stop one first.")
    if plan.teams:
        _check_teams(session, org_id, plan, today)
        power = power_of_rollout(session, org_id, plan.measure, plan.teams, plan.weeks)
    else:
        power = power_of_lot(session, org_id, plan.measure, plan.weeks)
    row = ExperimentRow(
        org_id=org_id,
        name=plan.name,
        title=plan.title.strip(),
        hypothesis=" ".join(plan.hypothesis.split()),
        measure=plan.measure,
        design=plan.design,
        weeks=plan.weeks,
        state=PLANNED,
        planned_on=today,
        first_week=min((s for s in plan.teams.values() if s is not None), default=None),
        power=[list(told) for told in power],
    )
    session.add(row)
    session.flush()
    session.add_all(
        ExperimentTeamRow(org_id=org_id, name=plan.name, team=team, start_week=start)
        for team, start in sorted(plan.teams.items())
    )
    session.flush()
    return row


def _check_words(plan: Plan) -> None:
    if not re.fullmatch(rf"[a-z0-9][a-z0-9-]{{0,{MOST_NAME - 1}}}", plan.name):
        raise BadPlan(f"A name has up to {MOST_NAME} characters out of a to z, 0 to 9 and “-”.")
    if not 0 < len(plan.title.strip()) <= MOST_TITLE:
        raise BadPlan(f"A title has 1 to {MOST_TITLE} characters.")
    if not 0 < len(plan.hypothesis.strip()) <= MOST_HYPOTHESIS:
        raise BadPlan(f"A hypothesis has 1 to {MOST_HYPOTHESIS} characters.")
    if plan.measure not in MEASURES:
        raise BadPlan(f"“{plan.measure}” cannot be measured; there are: {', '.join(MEASURES)}.")
    if not 1 <= plan.weeks <= MOST_WEEKS:
        raise BadPlan(f"An experiment lasts 1 to {MOST_WEEKS} weeks.")


def _check_teams(session: Session, org_id: UUID, plan: Plan, today: date) -> None:
    newest = last_release(session, org_id)
    known = load_releases(session, org_id, [newest.week])[0].teams if newest is not None else {}
    unknown = sorted(set(plan.teams) - set(known))
    if unknown:
        raise BadPlan(f"No released week has a team “{unknown[0]}”; there are: {', '.join(sorted(known))}.")
    starts = [start for start in plan.teams.values() if start is not None]
    if not starts or len(plan.teams) < LEAST_UNITS:
        raise BadPlan(f"A roll-out needs {LEAST_UNITS} teams, one of them with a start.")
    for start in starts:
        _check_week(start)
    if min(starts) <= week_of(today):
        raise BadPlan(f"The first start must lie ahead: {week_before(week_of(today), -1)} or later.")
    end = last_week(min(starts), plan.weeks)
    if max(starts) > end:
        raise BadPlan(f"A team starts after {end}, the last of the {plan.weeks} weeks.")
    if len(starts) == len(plan.teams) and max(starts) == min(starts):
        raise BadPlan("All teams start at once, so there is nobody to compare with; leave some for later.")


def _check_week(week: str) -> None:
    try:
        monday_of(week)
    except ValueError as error:
        raise BadPlan(f"{error}.") from error


def begin(
    session: Session, organisation: Organisation, name: str, today: date, salt: str | None = None
) -> ExperimentRow:
    """Draw the lot, or let the roll-out begin. BadPlan if it began before, or could say nothing.

    `salt`: of a lot that shall come out the same each time; else chance decides.
    """
    row = experiment(session, organisation.org_id, name)
    if row.state != PLANNED:
        raise BadPlan(f"“{name}” began already, or has ended.")
    this_week = week_of(today)
    if row.design == LAPTOPS:
        row.salt = salt or secrets.token_hex(16)
        row.first_week = week_before(this_week, -1)
        session.flush()
        if not draw(session, organisation, name, row.first_week, row.salt):
            raise BadPlan(
                f"Too few people could be drawn: each arm needs {LEAST_IN_ARM} with a laptop and two weeks of"
                " data, mixed within teams and stages."
            )
    elif row.first_week is not None and row.first_week <= this_week:
        raise BadPlan(f"The first start, {row.first_week}, is not ahead any more; plan it anew.")
    row.state = RUNNING
    session.flush()
    return row


def end(session: Session, org_id: UUID, name: str, today: date) -> ExperimentRow:
    """No reading follows any more; those that were written stay."""
    row = experiment(session, org_id, name)
    if row.state == ENDED:
        raise BadPlan(f"“{name}” has ended already.")
    row.state, row.ended_on = ENDED, today
    session.flush()
    return row

"""What the demo company tries out: a change that half of the people get by lot, which helps, and one that
comes team after team, which does nothing and is not over yet."""

from collections.abc import Mapping
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.db import Store
from server.demo.company import Company
from server.experiments.lot import drawn_people
from server.experiments.models import ExperimentRow
from server.experiments.register import Plan, begin, register
from server.experiments.schedule import RUNNING, last_week
from server.people.models import Organisation, PersonRow
from server.people.weeks import week_before, week_of
from server.privacy.release_store import last_release, load_releases

SIGN_IN, UPDATES = "fewer-programs-at-sign-in", "updates-at-noon"
SIGN_IN_BEGINS, UPDATES_BEGIN = 14, 7
"""Weeks before the end of the story."""
SIGN_IN_WEEKS, UPDATES_WEEKS = 8, 10
_WAVES = (1, 3, 5)
"""Weeks after the plan in which the next teams get the updates; some do not get them."""
_SALT = "the demo company draws the same lot each time"


def told_on(store: Store, organisation: Organisation, company: Company, monday: date) -> frozenset[str]:
    """Begin what is due on this Monday; employee ids of those who have the change in the week after it."""
    weeks_left = (company.last - monday) // timedelta(weeks=1)
    with store.transaction() as session:
        if weeks_left == SIGN_IN_BEGINS and _has_past(session, organisation):
            register(session, organisation, _sign_in(), monday)
            begin(session, organisation, SIGN_IN, monday, _SALT)
        if weeks_left == UPDATES_BEGIN and _has_past(session, organisation):
            register(session, organisation, _updates(_waves(session, organisation, monday)), monday)
            begin(session, organisation, UPDATES, monday)
        return _who_has_it(session, organisation, week_before(week_of(monday), -1))


def _has_past(session: Session, organisation: Organisation) -> bool:
    last = last_release(session, organisation.org_id)
    return last is not None and last.week >= week_before(week_of(organisation.created_on), -7)


def _sign_in() -> Plan:
    return Plan(
        name=SIGN_IN,
        title="Fewer programs at sign-in",
        hypothesis="If programs that nobody asked for do not start at sign-in, people reach a desktop that"
        " answers sooner: the score of sign-in rises by three points or more.",
        measure="signin",
        weeks=SIGN_IN_WEEKS,
    )


def _updates(teams: Mapping[str, str | None]) -> Plan:
    return Plan(
        name=UPDATES,
        title="Updates at noon",
        hypothesis="If updates are installed at noon and not in the morning, people lose less time.",
        measure="lost",
        weeks=UPDATES_WEEKS,
        teams=teams,
    )


def _waves(session: Session, organisation: Organisation, monday: date) -> dict[str, str | None]:
    """Teams by name, dealt to the waves and to those that wait."""
    last = last_release(session, organisation.org_id)
    assert last is not None
    [release] = load_releases(session, organisation.org_id, [last.week])
    starts = [*(week_before(week_of(monday), -after) for after in _WAVES), None]
    return {team: starts[i % len(starts)] for i, team in enumerate(sorted(release.teams))}


def _who_has_it(session: Session, organisation: Organisation, week: str) -> frozenset[str]:
    row = session.get(ExperimentRow, (organisation.org_id, SIGN_IN))
    if (
        row is None
        or row.state != RUNNING
        or row.first_week is None
        or week > last_week(row.first_week, row.weeks)
    ):
        return frozenset()
    drawn = drawn_people(session, organisation.org_id, SIGN_IN)
    people = sa.select(PersonRow.person_id, PersonRow.employee_id)
    known = session.execute(people.where(PersonRow.org_id == organisation.org_id))
    return frozenset(employee for person, employee in known if str(person) in drawn)

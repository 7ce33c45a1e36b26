"""The company in which tests try changes out."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from uuid import UUID

import company
import sqlalchemy as sa

from server.db import Store
from server.experiments.models import ExperimentPersonRow, ExperimentReadingRow
from server.experiments.queries import readings_of
from server.experiments.readings import read_due
from server.experiments.register import Plan, begin, register
from server.people.models import Organisation
from server.people.store import person_id_of
from server.people.weeks import monday_of, week_before
from server.privacy.person_weeks import save_person_weeks
from server.privacy.plan import COMPANY
from server.privacy.records import BaseGroup, GaugeSum, RateSum, Release
from server.privacy.release_store import save_release
from server.scoring.parameters import GAUGES, RATES
from server.scoring.person_week import PersonWeek

TEAMS = ("Sales", "Care", "Product", "Finance", "People", "Claims")
PEOPLE = 60
TODAY = monday_of("2026-W20")
EXPECTED = "It gets better."

Lift = Callable[[int, str], float]
"""Points that a person of a number, or a team of one, has more in a week."""


def nothing(number: int, week: str) -> float:
    return 0.0


class Told:
    """An organisation of which weeks are released one by one, as far as experiments look at them."""

    def __init__(self, store: Store, org: Organisation) -> None:
        self.store, self.org = store, org
        self.rng = Random(5)
        self.level = [self.rng.gauss(70, 5) for _ in range(PEOPLE)]

    def begin(self) -> None:
        """Everybody with a laptop, and ten weeks."""
        people = [{"person": f"p{i}"} for i in range(PEOPLE)]
        places = [
            {"person": f"p{i}", "from": "2020-01-01", "unit": "All", "team": TEAMS[i % 6]}
            for i in range(PEOPLE)
        ]
        with self.store.transaction() as session:
            company.bring_in_people(session, self.org, people, places)
            for i in range(PEOPLE):
                company.enrol(
                    session, self.org.org_id, f"laptop {i}", f"p{i}", company.LONG_AGO, company.LONG_AGO
                )
        for back in range(10, 0, -1):
            self.release(week_before("2026-W20", back))

    def release(self, week: str, lift: Lift = nothing, present: int = PEOPLE, model: str = "dex-1") -> None:
        weeks, sums = {}, dict.fromkeys(TEAMS, 0.0)
        for i in range(present):
            points = self.level[i] + self.rng.gauss(0, 2) + lift(i, week)
            gauges, rates = dict.fromkeys(GAUGES, points), dict.fromkeys(RATES, (1.0, 100.0))
            weeks[str(person_id_of(self.org.org_id, f"p{i}"))] = PersonWeek(True, 30.0, gauges, rates)
            sums[TEAMS[i % 6]] += points
        per_team = {f"team:{team}": GaugeSum(10, total) for team, total in sums.items()}
        groups = [COMPANY, *per_team]
        made = Release(
            week,
            model=model,
            teams=dict.fromkeys(TEAMS, "All"),
            base={group: BaseGroup(10, 10) for group in groups},
            gauges=dict.fromkeys(GAUGES, per_team),
            rates={rate: {group: RateSum(10, 1.0, 100.0, True) for group in groups} for rate in RATES},
        )
        with self.store.transaction() as session:
            save_release(session, self.org.org_id, made, monday_of(week) + timedelta(days=9))
            save_person_weeks(session, self.org.org_id, week, weeks)

    def read(self, week: str) -> int:
        return read_due(self.store, self.org.org_id, company.after(week))

    def readings(self, name: str = "try") -> list[ExperimentReadingRow]:
        with self.store.reading() as session:
            return readings_of(session, self.org.org_id, name)

    def drawn(self) -> set[UUID]:
        query = sa.select(ExperimentPersonRow.person_id).where(
            ExperimentPersonRow.org_id == self.org.org_id, ExperimentPersonRow.treated
        )
        with self.store.reading() as session:
            return set(session.scalars(query))


def lot_of(told: Told, weeks: int = 2, name: str = "try", today: date = TODAY) -> None:
    with told.store.transaction() as session:
        register(session, told.org, Plan(name, "Try it", EXPECTED, "signin", weeks), today)
        begin(session, told.org, name, today, salt="thursday")

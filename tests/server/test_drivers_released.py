"""What moves together with satisfaction, from released weeks and periods: read by the curves of one model."""

from random import Random

import company
import pytest

from server.db import Store
from server.experiments.drivers import drivers_due
from server.experiments.queries import newest_drivers
from server.experiments.readings import read_due
from server.people.organisations import MAIN, create_organisation
from server.people.weeks import monday_of, weeks_of_period
from server.privacy.model_versions import adopt, model_of_week
from server.privacy.plan import COMPANY
from server.privacy.records import BaseGroup, GaugeSum, RateSum, Release, SentimentPeriod
from server.privacy.release_store import save_release
from server.privacy.sentiment_store import save_sentiment
from server.scoring.model_file import read_model
from server.scoring.parameters import FACETS, GAUGES, RATES

PERIODS = ("2026-P01", "2026-P02", "2026-P03")
WEEKS = [week for period in PERIODS for week in weeks_of_period(period)]
TEAMS = [f"team:{n}" for n in range(12)]
SLOWER = 'name = "dex-2"\n[curves]\nboot = [[20, 100], [90, 70], [200, 30], [400, 0]]\n'
HEAVY = 'name = "dex-2"\n[weights]\nboot = 0.15\ncrash = 0.06\n'


def told(store: Store, model: str | None, from_week: str):
    """Three periods of twelve teams, all of one quarter; a model is adopted before its week is released."""
    rng = Random(4)
    with store.transaction() as session:
        org_id = create_organisation(session, MAIN, "Main", monday_of(WEEKS[0])).org_id
    for week in WEEKS:
        sums = {name: {team: GaugeSum(9, 9 * rng.gauss(70, 8)) for team in TEAMS} for name in GAUGES}
        with store.transaction() as session:
            if week == from_week and model is not None:
                adopt(session, org_id, read_model(model.encode()), week, "slower", monday_of(week))
            made = Release(
                week,
                model=model_of_week(session, org_id, week).name,
                base={group: BaseGroup(9, 9) for group in (COMPANY, *TEAMS)},
                gauges=sums,
                rates={
                    name: {group: RateSum(9, 1 + rng.random(), 100.0, True) for group in (COMPANY, *TEAMS)}
                    for name in RATES
                },
            )
            save_release(session, org_id, made, monday_of(week))
    for period in PERIODS:
        answers = {team: {n: rng.randint(1, 5) for n in range(1, 6)} for team in TEAMS}
        with store.transaction() as session:
            save_sentiment(session, org_id, SentimentPeriod(period, groups=answers), monday_of(WEEKS[-1]))
    return org_id


def due(store: Store, org_id) -> list[str]:
    with store.reading() as session:
        return [row.facet for row in drivers_due(session, org_id)]


@pytest.mark.parametrize(
    ("model", "from_week", "shown"),
    [
        (None, WEEKS[0], True),
        (HEAVY, "2026-W05", True),  # weights count for all weeks at once
        (SLOWER, "2026-W01", True),
        (SLOWER, "2026-W05", False),  # two periods of twelve teams are too few
        (SLOWER, "2026-W03", False),
    ],
)
def test_periods_that_were_read_by_another_curve_do_not_count(
    sqlite_store: Store, model: str | None, from_week: str, shown: bool
) -> None:
    org_id = told(sqlite_store, model, from_week)
    assert due(sqlite_store, org_id) == (list(FACETS) if shown else [])


def test_they_are_written_once(store: Store) -> None:
    org_id = told(store, None, "")
    for _ in range(2):
        read_due(store, org_id, company.after(WEEKS[-1]))
    assert due(store, org_id) == []
    with store.reading() as session:
        assert [row.facet for row in newest_drivers(session, org_id)] == list(FACETS)

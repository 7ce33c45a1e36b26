"""What moves together with satisfaction, from released sums of teams and periods (docs/scoring.md 11.3)."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.experiments.measuring import measure_of
from server.experiments.models import DriverRow
from server.experiments.points import TECHNOLOGY, Measure, team_scores
from server.people.reporting import earlier_names
from server.people.weeks import LAST_PERIOD, fixing_week, weeks_of_period
from server.privacy.model_versions import models_of
from server.privacy.models import SentimentReleaseRow
from server.privacy.records import Release, SentimentPeriod
from server.privacy.release_store import load_releases, released_weeks
from server.privacy.sentiment_store import load_sentiment
from server.scoring.drivers import Row, can_be_shown, drivers
from server.scoring.parameters import FACETS, FEW_ANSWERS, FEW_HIGH, FEW_LOW, SIGNALS
from server.scoring.sentiment import Histogram, answer_value
from server.scoring.variance import held

PERIODS = LAST_PERIOD
"""The newest so many periods count: a year."""

Scores = Mapping[str, float]
"""Facet -> score."""


def drivers_due(session: Session, org_id: UUID) -> list[DriverRow]:
    """Those of the newest period whose weeks are all released, to be written; none if that was done before or
    they may not be shown."""
    period = _newest(session, org_id)
    if period is None or is_written(session, org_id, period):
        return []
    weeks = released_weeks(session, org_id)
    periods = [p for p in load_sentiment(session, org_id) if p.period <= period][-PERIODS:]
    measure = measure_of(session, org_id, TECHNOLOGY, weeks_of_period(period)[-1])
    names = earlier_names(session, org_id, weeks[-1])
    rows = _rows(session, org_id, periods, names, fixing_week(weeks[-1]), measure)
    facets = [facet for facet in FACETS if rows and all(facet in scores for _, _, _, scores in rows)]
    made = [Row(team, y, [scores[facet] for facet in facets], n) for team, y, n, scores in rows]
    if not facets or not can_be_shown(made):
        return []
    try:
        found = drivers(made)
    except ValueError:  # the facets move as one: nothing can be told apart
        return []
    return [
        DriverRow(
            org_id=org_id,
            period=period,
            facet=facet,
            slope=driver.slope,
            low=driver.low,
            high=driver.high,
            groups=len({row.group for row in made}),
            rows=len(made),
        )
        for facet, driver in zip(facets, found, strict=True)
    ]


def _newest(session: Session, org_id: UUID) -> str | None:
    query = sa.select(SentimentReleaseRow.period).where(SentimentReleaseRow.org_id == org_id)
    last = session.scalar(query.order_by(SentimentReleaseRow.period.desc()).limit(1))
    if last is None:
        return None
    return last if weeks_of_period(last)[-1] in released_weeks(session, org_id) else None


def is_written(session: Session, org_id: UUID, period: str) -> bool:
    """Whether the drivers of a period were written."""
    query = sa.select(DriverRow.period).where(DriverRow.org_id == org_id, DriverRow.period == period)
    return session.scalar(query.limit(1)) is not None


def _rows(
    session: Session,
    org_id: UUID,
    periods: Sequence[SentimentPeriod],
    names: Mapping[str, Mapping[str, str]],
    quarter: str,
    measure: Measure,
) -> list[tuple[str, float, int, Scores]]:
    """(team by its newest name, satisfaction, answers, scores) of each period in which both were released.

    A period of which gauges were read by other curves than the measure's model has is left out.
    """
    models = models_of(session, org_id)
    rows: list[tuple[str, float, int, Scores]] = []
    for period in periods:
        releases = load_releases(session, org_id, weeks_of_period(period.period))
        if any(measure.model.gauges_read_otherwise(models[one.model]) for one in releases):
            continue
        for group, histogram in sorted(period.groups.items()):
            if not group.startswith("team:") or not releases:
                continue
            team = _name_now(group, fixing_week(releases[0].week), quarter, names)
            scores = _facets(releases, group, measure)
            if team is not None and scores:
                rows.append((team, _satisfaction(histogram), sum(histogram.values()), scores))
    return rows


def _name_now(group: str, then: str, quarter: str, names: Mapping[str, Mapping[str, str]]) -> str | None:
    if then == quarter:
        return group
    old = group.removeprefix("team:")
    return next(
        (now for now, was in names.get(then, {}).items() if now.startswith("team:") and was == old), None
    )


def _satisfaction(histogram: Histogram) -> float:
    n = sum(histogram.values())
    mean = sum(answer_value(answer) * count for answer, count in histogram.items()) / n
    return held(mean, FEW_LOW, FEW_HIGH) if n < FEW_ANSWERS else mean


def _facets(releases: Sequence[Release], group: str, measure: Measure) -> dict[str, float]:
    """Each facet's mean over the weeks, of the signals that were released in all of them."""
    weekly = [team_scores(release, group, measure) for release in releases]
    found = {}
    for facet in FACETS:
        wanted = [name for name, signal in SIGNALS.items() if signal.facet == facet]
        if all(signal in scores for signal in wanted for scores in weekly):
            found[facet] = fmean(measure.together(scores, wanted) for scores in weekly)
    return found

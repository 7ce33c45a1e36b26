"""A change that comes to team after team, read from released sums of teams (docs/scoring.md 11.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from random import Random
from statistics import fmean
from uuid import UUID

from sqlalchemy.orm import Session

from server.experiments.measuring import measure_of, newest_alike
from server.experiments.models import ExperimentRow, ExperimentTeamRow
from server.experiments.points import points_of_teams
from server.experiments.schedule import weeks_from
from server.people.reporting import earlier_names
from server.people.weeks import fixing_week, week_before
from server.privacy.records import Release
from server.privacy.release_store import load_releases, released_weeks
from server.scoring.parameters import LEAST_UNITS
from server.scoring.rollouts import Start, effect_interval, overall_effect, staggered

STANDARD_ERRORS = 2.8
"""An effect of so many is found in 80 % of cases: 1.96 for 5 % on both sides, and 0.84 for four in five."""
PLACEBOS = 200
"""Roll-outs of nothing, over weeks of the past, from which the standard error is told before the start."""


@dataclass(frozen=True)
class TeamLook:
    """What the change did so far; p and interval only at the end. `treated`: teams that have it by now."""

    effect: float
    treated: int
    others: int
    p: float | None = None
    low: float | None = None
    high: float | None = None


def look_at_teams(
    session: Session,
    org_id: UUID,
    experiment: ExperimentRow,
    teams: Sequence[ExperimentTeamRow],
    week: str,
    is_last: bool,
) -> TeamLook | None:
    """The mean effect up to this week; None where nobody is left to compare with."""
    assert experiment.first_week is not None
    weeks = weeks_from(week_before(experiment.first_week), week)
    points = _points(session, org_id, [row.team for row in teams], weeks, experiment.measure)
    chosen = [row for row in teams if row.team in points]
    starts = [_index(row.start_week, weeks) for row in chosen]
    treated = sum(start is not None for start in starts)
    if min(treated, len(starts) - treated) < 1 or len(starts) < LEAST_UNITS:
        return None
    y = [points[row.team] for row in chosen]
    if not is_last:
        return TeamLook(overall_effect(y, starts), treated, len(starts) - treated)
    found = staggered(y, starts)
    low, high = effect_interval(y, starts)
    bounds = (low if isfinite(low) else None, high if isfinite(high) else None)
    return TeamLook(found.effect, treated, len(starts) - treated, found.p, *bounds)


def power_of_rollout(
    session: Session, org_id: UUID, measure: str, starts: Mapping[str, str | None], weeks: int
) -> list[tuple[int, float]]:
    """(weeks, points that are found with 80 %) for these starts, had nothing happened in the past weeks."""
    first = min(start for start in starts.values() if start is not None)
    needed = weeks_from(week_before(first), week_before(first, 1 - weeks))
    past = newest_alike(session, org_id, released_weeks(session, org_id))[-len(needed) :]
    if len(past) < len(needed):
        return []
    points = _points(session, org_id, list(starts), past, measure)
    given: list[Start] = [_index(starts[team], needed) for team in points]
    if len(given) < LEAST_UNITS or all(start is not None for start in given):
        return []
    rng, y = Random(weeks), list(points.values())  # noqa: S311 (no secret hangs on it)
    effects = []
    for _ in range(PLACEBOS):
        rng.shuffle(given)
        effects.append(overall_effect(y, given))
    return [(weeks, STANDARD_ERRORS * fmean(effect**2 for effect in effects) ** 0.5)]


def _index(start: str | None, weeks: Sequence[str]) -> Start:
    return weeks.index(start) if start in weeks else None


def _points(
    session: Session, org_id: UUID, teams: Sequence[str], weeks: Sequence[str], measure: str
) -> dict[str, list[float]]:
    releases = load_releases(session, org_id, weeks)
    if len(releases) < len(weeks):
        return {}
    names = _names(releases, earlier_names(session, org_id, weeks[-1]), teams)
    return points_of_teams(releases, names, measure_of(session, org_id, measure, weeks[0]))


def _names(
    releases: Sequence[Release], earlier: Mapping[str, Mapping[str, str]], teams: Sequence[str]
) -> dict[str, list[str]]:
    """Each team's group in every release: teams may be joined otherwise when a quarter begins.

    The experiment knows a team by the name of the first week.
    """
    quarters = [fixing_week(release.week) for release in releases]
    names = {}
    for now in releases[-1].teams:
        then = [now if q == quarters[-1] else earlier.get(q, {}).get(f"team:{now}") for q in quarters]
        known = [f"team:{name}" for name in then if name is not None]
        if len(known) == len(then) and then[0] in teams:
            names[str(then[0])] = known
    return names

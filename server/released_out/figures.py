"""The figures of released groups, each with a name, a unit and labels: what the page shows, and nothing else.

Whoever keeps all of them for years has what somebody has who saved the page each week: there is one value per
group and release, and a group that the page does not show is not there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from server.access.roles import Grant, Role
from server.people.organisations import organisations
from server.people.weeks import monday_of
from server.privacy.result_queries import details_for
from server.privacy.results import Group, GroupDetail, Interval
from server.privacy.window_queries import latest_week

POINTS, SHARE, SECONDS, NONE = "{point}", "1", "s", ""
"""Units: of a score of 0..100, of a share of 0..1, of time, and of what has none (UCUM)."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What a figure is of. `name` is written with dots, as OpenTelemetry does."""

    name: str
    unit: str
    about: str


@dataclass(frozen=True, slots=True)
class Figure:
    measure: Measure
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A measure with both ends of its interval of 95 %."""

    value: Measure
    low: Measure
    high: Measure

    @classmethod
    def of(cls, name: str, unit: str, about: str) -> "Bounded":
        name = f"dex.released.{name}"
        return cls(
            Measure(f"{name}.value", unit, f"{about}."),
            Measure(f"{name}.low", unit, f"{about}: lower end of the 95 % interval."),
            Measure(f"{name}.high", unit, f"{about}: upper end of the 95 % interval."),
        )

    def figures(self, found: Interval | None, labels: Mapping[str, str], per: float = 1) -> Iterator[Figure]:
        """The value and its ends; `per`: units of this measure in one of the unit shown. Nothing of None."""
        if found is not None:
            yield Figure(self.value, round(found.value * per, 6), labels)
            yield Figure(self.low, round(found.low * per, 6), labels)
            yield Figure(self.high, round(found.high * per, 6), labels)


SCORE = Bounded.of("score", POINTS, "Score of a group, 0 to 100")
TECHNOLOGY = Bounded.of("technology", POINTS, "Score of a group's technology, 0 to 100")
SENTIMENT = Bounded.of("sentiment", POINTS, "Satisfaction of a group, 0 to 100")
SIGNAL = Bounded.of("signal", POINTS, "Score of one signal of a group, 0 to 100")
LOST = Bounded.of("lost_time", SHARE, "Time lost to technology, as a share of the time of use")
LOST_EACH = Bounded.of(
    "lost_time_per_person_week", SECONDS, "Time that a person of the group lost to technology in a week"
)
COVERAGE = Measure("dex.released.coverage", SHARE, "Share of a group's people who count, in steps of 0.1.")
GROUP = Measure("dex.released.group.info", NONE, "A group, its size class and what its score is made of.")
WEEK = Measure("dex.released.week.info", NONE, "The newest released week and the model of its scores.")
WEEK_END = Measure("dex.released.week.end_timestamp", SECONDS, "End of the newest released week, in UTC.")

_PER_CENT, _PER_HOUR, _HOUR = 0.01, 1 / 60, 3600
_WEEK = timedelta(weeks=1)


def released_figures(session: Session, role: Role) -> list[Figure]:
    """The newest figures of every organisation, as this role sees them."""
    return [
        figure
        for organisation in organisations(session)
        if latest_week(session, organisation.org_id) is not None
        for figure in _of(session, Grant(organisation.org_id, role), organisation.slug)
    ]


def _of(session: Session, grant: Grant, org: str) -> Iterator[Figure]:
    details = details_for(session, grant)
    for detail in details[:1]:  # all are of the same week
        yield Figure(WEEK, 1, {"org": org, "week": detail.week, "model": detail.model})
        yield Figure(WEEK_END, _end(detail.week), {"org": org})
    for detail in details:
        labels = _labels(detail.result, org)
        yield from _of_group(detail.result, labels)
        yield from _of_signals(detail, labels)


def _labels(group: Group, org: str) -> dict[str, str]:
    return {"org": org, "kind": group.kind, "group": group.name, "unit": group.unit or ""}


def _of_group(group: Group, labels: Mapping[str, str]) -> Iterator[Figure]:
    score = group.score.kind if group.score else ""
    yield Figure(GROUP, 1, {**labels, "people": group.people or "", "score": score})
    yield from SCORE.figures(group.score, labels)
    yield from TECHNOLOGY.figures(group.technology, labels)
    yield from SENTIMENT.figures(group.sentiment, labels)
    if group.coverage_pct is not None:
        yield Figure(COVERAGE, round(group.coverage_pct * _PER_CENT, 6), labels)
    if group.lost_time is not None:
        yield from LOST.figures(group.lost_time.minutes_per_hour, labels, _PER_HOUR)
        yield from LOST_EACH.figures(group.lost_time.hours_per_person_week, labels, _HOUR)


def _of_signals(detail: GroupDetail, labels: Mapping[str, str]) -> Iterator[Figure]:
    for signal in detail.signals:
        yield from SIGNAL.figures(signal.score, {**labels, "signal": signal.name})


def _end(week: str) -> float:
    return datetime.combine(monday_of(week) + _WEEK, time(), UTC).timestamp()

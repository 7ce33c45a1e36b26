"""The figures of pages about groups, from rounded results: trend, bars, waterfall. Shapes and their words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor
from zlib import crc32

from markupsafe import Markup

from dashboards.charts import Part as Step
from dashboards.charts import Point, State, bar, interval_bar, trend, waterfall
from dashboards.formats import number, short_day, tenth
from dashboards.names import SIGNALS
from dashboards.words import gettext
from server.people.weeks import monday_of, sunday_of, week_before
from server.privacy.results import Group, GroupDetail, Score, Signal, Week
from server.scoring.dex import SENTIMENT

SCALE_STEP = 10
LEAST_SPAN = 20
"""A trend is never stretched further than this, so that noise does not look like a fall."""


@dataclass(frozen=True, slots=True)
class TrendFigure:
    """`svg` with the words around it, its table (newest week first), and what came or went on the way."""

    svg: Markup
    highest: str
    lowest: str
    first: str
    last: str
    full: bool
    alone: bool
    weeks: Sequence[Week]
    notes: Sequence[str]


def trend_figure(detail: GroupDetail) -> TrendFigure | None:
    """A group's score over time; None where no week has one."""
    now = detail.result.score
    weeks = list(_every_week(detail.trend))
    if now is None or not any(week.score for week in weeks):
        return None
    scores = [_point(weeks, i, now.kind) for i in range(len(weeks))]
    second = [_technology(weeks, i) for i in range(len(weeks))] if now.kind == "full" else []
    low, high = _scale([*scores, *second], detail.last_week)
    svg = trend(
        "trend",
        gettext("Score over time"),
        gettext("The same numbers stand in the table below the chart."),
        scores,
        low,
        high,
        second,
        detail.last_week,
        [level for level in detail.bands if low < level < high],
        [i for i in range(1, len(weeks)) if _other_model(weeks, i)],
    )
    return TrendFigure(
        svg=svg,
        highest=number(high),
        lowest=number(low),
        first=week_end(weeks[0].week),
        last=week_end(weeks[-1].week),
        full=now.kind == "full",
        alone=detail.last_week is not None,
        weeks=[week for week in reversed(weeks) if week.group],
        notes=list(_notes(weeks)),
    )


def week_end(week: str) -> str:
    """The Sunday of a week, as in a table."""
    return short_day(sunday_of(week))


def _every_week(known: Sequence[Week]) -> Iterator[Week]:
    """All weeks from the first to the last one; those without a release have no group."""
    by_week = {week.week: week for week in known}
    week = known[0].week if known else ""
    while known and monday_of(week) <= monday_of(known[-1].week):
        yield by_week.get(week) or Week(week, "", "hidden", None, None, None, [])
        week = week_before(week, -1)


def _point(weeks: Sequence[Week], index: int, kind: str) -> Point:
    """Scores with and without satisfaction are never mixed in one line."""
    week = weeks[index]
    score = week.score if week.score is not None and week.score.kind == kind else None
    fresh = index > 0 and (weeks[index - 1].basket != week.basket or _other_model(weeks, index))
    if score is None:
        return Point(week.week, None)
    return Point(week.week, score.value, score.low, score.high, fresh=fresh)


def _technology(weeks: Sequence[Week], index: int) -> Point:
    found = weeks[index].technology
    fresh = index > 0 and (_signals(weeks[index - 1]) != _signals(weeks[index]) or _other_model(weeks, index))
    return Point(weeks[index].week, found.value if found else None, fresh=fresh)


def _other_model(weeks: Sequence[Week], index: int) -> bool:
    """Whether a week is the first one of another score model; weeks without a score have none."""
    models = [week.model for week in weeks[: index + 1] if week.model]
    return len(models) > 1 and bool(weeks[index].model) and models[-2] != models[-1]


def _signals(week: Week) -> set[str]:
    return set(week.basket) - {SENTIMENT}


def _scale(points: Sequence[Point], alone: float | None) -> tuple[float, float]:
    """Round ends around everything that is drawn, at least 20 points apart, within 0..100."""
    drawn = [v for p in points for v in (p.low, p.value, p.high) if v is not None]
    drawn += [alone] if alone is not None else []
    low, high = SCALE_STEP * floor(min(drawn) / SCALE_STEP), SCALE_STEP * ceil(max(drawn) / SCALE_STEP)
    low = min(low, high - LEAST_SPAN)
    return max(0, low), min(100, max(high, low + LEAST_SPAN))


def _notes(weeks: Sequence[Week]) -> Iterator[str]:
    """Where the line starts anew, and which signal came or went."""
    scored = [week for week in weeks if week.score is not None]
    for before, after in pairwise(scored):
        if before.model != after.model:
            yield gettext(
                "From the weeks to %(day)s on the score is made by model %(model)s; the upright line marks"
                " it, and earlier scores cannot be compared.",
                day=week_end(after.week),
                model=after.model,
            )
        for came in sorted(set(after.basket) - set(before.basket)):
            yield gettext(
                "From the weeks to %(day)s on it includes “%(signal)s”; earlier scores cannot be compared.",
                day=week_end(after.week),
                signal=SIGNALS[came].title,
            )
        for went in sorted(set(before.basket) - set(after.basket)):
            yield gettext(
                "From the weeks to %(day)s on it is without “%(signal)s”; earlier scores cannot be compared.",
                day=week_end(after.week),
                signal=SIGNALS[went].title,
            )
    for week_a, week_b in pairwise(scored):
        if week_a.group != week_b.group:
            yield gettext(
                "Until the weeks to %(day)s the group was “%(name)s”.",
                day=week_end(week_a.week),
                name=week_a.group.partition(":")[2],
            )


def score_bar(name: str, score: Score) -> Markup:
    """The interval of a score on 0..100; hatched where it crosses a band, dotted values are another class."""
    state: State = "certain" if score.band_certain else "uncertain"
    return interval_bar(_id(name), score.value, score.low, score.high, score.band, state)


def signal_bar(name: str, signal: Signal) -> Markup:
    """The interval of a signal's score. Bands are for whole scores: a signal has none."""
    found = signal.score
    return interval_bar(_id(name), found.value, found.low, found.high)


def _id(name: str) -> str:
    """An id for a pattern, as names of groups may hold anything."""
    return f"bar-{crc32(name.encode()):08x}"


@dataclass(frozen=True, slots=True)
class Fall:
    """A row of the waterfall: what took the points, how many, what is left, and its bar."""

    name: str
    title: str
    points: float
    left: float
    bar: Markup


def falls(detail: GroupDetail) -> list[Fall]:
    """From 100 down to the score; what rounding left over is not a bar, but a row of its own."""
    if detail.result.score is None:
        return []
    steps = [Step(part.name, -part.value) for part in detail.points_lost]
    span = (min(detail.result.score.value, 100 - sum(p.value for p in detail.points_lost)) - 1, 100.0)
    return [
        Fall(
            step.label,
            str(SIGNALS[step.label].title),
            step.value,
            round(level, 1),
            shape if step.value else Markup(""),
        )
        for step, level, shape in waterfall(100, steps, span)
    ]


def minutes_bar(value: float, highest: float) -> Markup:
    return bar(0, value, "poor", (0, highest))


def middle_words(signal: Signal) -> str:
    """How a signal stands beside the middle half of like groups."""
    if signal.middle is None:
        return ""
    low, high = signal.middle
    values = {"low": tenth(low), "high": tenth(high)}
    if signal.score.high < low:
        return gettext("below the middle half, %(low)s to %(high)s", **values)
    if signal.score.low > high:
        return gettext("above the middle half, %(low)s to %(high)s", **values)
    return gettext("like the middle half, %(low)s to %(high)s", **values)


def scored_groups(groups: Sequence[Group]) -> list[Group]:
    return [group for group in groups if group.score is not None and group.status == "ok"]

"""The readings of an experiment over its weeks, as a line with its interval around zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from markupsafe import Markup

from dashboards.charts import Point, trend
from dashboards.formats import short_day, signed
from dashboards.words import gettext
from server.experiments.results import Experiment, Reading
from server.people.weeks import sunday_of
from server.scoring.parameters import WORTH_FINDING

LEAST_SPAN = 5
"""Points to each side of zero: a chart is not stretched further, so that chance does not look like much."""
MOST_SPAN = 50


@dataclass(frozen=True, slots=True)
class ReadingFigure:
    """`svg` with the words around it."""

    svg: Markup
    highest: str
    lowest: str
    first: str
    last: str


def reading_figure(found: Experiment) -> ReadingFigure | None:
    """None before the second reading with a number."""
    told = [reading for reading in found.readings if reading.effect is not None]
    if len(told) < 2:
        return None
    span = _span(told)
    svg = trend(
        "readings",
        gettext("Difference in points, week by week"),
        gettext("The same numbers stand in the table below the chart."),
        [Point(r.week, r.effect, r.low, r.high) for r in found.readings],
        -span,
        span,
        levels=(-WORTH_FINDING, 0, WORTH_FINDING),
    )
    first, last = (short_day(sunday_of(found.readings[i].week)) for i in (0, -1))
    return ReadingFigure(svg, signed(span), signed(-span), first, last)


def _span(told: Sequence[Reading]) -> float:
    drawn = [abs(v) for r in told for v in (r.effect, r.low, r.high) if v is not None]
    return min(MOST_SPAN, max(LEAST_SPAN, ceil(max(drawn))))

"""The figures of equipment pages, from rounded results: bars of rates, and a rate over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from dashboards.charts import Point, interval_bar, trend
from dashboards.equipment_words import BANDS, group_title, rate_words
from dashboards.formats import short_day
from dashboards.words import gettext
from server.privacy.equipment_shapes import Equipment, EquipmentGroup, EquipmentSignal


def rate_bars(signal: EquipmentSignal) -> dict[tuple[str, str], Markup]:
    """By dimension and name: a bar of the rate's interval, all of a signal on one scale."""
    groups = [(d.name, group) for d in signal.dimensions for group in d.groups]
    highest = max((group.rate.high for _, group in groups), default=1.0) or 1.0
    return {
        (dimension, group.name): interval_bar(
            f"rate-{i}",
            group.rate.value,
            group.rate.low,
            group.rate.high,
            BANDS[group.stands_out],
            span=(0.0, highest),
        )
        for i, (dimension, group) in enumerate(groups)
    }


@dataclass(frozen=True, slots=True)
class RateTrend:
    """A rate week by week: a drawing, the words around it, and one row for each group, all laptops first."""

    svg: Markup
    highest: str
    lowest: str
    first: str
    last: str
    beside: str
    weeks: Sequence[date]
    rows: Sequence[tuple[str, Sequence[str | None]]]


def rate_trend(found: Equipment, signal: EquipmentSignal) -> RateTrend | None:
    """None before there are two weeks. Beside all laptops is drawn the group that stands out most, or else
    what was worst of what is gone."""
    if sum(rate is not None for rate in signal.weeks) < 2:
        return None
    groups = [(d.name, group) for d in signal.dimensions for group in d.groups]
    beside = _beside(signal)
    lines = [signal.weeks, *([beside[1]] if beside else [])]
    highest = max(rate for line in lines for rate in line if rate is not None) or 1.0
    svg = trend(
        "rate-trend",
        gettext("Week by week"),
        gettext("The same numbers stand in the table below the chart."),
        _points(signal.weeks),
        0.0,
        highest,
        _points(beside[1]) if beside else (),
    )
    return RateTrend(
        svg=svg,
        highest=rate_words(signal, highest),
        lowest=rate_words(signal, 0.0),
        first=short_day(found.weeks[0]),
        last=short_day(found.weeks[-1]),
        beside=beside[0] if beside else "",
        weeks=found.weeks,
        rows=[
            (gettext("All laptops"), _shown(signal, signal.weeks)),
            *((group_title(d, group.name), _shown(signal, group.weeks)) for d, group in groups),
            *((group_title(one.dimension, one.name), _shown(signal, one.weeks)) for one in signal.past),
        ],
    )


def _beside(signal: EquipmentSignal) -> tuple[str, Sequence[float | None]] | None:
    """Name and weeks of the second line."""
    more = [(d.name, g) for d in signal.dimensions for g in d.groups if g.stands_out == "more"]
    if more:
        dimension, group = max(more, key=lambda pair: _at_least(pair[1]))
        return group_title(dimension, group.name), group.weeks
    if signal.past:
        worst = max(signal.past, key=lambda one: max(rate or 0.0 for rate in one.weeks))
        return group_title(worst.dimension, worst.name), worst.weeks
    return None


def _at_least(group: EquipmentGroup) -> float:
    return group.ratio.low if group.ratio else 0.0


def _points(weeks: Sequence[float | None]) -> list[Point]:
    return [Point("", rate) for rate in weeks]


def _shown(signal: EquipmentSignal, weeks: Sequence[float | None]) -> list[str | None]:
    return [None if rate is None else rate_words(signal, rate) for rate in weeks]

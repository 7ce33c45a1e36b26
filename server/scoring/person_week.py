"""One person's week from the device-days in it (docs/scoring.md 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import fsum

from server.scoring.lost_time import LostMinutes, lost_week
from server.scoring.parameters import (
    ACTIVE_WEEK_HOURS,
    DAY_HOURS,
    DAY_WEIGHT_HOURS,
    GAUGES,
    IN_FORCE,
    LEAST_HOURS,
    MOST_EVENTS,
    RATES,
    VALID_DAY_HOURS,
    Model,
    Signal,
)

DeviceDay = Mapping[str, float | None]
"""Fields of docs/scoring.md 3 and 14 of one device and day; an absent or null field was not measured."""


@dataclass(frozen=True, slots=True)
class PersonWeek:
    """A row of a person: read by the release alone.

    `gauges`: signal -> score. `rates`: signal -> (events, hours), capped. `hours`: weight of the valid days.
    `composite`: weighted mean of the gauges, None without one. `lost`: None if nothing was in use.
    """

    active: bool
    hours: float
    gauges: Mapping[str, float] = field(default_factory=dict)
    rates: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    composite: float | None = None
    lost: LostMinutes | None = None

    def has_enough_signals(self, model: Model = IN_FORCE) -> bool:
        """Whether the signals this person contributes to carry enough weight to say something."""
        return model.enough_weight((*self.gauges, *self.rates))


def person_week(days: Sequence[DeviceDay], model: Model = IN_FORCE) -> PersonWeek:
    """Score first, then average, by the model's curves: a bad day does not hide behind a good one."""
    seen = [day for day in days if (use := day.get("usage_hours")) is not None and 0 <= use <= DAY_HOURS]
    valid = [day for day in seen if _use(day) >= VALID_DAY_HOURS]
    hours = fsum(_weight(day) for day in valid)
    active = hours >= ACTIVE_WEEK_HOURS
    gauges = _gauges(valid, model) if active else {}
    rates = {name: rate for name, signal in RATES.items() if (rate := _rate(signal, seen)) is not None}
    return PersonWeek(active, hours, gauges, rates, composite(gauges, model), lost_week(seen))


def composite(gauges: Mapping[str, float], model: Model = IN_FORCE) -> float | None:
    """Weighted mean of gauge scores, None without any."""
    if not gauges:
        return None
    total = sum(model.signals[name].weight * score for name, score in gauges.items())
    return total / model.weight_of(gauges)


def measured(signal: Signal, day: DeviceDay) -> float | None:
    """The value of a signal's field, None if absent or outside the valid range."""
    value = day.get(signal.field)
    return value if value is not None and signal.lowest <= value <= signal.highest else None


def _use(day: DeviceDay) -> float:
    return day.get("usage_hours") or 0.0


def _weight(day: DeviceDay) -> float:
    return min(_use(day), DAY_WEIGHT_HOURS)


def _gauges(valid: Sequence[DeviceDay], model: Model) -> dict[str, float]:
    weights = [_weight(day) for day in valid]
    scores = {}
    for name in GAUGES:
        signal = model.signals[name]
        known = [
            (weight, value)
            for weight, day in zip(weights, valid, strict=True)
            if (value := measured(signal, day)) is not None
        ]
        if known:
            total = fsum([weight for weight, _ in known])
            scores[name] = fsum([weight * signal.curve(value) for weight, value in known]) / total
    return scores


def _rate(signal: Signal, seen: Sequence[DeviceDay]) -> tuple[float, float] | None:
    """Events and hours of the days that have both; short days count, a dying laptop has no others."""
    events, hours = [], []
    for day in seen:
        count, span = measured(signal, day), day.get(signal.hours_field)
        if count is None or span is None or not 0 <= span <= DAY_HOURS:
            continue
        events.append(count)
        hours.append(span if _use(day) > 0 else 0.0)
    y, e = fsum(events), fsum(hours)
    return (min(y, MOST_EVENTS), max(e, LEAST_HOURS)) if y > 0 or e > 0 else None

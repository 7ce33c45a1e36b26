"""Somebody's own score day by day, for themselves and for cohort cards (docs/scoring.md 9.5, 9.6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from server.scoring.own_score import OwnScore, own_score
from server.scoring.parameters import (
    DAY_HOURS,
    GAUGES,
    IN_FORCE,
    OWN_RATE_DAYS,
    RATES,
    VALID_DAY_HOURS,
    Model,
)
from server.scoring.person_week import DeviceDay, measured

Days = Iterable[tuple[date, DeviceDay]]


def own_scores(
    days: Days, company_rates: Mapping[str, float], model: Model = IN_FORCE
) -> dict[date, OwnScore]:
    """The own score of every day in use, from the device-days of one person.

    `days` reach back 28 days before the first one wanted, as far as there are any. `company_rates`: events
    per 100 or 1000 hours, by rate. `model`: one for all days, as they are read anew each time.
    """
    by_day: dict[date, list[DeviceDay]] = defaultdict(list)
    for day, fields in days:
        use = fields.get("usage_hours")
        if use is not None and 0 <= use <= DAY_HOURS:
            by_day[day].append(fields)
    return {
        day: own_score(_gauge_values(rows), _events(by_day, day), company_rates, model)
        for day, rows in sorted(by_day.items())
        if any(_use(row) >= VALID_DAY_HOURS for row in rows)
    }


def _use(day: DeviceDay) -> float:
    return day.get("usage_hours") or 0.0


def _gauge_values(rows: Sequence[DeviceDay]) -> dict[str, float | None]:
    """Each gauge from the laptop that was used most that day, among those that measured it."""
    ordered = sorted(rows, key=_use, reverse=True)
    values: dict[str, float | None] = {}
    for name, signal in GAUGES.items():
        known = [value for row in ordered if (value := measured(signal, row)) is not None]
        values[name] = known[0] if known else None
    return values


def _events(by_day: Mapping[date, Sequence[DeviceDay]], day: date) -> dict[str, tuple[float, float]]:
    """Events and hours of each measured rate over the 28 days that end with this one."""
    sums: dict[str, tuple[float, float]] = {}
    for back in range(OWN_RATE_DAYS):
        for row in by_day.get(day - timedelta(days=back), ()):
            for name, signal in RATES.items():
                count, hours = measured(signal, row), row.get(signal.hours_field)
                if count is not None and hours is not None and 0 <= hours <= DAY_HOURS:
                    y, e = sums.get(name, (0.0, 0.0))
                    sums[name] = (y + count, e + hours)
    return sums

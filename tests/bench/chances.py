"""How often alarms, experiments and change points are wrong, and what they find (docs/scoring.md 10.2, 11).

`python -m tests.bench.chances`: two minutes of simulation.
"""

import sys
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from simulated_experiments import looks, readings
from simulated_series import (
    WATCHED,
    counts,
    half_common,
    heavy_tailed,
    independent,
    like_the_day_before,
    watched,
)

from server.scoring.alarm_limits import alarm_limits
from server.scoring.always_valid import BETTER, WORSE, always_valid
from server.scoring.change_point import change_point
from server.scoring.parameters import ALPHA

SERIES, EXPERIMENTS, CHANGES = 533, 600, 1000


def false_alarms() -> None:
    limits = alarm_limits(SERIES * 5, 1500)
    for noise in (independent, half_common, like_the_day_before, heavy_tailed):
        found = sum(1 for _ in watched(noise, limits, units=SERIES))
        print(
            f"{found / (WATCHED / 7):6.2f} false alarms a week, {SERIES} series, {noise.__name__}", flush=True
        )


def false_findings() -> None:
    for units in (4, 6, 12, 30):
        rng, known = Random(units), 0
        for _ in range(EXPERIMENTS):
            known += any(always_valid(e.effect, e.variance).p <= ALPHA for e in looks(rng, units, 0.0))
        rng, read = Random(units), 0
        for _ in range(EXPERIMENTS):
            read += bool({BETTER, WORSE} & set(readings(rng, units, 0.0)))
        print(
            f"{100 * read / EXPERIMENTS:6.1f} % of changes that do nothing called one, {units} units an arm; "
            f"{100 * known / EXPERIMENTS:.1f} % if the variance were taken as known",
            flush=True,
        )


def changes() -> None:
    for mean in (0.3, 1, 5):
        rng = Random(1)
        series = [[(counts(rng, mean, 1), 100.0) for _ in range(60)] for _ in range(CHANGES)]
        named = sum(change_point(days, 1.0) is not None for days in series)
        print(
            f"{100 * named / CHANGES:6.1f} % of steady series with a change, {mean} events a day", flush=True
        )
    rng = Random(2)
    doubled = [[(counts(rng, 5 + 5 * (d >= 40), 1), 100.0) for d in range(60)] for _ in range(CHANGES)]
    found = [change for days in doubled if (change := change_point(days, 1.0))]
    true = sum(change.earliest <= 40 <= change.latest for change in found)
    width = sum(change.latest - change.earliest + 1 for change in found) / len(found)
    print(
        f"{100 * len(found) / CHANGES:6.1f} % of doubled rates found, the day within {width:.1f} days, "
        f"which hold it in {100 * true / len(found):.1f} %"
    )


if __name__ == "__main__":
    false_alarms()
    false_findings()
    changes()

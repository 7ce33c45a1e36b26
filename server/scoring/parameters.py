"""Every number of score model dex-1 that is a convention (docs/scoring.md 3 and 12).

Changing one means a new model with a name of its own: old windows keep the model they were computed with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.scoring.curves import Curve

MODEL = "dex-1"


@dataclass(frozen=True)
class Signal:
    """One measured quality of a workplace.

    A gauge is read from `field`. A rate counts `field` events over the hours in `hours_field` and is
    expressed per `per_hours` hours. Values outside `lowest`..`highest` count as not measured.
    """

    name: str
    facet: str
    weight: float
    field: str
    unit: str
    lowest: float
    highest: float
    curve: Curve
    hours_field: str = ""
    per_hours: float = 0.0

    @property
    def is_rate(self) -> bool:
        return bool(self.hours_field)


_INFINITE = float("inf")
_SHARE = Curve((0.02, 100), (0.10, 70), (0.25, 30), (0.50, 0))

_TABLE = (
    Signal("boot", "startup", 0.08, "boot_s", "s", 1, 3600, Curve((20, 100), (60, 70), (120, 30), (300, 0))),
    Signal(
        "signin", "startup", 0.07, "signin_s", "s", 0.5, 1800, Curve((10, 100), (30, 70), (60, 30), (180, 0))
    ),
    Signal(
        "crash",
        "reliability",
        0.13,
        "app_crashes",
        "per 100 h",
        0,
        _INFINITE,
        Curve((0.2, 100), (1, 70), (4, 30), (10, 0)),
        hours_field="app_hours",
        per_hours=100,
    ),
    Signal(
        "hang",
        "reliability",
        0.10,
        "app_hangs",
        "per 100 h",
        0,
        _INFINITE,
        Curve((0.5, 100), (2, 70), (8, 30), (20, 0)),
        hours_field="app_hours",
        per_hours=100,
    ),
    Signal(
        "oscrash",
        "reliability",
        0.07,
        "os_crashes",
        "per 1000 h",
        0,
        _INFINITE,
        Curve((0.2, 100), (1, 70), (5, 30), (15, 0)),
        hours_field="on_hours",
        per_hours=1000,
    ),
    Signal("cpu", "responsiveness", 0.07, "cpu_busy_share", "share", 0, 1, _SHARE),
    Signal("memory", "responsiveness", 0.10, "mem_pressure_share", "share", 0, 1, _SHARE),
    Signal("disk", "responsiveness", 0.08, "disk_busy_share", "share", 0, 1, _SHARE),
    Signal(
        "latency",
        "network",
        0.09,
        "net_latency_ms",
        "ms",
        0.1,
        10000,
        Curve((30, 100), (80, 70), (200, 30), (500, 0)),
    ),
    Signal(
        "loss", "network", 0.09, "net_loss_pct", "%", 0, 100, Curve((0.1, 100), (1, 70), (3, 30), (10, 0))
    ),
    Signal(
        "battery",
        "device",
        0.03,
        "battery_health_pct",
        "%",
        1,
        120,
        Curve((40, 0), (60, 30), (80, 70), (90, 100)),
    ),
    Signal(
        "space", "device", 0.04, "disk_free_pct", "%", 0, 100, Curve((2, 0), (5, 30), (10, 70), (20, 100))
    ),
    Signal(
        "patch",
        "device",
        0.05,
        "patch_age_days",
        "days",
        0,
        3650,
        Curve((7, 100), (14, 70), (30, 30), (60, 0)),
    ),
)

SIGNALS = {signal.name: signal for signal in _TABLE}
GAUGES = {name: signal for name, signal in SIGNALS.items() if not signal.is_rate}
RATES = {name: signal for name, signal in SIGNALS.items() if signal.is_rate}
FACETS = tuple(dict.fromkeys(signal.facet for signal in _TABLE))
COMPOSITE = "composite"  # the weighted mean of a person's gauges

# A day of one device, and a person's week (3)
DAY_HOURS = 24.0  # more hours than this in a day are a fault
DAY_WEIGHT_HOURS = 12.0  # a day weighs no more than this
VALID_DAY_HOURS = 0.5
ACTIVE_WEEK_HOURS = 4.0
MOST_EVENTS = 20.0  # per person-week and rate
LEAST_HOURS = 1.0  # per person-week and rate

# Privacy (4)
K = 5
HOURS_RATIO = 1.6  # the working-time wall's step
EXACT_HOURS_LEAST = 50  # contributors from which a unit's hours are exact

# Window and status (5)
LEAST_WEEKS = 2
LEAST_COVERAGE = 0.5
LEAST_WEIGHT = 0.6

# Shrinkage (6)
Z = 1.959963984540054
LEAST_GROUPS = 4  # fewer tell nothing about the spread between groups
WITHIN_FLOOR, WITHIN_DEFAULT, WITHIN_LEAST_FREEDOM = 1.0, 225.0, 10
BETWEEN_FLOOR, BETWEEN_DEFAULT = 9.0, 25.0
DISPERSION_MOST = 10.0
CORRELATION = 0.5  # between the parts of a score: a convention, bad devices are bad in several ways

# Sentiment (8)
PERIODS_IN_WINDOW = 3
ANSWER_STEP = 25.0  # answers 1..5 become 0..100
FEW_ANSWERS, FEW_LOW, FEW_HIGH = 10, 10.0, 90.0
ANSWERS_FLOOR, ANSWERS_DEFAULT, ANSWERS_LEAST_FREEDOM = 100.0, 625.0, 20
ANSWERS_BETWEEN_FLOOR, ANSWERS_BETWEEN_DEFAULT = 36.0, 100.0

# The score (9)
TECHNOLOGY_SHARE, SENTIMENT_SHARE = 0.7, 0.3
GOOD, FAIR = 75.0, 50.0
TARGET_DEFAULT = 90.0
PRIORITY_POINTS = (150.0, 50.0)  # person-points from which an action is of priority 1, of priority 2
COHORT = 8  # passages that make one card
COHORT_STEP = 5  # a card's mean is rounded to this
COHORT_DAYS = 89  # the last days of a stage that count
OWN_PRIOR_EVENTS = 4.0
OWN_RATE_DAYS = 28

# Changes (10.1)
FALSE_DISCOVERY, LEAST_CHANGE = 0.10, 3.0

# Alarms (10.2)
ALARM_PERSONS = 20  # of a company's or unit's day, for its value to be looked at
SHOCK_SHARE, DRIFT_SHARE, BURST_SHARE = 0.35, 0.35, 0.30  # of one expected false alarm in a week
SCORE_FLOOR = 1.0  # points that a score moves by anyway
REFERENCES, LEAST_REFERENCES = 8, 4  # values of the same weekday before
LEAST_FREEDOM, Z_MOST = 3.0, 12.0
SHOCK_TAIL_FREEDOM, SHOCK_LOOK_FREEDOM = 7.0, 17.5  # days have heavier tails than normal
NEIGHBOURS_MOST = 0.8  # correlation of neighbouring days
DRIFT_STEP, DRIFT_SLACK, DRIFT_OVERSHOOT = 4.0, 0.5, 1.166
BURST_RATIO, BURST_DAYS = 2.0, 28
ALARM_BACK = (5, 2)  # days or weeks in a row with a value as before, after which an alarm is over
ALARM_UNSEEN = (28, 4)  # days or weeks without any value, after which it is over too
ALARM_USUAL = 56  # days after which it is over, as its level has become the usual one
ALARM_JOINED = 14  # days in which alarms of other groups of the same signal belong to it

# Experiments, drivers, equipment (11)
WORTH_FINDING = 3.0  # points: tau of always valid inference
ALPHA, POWER = 0.05, 0.8
LEAST_UNITS = 4  # in each arm
MOST_ASSIGNMENTS = 1_000_000  # that are gone through one by one
DRAWN_ASSIGNMENTS = 20_000  # of more
DRIVER_GROUPS, DRIVER_ROWS = 8, 30
CALIBRATION_GROUPS = 8
LEAST_RATIO = 1.25  # of a rate to that of other equipment, for it to be said
CHANGE_POINT_DAYS, CHANGE_POINT_P = 3, 0.01  # days at least on each side

# Lost time, weight 0 in the score
BOOT_FREE_S, SIGNIN_FREE_S = 60.0, 30.0  # a start as long as this costs nobody anything
CRASH_MINUTES, OSCRASH_MINUTES = 3.0, 10.0
HANG_UNKNOWN_S, HANG_MOST_S = 30.0, 600.0
PRESSURE_SHARE = 0.5  # of a minute under pressure is lost


@dataclass(frozen=True)
class Model:
    """The conventions that another model may hold otherwise. Shares of technology and sentiment add up to 1;
    `good` and `fair` are the scores from which a band begins."""

    name: str
    signals: Mapping[str, Signal]
    technology_share: float
    sentiment_share: float
    good: float
    fair: float

    def weight_of(self, names: Iterable[str]) -> float:
        """Weights of signals, added up."""
        return sum(self.signals[name].weight for name in names)

    def enough_weight(self, names: Iterable[str]) -> bool:
        """Whether these signals together can stand for a workplace. Decimal weights: compared as decimals."""
        return round(self.weight_of(names), 9) >= LEAST_WEIGHT

    def gauges_read_otherwise(self, other: "Model") -> list[str]:
        """Gauges on which the two models have different curves."""
        return [name for name in GAUGES if self.signals[name].curve != other.signals[name].curve]


IN_FORCE = Model(MODEL, SIGNALS, TECHNOLOGY_SHARE, SENTIMENT_SHARE, GOOD, FAIR)
"""The model that every organisation begins with; which one holds in a week is a decision of the organisation
(server/privacy/model_versions.py)."""
Models = Mapping[str, Model]
BUILT_IN: Models = {MODEL: IN_FORCE}
weight_of, enough_weight = IN_FORCE.weight_of, IN_FORCE.enough_weight

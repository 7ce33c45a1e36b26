"""What is shown of equipment: the shapes of rounded results. Pages and commands show these and no others.

Rates are per 100 or 1000 hours, or percent of the days of laptops; numbers have two digits that count, and
laptops are a size class.
"""

from datetime import date
from typing import Literal

import msgspec

Stands = Literal["more", "less", "no"]


class RateInterval(msgspec.Struct, frozen=True):
    """A rate and its 95 % interval."""

    value: float
    low: float
    high: float


class RatioInterval(msgspec.Struct, frozen=True):
    """How many times that of the others. Where these had almost no event there is no value, only a lower end;
    where there are too few to bound it there is no upper end."""

    value: float | None
    low: float
    high: float | None


class RateSince(msgspec.Struct, frozen=True):
    """From `day` (it may be `earliest` to `latest`) the rate went from `before` to `after`. `began_with`:
    updates that began on one of these days, the nearest first; with, not because of."""

    day: date
    earliest: date
    latest: date
    before: float
    after: float
    began_with: list[str]


class EquipmentGroup(msgspec.Struct, frozen=True):
    """A version, model or place. `weeks`: its rate week by week, null where nothing was released."""

    name: str
    laptops: str
    rate: RateInterval
    ratio: RatioInterval | None
    stands_out: Stands
    since: RateSince | None
    weeks: list[float | None]


class EquipmentDimension(msgspec.Struct, frozen=True):
    """All groups of one kind that are released, what stands out first."""

    name: str
    groups: list[EquipmentGroup]


class PastEquipment(msgspec.Struct, frozen=True):
    """A version, model or place of earlier weeks alone."""

    dimension: str
    name: str
    weeks: list[float | None]


class EquipmentSignal(msgspec.Struct, frozen=True):
    """A signal of all laptops, `app` being the application where it has one. `limit`: the value beyond which
    a day counts, of signals that are a share of days."""

    signal: str
    app: str
    unit: str
    limit: float | None
    laptops: str
    rate: RateInterval
    since: RateSince | None
    weeks: list[float | None]
    dimensions: list[EquipmentDimension]
    past: list[PastEquipment]


class Equipment(msgspec.Struct, frozen=True):
    """The picture of the released days `first` to `last`; trends are of weeks that end on `weeks`."""

    first: date
    last: date
    weeks: list[date]
    signals: list[EquipmentSignal]

"""What is shown of groups: the shapes of rounded results. Pages, exports and the interface show these values
and no others. All scores are 0..100; numbers have one decimal, people are a size class."""

from typing import Literal

import msgspec

Status = Literal["ok", "hidden", "insufficient_data", "modelled"]


class Interval(msgspec.Struct, frozen=True):
    """A value and its 95 % interval, with one decimal."""

    value: float
    low: float
    high: float


class Score(Interval, frozen=True):
    """0..100. `display` stands for it in large type; unless `band_certain` the interval crosses a band, and
    reaches from `low_band` to `high_band`."""

    display: int
    band: Literal["good", "fair", "poor"]
    band_certain: bool
    kind: Literal["full", "technology_only"]
    low_band: Literal["good", "fair", "poor"]
    high_band: Literal["good", "fair", "poor"]


class Sentiment(Interval, frozen=True):
    """Satisfaction, 0..100; `source`: own answers, those of the unit or company, or added up of two."""

    source: Literal["own", "borrowed:unit", "borrowed:company", "additive"]


class Part(msgspec.Struct, frozen=True):
    """A part of a sum: points of the score, or minutes per hour of use."""

    name: str
    value: float


class Cause(Part, frozen=True):
    """Minutes lost to a cause; it could be read in so many percent of the company's person-weeks."""

    readable_pct: int


class Cost(Interval, frozen=True):
    """What the hours lost in the released weeks cost, in whole units of `currency` (ISO 4217).

    It is `hours`, with two digits that count as the ends have, times `per_hour`. Nobody and no week is added
    that was not measured.
    """

    currency: str
    per_hour: float
    hours: float


class Lost(msgspec.Struct, frozen=True):
    """Working time that technology took. `about`: the hours are those of the working-time wall.

    `cost`: where the organisation says what an hour costs, and the hours are exact.
    """

    minutes_per_hour: Interval
    undisturbed_pct: float
    hours_per_person_week: Interval
    about: bool
    causes: list[Cause]
    rounding: float
    cost: Cost | None = None


class Change(msgspec.Struct, frozen=True):
    """Against the window of four weeks before; `points` only where the change is clear."""

    since: str
    state: Literal["clear", "no_clear_change", "not_comparable"]
    points: float | None = None


class Group(msgspec.Struct, frozen=True):
    """A group. Unless `status` is `ok` it has no number, except the `score` of one that is `modelled`.

    `most_lost`: the signal that costs most points, two if they cannot be told apart. `stands_out`: signals
    whose whole interval lies below the company's score, the dearest first.
    """

    group: str
    kind: str
    name: str
    status: Status
    unit: str | None = None
    people: str | None = None
    coverage_pct: int | None = None
    score: Score | None = None
    technology: Score | None = None
    sentiment: Sentiment | None = None
    lost_time: Lost | None = None
    change: Change | None = None
    most_lost: list[str] = []
    stands_out: list[str] = []


class Signal(msgspec.Struct, frozen=True):
    """One signal of a group. `share_pct`: of the score. `value`: what scores the same, in `unit`.

    `middle`: the middle half of the scores of groups of the same kind, if there are enough of them.
    `gain`: points of the score if the signal reached `target`.
    """

    name: str
    facet: str
    unit: str
    weight: float
    share_pct: float
    score: Interval
    company: float | None
    value: float
    points_lost: float
    gain: float
    target: float
    middle: tuple[float, float] | None = None


class Help(msgspec.Struct, frozen=True):
    """What would raise the score most: points for each of at least so many people."""

    group: str
    signal: str
    points: float
    people_at_least: int
    target: float


class GaugeTerm(msgspec.Struct, frozen=True):
    """score = own - pull (own - company). `own` in whole points."""

    name: str
    own: float
    company: float
    score: float


class RateTerm(msgspec.Struct, frozen=True):
    """Events per so many hours, `unit`: own, company, and `shrunk`, that of a Gamma posterior.

    Prior: `prior_shape`, `prior_hours`; events and hours count divided by `dispersion`. `sd`: of the score.
    """

    name: str
    unit: str
    own: float
    company: float
    shrunk: float
    dispersion: float
    prior_shape: float
    prior_hours: float
    score: float
    sd: float


class Terms(msgspec.Struct, frozen=True):
    """Every term that led to a score, so coarse that no exact number of people comes out.

    `pull` in tenths; `within_sd`, `between_sd`: of one person's score within a team, and of teams, in whole
    points; `teams`: from so many. `technology_sd` is made of `gauge_sd`, with `gauge_share_pct` of the
    score of technology, and of the rates. `hours_class`: step j of the working-time wall.
    """

    pull: float
    within_sd: float
    between_sd: float
    teams: int
    gauges: list[GaugeTerm]
    rates: list[RateTerm]
    gauge_share_pct: float
    gauge_sd: float
    technology_sd: float
    sentiment_sd: float | None
    score_sd: float
    hours_class: int | None


class Week(msgspec.Struct, frozen=True):
    """A group in one week of its trend, under the name it had then; `basket`: what its score is made of,
    under which score model."""

    week: str
    group: str
    status: Status
    score: Score | None
    technology: Score | None
    last_week: float | None
    basket: list[str]
    model: str = ""


class GroupDetail(msgspec.Struct, frozen=True):
    """A group taken apart: 100 - the parts of `points_lost` - `rounding` is its score.

    `bands`: where fair and good begin. `technology_share`: the rest of a full score is satisfaction.
    """

    week: str
    weeks: list[str]
    periods: list[str]
    model: str
    result: Group
    points_lost: list[Part]
    rounding: float
    last_week: float | None
    signals: list[Signal]
    helps: list[Help]
    terms: Terms | None = None
    trend: list[Week] = []
    bands: tuple[float, float] = (50.0, 75.0)
    technology_share: float = 0.7


class Groups(msgspec.Struct, frozen=True):
    """All groups that somebody may see in a week: `weeks` and `periods` were added up."""

    week: str
    weeks: list[str]
    periods: list[str]
    model: str
    groups: list[Group]
    helps: list[Help]


class People(msgspec.Struct, frozen=True):
    """People of a unit (null: the company) with one outcome (null: all of them), where it may be said."""

    unit: str | None
    outcome: str | None
    people: int


class ReleasedWeek(msgspec.Struct, frozen=True):
    """What was written down for a week, once: `digest` covers it and the digest of the week before.

    `late`: people of four weeks earlier whose data came too late to count, if it may be said.
    """

    week: str
    model: str
    least_people: int
    released_on: str
    digest: str
    previous: str
    groups: list[str]
    who_counts: list[People]
    late: int | None

"""Scores of a week from the releases of its window, and from nothing else (docs/scoring.md 5 to 9)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from itertools import product
from operator import add

from server.people.weeks import fixing_week, weeks_of_period, window_of
from server.privacy.model_curves import as_read_by
from server.privacy.plan import COMPANY
from server.privacy.records import Release, SentimentPeriod
from server.privacy.window_sums import (
    HIDDEN,
    INSUFFICIENT,
    MODELLED,
    OK,
    EarlierNames,
    GroupSums,
    WindowSums,
)
from server.scoring.dex import Dex, dex, modelled, points_lost, technology_share
from server.scoring.dispersion import EventSums, dispersion
from server.scoring.gain import Gain, gain, target
from server.scoring.lost_time import CAUSES, LOST, LostTime, cause_signal, lost_group
from server.scoring.means import Spread
from server.scoring.parameters import (
    BETWEEN_DEFAULT,
    BETWEEN_FLOOR,
    BUILT_IN,
    COMPOSITE,
    GAUGES,
    LEAST_WEEKS,
    PERIODS_IN_WINDOW,
    RATES,
    WITHIN_DEFAULT,
    WITHIN_FLOOR,
    WITHIN_LEAST_FREEDOM,
    Model,
    Models,
)
from server.scoring.rates import Prior, prior_of
from server.scoring.sentiment import Histogram, Sentiment, SentimentScores, sentiment_of, sentiment_scores
from server.scoring.technology import Shared, Technology, technology, technology_value
from server.scoring.variance import Pool, between_groups

__all__ = ["HIDDEN", "INSUFFICIENT", "MODELLED", "OK", "Block", "Window", "score_window"]


@dataclass(frozen=True)
class Block:
    """One group's score with every term that led to it; only a status if it is not `ok`.

    `n`: mean of active persons. `coverage`: their share of the eligible. `points_lost`: by signal and
    `sentiment`, DEX = 100 - their sum. `last_week`: technology score of the last week alone. `lost_time`:
    None if it was not released. A `modelled` cell has a `dex` and nothing else.
    """

    group: str
    status: str
    weeks: int = 0
    n: float | None = None
    coverage: float | None = None
    technology: Technology | None = None
    sentiment: Sentiment | None = None
    dex: Dex | None = None
    last_week: float | None = None
    points_lost: Mapping[str, float] = field(default_factory=dict)
    gains: Mapping[str, Gain] = field(default_factory=dict)
    lost_time: LostTime | None = None

    @property
    def kind(self) -> str:
        return self.group.split(":", 1)[0]

    @property
    def name(self) -> str:
        return self.group.split(":", 1)[1]

    @property
    def basket(self) -> frozenset[str]:
        """What the score is made of; scores of unlike baskets cannot be compared."""
        return frozenset(self.points_lost)


@dataclass(frozen=True)
class Window:
    """All scores of a week, and what they share.

    `weeks`, `periods`: what was released of the window. `shared`: variances, dispersion, priors.
    `lost_phi`: dispersion of lost minutes. `readable`: share of person-weeks in which a cause of lost
    time could be read. `release`: that of the week itself, with funnel and hours classes.
    """

    week: str
    weeks: tuple[str, ...]
    periods: tuple[str, ...]
    release: Release
    blocks: Mapping[str, Block]
    shared: Shared
    sentiment: SentimentScores
    lost_phi: float
    readable: Mapping[str, float]

    @property
    def model(self) -> Model:
        """Under which all of it is scored: that of the week itself."""
        return self.shared.model


def score_window(
    releases: Sequence[Release],
    periods: Sequence[SentimentPeriod] = (),
    earlier_names: EarlierNames | None = None,
    models: Models = BUILT_IN,
) -> Window:
    """The scores of the week of the last release, under the model that it was released under.

    `releases` and `periods` in order of time; those outside the window, and periods not yet closed in that
    week, are left out here. `earlier_names`: needed if the window, or its periods, cross a quarter.
    `models`: by name, those of the releases. A gauge that was read by another curve in an earlier week starts
    anew. ValueError without any release.
    """
    if not releases:
        raise ValueError("no week has been released yet")
    week = releases[-1].week
    model = models[releases[-1].model]
    in_window = [
        as_read_by(model, release, models) for release in releases if release.week in window_of(week)
    ]
    sums = WindowSums(in_window, earlier_names or {}, model)
    closed = [p for p in periods if weeks_of_period(p.period)[-1] <= week][-PERIODS_IN_WINDOW:]
    sentiment = sentiment_scores(
        [_under_new_names(period, sums) for period in closed], reduce(add, (p.pool for p in closed), Pool())
    )
    groups = {group: sums.sums(group) for group in sums.groups()}
    shared = _shared(sums, groups, model)
    lost_phi = dispersion(_rate_pool(in_window, LOST), most=None)
    blocks = {
        group: _block(group, found, sums, shared, sentiment, lost_phi) for group, found in groups.items()
    }
    blocks = _with_gains(blocks, model)
    blocks.update(_grid(blocks, model))
    return Window(
        week=week,
        weeks=tuple(release.week for release in in_window),
        periods=tuple(period.period for period in closed),
        release=releases[-1],
        blocks=blocks,
        shared=shared,
        sentiment=sentiment,
        lost_phi=lost_phi,
        readable=_readable(in_window),
    )


def _under_new_names(period: SentimentPeriod, sums: WindowSums) -> dict[str, Histogram]:
    """A period keeps the names of the quarter in which it began."""
    quarter = fixing_week(weeks_of_period(period.period)[0])
    if quarter == sums.quarter:
        return dict(period.groups)
    names = {group: sums.name_in(quarter, group) or "" for group in sums.groups()}
    return {group: period.groups[old] for group, old in names.items() if old in period.groups}


def _rate_pool(releases: Sequence[Release], signal: str) -> EventSums:
    return reduce(add, (r.rate_pools[signal] for r in releases if signal in r.rate_pools), EventSums())


def _shared(sums: WindowSums, groups: Mapping[str, GroupSums], model: Model) -> Shared:
    """Variances, dispersion and priors, from the company's pools and the teams whose status is ok."""
    company = groups[COMPANY].signals
    within = {}
    for signal in (*GAUGES, COMPOSITE):
        pools = (r.gauge_pools[signal] for r in sums.releases if signal in r.gauge_pools)
        pool = reduce(add, pools, Pool())
        within[signal] = pool.variance(WITHIN_FLOOR, WITHIN_DEFAULT, WITHIN_LEAST_FREEDOM)
    teams = [g.signals for name, g in groups.items() if name.startswith("team:") and g.status == OK]
    between = between_groups(
        [team.gauge_mean(model) for team in teams],
        [within[COMPOSITE] / team.n for team in teams],
        BETWEEN_FLOOR,
        BETWEEN_DEFAULT,
    )
    phi = {signal: dispersion(_rate_pool(sums.releases, signal)) for signal in RATES}
    priors: dict[str, Prior] = {}
    for signal, rate in company.rates.items():
        rows = [(t.rates[signal].y, t.rates[signal].e) for t in teams if signal in t.rates]
        priors[signal] = prior_of(rows, (rate.y, rate.e), phi[signal])
    return Shared(within, Spread(within[COMPOSITE], between, len(teams)), phi, priors, company, model)


def _block(
    group: str,
    found: GroupSums,
    sums: WindowSums,
    shared: Shared,
    sentiment: SentimentScores,
    lost_phi: float,
) -> Block:
    if found.status != OK:
        return Block(group, found.status)
    is_company = group == COMPANY
    own_technology = technology(found.signals, shared, is_company)
    own_sentiment = sentiment_of(group, sentiment, sums.last.teams)
    return Block(
        group=group,
        status=OK,
        weeks=found.weeks,
        n=found.n,
        coverage=found.coverage,
        technology=own_technology,
        sentiment=own_sentiment,
        dex=dex(own_technology, own_sentiment, shared.model),
        last_week=_last_week(group, own_technology, sums, shared),
        points_lost=points_lost(own_technology, own_sentiment, shared.model),
        lost_time=_lost_time(group, sums, lost_phi),
    )


def _last_week(group: str, window: Technology, sums: WindowSums, shared: Shared) -> float | None:
    """None unless every signal of the window was released in its last week."""
    own, company = sums.last_week(group), sums.last_week_of_company
    if not window.signals.keys() <= {*own.signals} & {*company.signals}:
        return None
    return technology_value(own, company, window, shared, group == COMPANY)


def _lost_time(group: str, sums: WindowSums, phi: float) -> LostTime | None:
    weeks = sums.rate(group, LOST)
    if len(weeks) < LEAST_WEEKS:
        return None
    causes = {cause: sum([week.y for week in sums.rate(group, cause_signal(cause))]) for cause in CAUSES}
    return lost_group(
        minutes=sum(week.y for week in weeks),
        hours=sum(week.e for week in weeks),
        person_weeks=sum(week.n for week in weeks),
        phi=phi,
        about=not all(week.exact for week in weeks),
        causes=causes,
    )


def _with_gains(blocks: Mapping[str, Block], model: Model) -> dict[str, Block]:
    """Points to gain need the scores of all groups of a kind."""
    reached: dict[tuple[str, str], list[float]] = defaultdict(list)
    for block in blocks.values():
        for name, signal in block.technology.signals.items() if block.technology else ():
            reached[block.kind, name].append(signal.score)
    targets = {key: target(scores) for key, scores in reached.items()}
    return {
        group: replace(block, gains=_gains(block, targets, model)) if block.technology else block
        for group, block in blocks.items()
    }


def _gains(block: Block, targets: Mapping[tuple[str, str], float], model: Model) -> dict[str, Gain]:
    if block.technology is None or block.n is None:
        return {}
    share = technology_share(block.sentiment is not None, model)
    return {
        name: gain(targets[block.kind, name], signal.score, share * signal.share, block.n)
        for name, signal in block.technology.signals.items()
    }


def _grid(blocks: Mapping[str, Block], model: Model) -> dict[str, Block]:
    """Every pair of an ok team or unit and an ok stage that was not measured, occupied or not."""
    company = blocks[COMPANY].dex
    if company is None:
        return {}
    scored = {
        kind: [b for b in blocks.values() if b.kind == kind and b.dex] for kind in ("team", "unit", "stage")
    }
    grid = {}
    for kind, pair_kind in (("team", "cell"), ("unit", "unit_stage")):
        for left, stage in product(scored[kind], scored["stage"]):
            group = f"{pair_kind}:{left.name}|{stage.name}"
            measured = group in blocks and blocks[group].status == OK
            if not measured and left.dex and stage.dex:
                grid[group] = Block(group, MODELLED, dex=modelled(left.dex, stage.dex, company, model))
    return grid


def _readable(releases: Sequence[Release]) -> dict[str, float]:
    """Share of the company's person-weeks, by cause of lost time."""
    total = sum(release.rate_pools[LOST].n for release in releases if LOST in release.rate_pools)
    if not total:
        return {}
    return {cause: sum(r.readable.get(cause, 0) for r in releases) / total for cause in CAUSES}

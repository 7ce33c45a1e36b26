"""Companies whose true scores are known: how often do intervals hold them?

A team has a true mean of each gauge, a true rate of each kind of event, and a true satisfaction. People
differ around them: a bad laptop is bad in several ways at once, and its person says so. A person's weeks
resemble each other, and few events happen. What is released of it goes through the product's own window.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from server.people.weeks import week_before
from server.privacy.plan import COMPANY
from server.privacy.records import BaseGroup, GaugeSum, RateSum, Release, SentimentPeriod
from server.privacy.wall import walled
from server.privacy.windows import Block, score_window
from server.scoring.dispersion import sums_of
from server.scoring.parameters import COMPOSITE, GAUGES, RATES, SENTIMENT_SHARE, TECHNOLOGY_SHARE
from server.scoring.variance import pool_of

LAST_WEEK, PERIODS = "2026-W13", ("2026-P01", "2026-P02", "2026-P03")
WEEKS = 4
HOURS = 28.0
USUAL_RATE = {"crash": 0.012, "hang": 0.03, "oscrash": 0.002}
"""Events in an hour."""


@dataclass(frozen=True)
class World:
    """How much differs between teams, people and weeks, in points and, of rates, as sd of ln."""

    teams: int = 24
    between: float = 5.0
    between_rates: float = 0.4
    laptop: float = 6.0
    """How far laptops differ in all gauges at once."""
    laptop_rates: float = 0.6
    """The same of rates: a laptop that is bad has more events."""
    laptop_content: float = 0.08
    """The same of its person's satisfaction, as a share of the way from 0 to 100."""
    person: float = 6.0
    """How far people differ in each gauge on its own."""
    person_rates: float = 0.3
    attitude: float = 2.0
    """The smaller, the more people differ; at 2 two answers of a person correlate by two thirds."""
    weekly: float = 5.0


@dataclass
class Coverage:
    """How many intervals there were, and how many held the truth, by what they are of."""

    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    of: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    wide: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def note(self, name: str, low: float, high: float, truth: float) -> None:
        self.of[name] += 1
        self.held[name] += low <= truth <= high
        self.wide[name] += high - low

    def share(self, name: str) -> float:
        return self.held[name] / self.of[name]

    def told(self) -> Iterator[str]:
        for name, n in sorted(self.of.items()):
            yield f"{name:24} {self.share(name):6.1%} of {n} hold the truth, {self.wide[name] / n:.1f} wide"


def coverage(world: World, companies: int, seed: int) -> Coverage:
    found = Coverage()
    for number in range(companies):
        _judge(found, _Company(world, np.random.default_rng([seed, number])))
    return found


class _Company:
    """One company: its truth, and what is released of it."""

    def __init__(self, world: World, rng: np.random.Generator) -> None:
        self.world, self.rng = world, rng
        self.sizes = rng.integers(7, 21, world.teams)
        self.team_of = np.repeat(np.arange(world.teams), self.sizes)
        common = rng.normal(0, world.between * 0.5**0.5, (world.teams, 1))
        own = rng.normal(0, world.between * 0.5**0.5, (world.teams, len(GAUGES)))
        self.gauges = 72 + rng.normal(0, 6, len(GAUGES)) + common + own
        spread = world.between_rates
        better = common / world.between
        drawn = rng.normal(0, spread * 0.75**0.5, (world.teams, len(RATES))) - spread * 0.7 * better
        self.rates = np.array([USUAL_RATE[s] for s in RATES]) * np.exp(drawn)
        self.good = rng.normal(0, 1, len(self.team_of))
        self.content = np.clip(0.65 + 0.004 * common[:, 0] + rng.normal(0, 0.05, world.teams), 0.2, 0.95)

        mean = np.clip(self.content[self.team_of] + world.laptop_content * self.good, 0.03, 0.97)
        self.attitude = rng.beta(world.attitude * mean, world.attitude * (1 - mean))
        self.answering = np.where(rng.random(len(mean)) < 0.7, 0.8, 0.1)

    def truth(self, teams: np.ndarray) -> tuple[float, float]:
        """Technology and satisfaction of some teams together, each weighing by its people."""
        share = self.sizes[teams] / self.sizes[teams].sum()
        points = sum(
            signal.weight * float(share @ self.gauges[teams, i]) for i, signal in enumerate(GAUGES.values())
        )
        for i, signal in enumerate(RATES.values()):
            points += signal.weight * signal.curve(float(share @ self.rates[teams, i]) * signal.per_hours)
        return points, 100 * float(share @ self.content[teams])

    def releases(self) -> list[Release]:
        people, world, rng = len(self.team_of), self.world, self.rng
        good, own = self.good[:, None], rng.normal(0, world.person, (people, len(GAUGES)))
        usual = self.gauges[self.team_of] + world.laptop * good + own
        ln = rng.normal(0, world.person_rates, (people, len(RATES))) - world.laptop_rates * good
        often = self.rates[self.team_of] * np.exp(ln - (world.person_rates**2 + world.laptop_rates**2) / 2)
        hours = HOURS * np.exp(rng.normal(-0.02, 0.2, people))
        return [self._release(week_before(LAST_WEEK, back), usual, often, hours) for back in (3, 2, 1, 0)]

    def _release(self, week: str, usual: np.ndarray, often: np.ndarray, hours: np.ndarray) -> Release:
        rng, groups = self.rng, self.groups()
        values = np.clip(usual + rng.normal(0, self.world.weekly, usual.shape), 0, 100)
        weights = np.array([signal.weight for signal in GAUGES.values()])
        composite = values @ weights / weights.sum()
        e = hours * np.exp(rng.normal(-0.005, 0.1, len(hours)))
        y = np.minimum(rng.poisson(often * e[:, None]), 20)
        sizes = {group: int(inside.sum()) for group, inside in groups.items()}
        mean_e = float(e.mean())
        rates: dict[str, dict[str, RateSum]] = {}
        for i, name in enumerate(RATES):
            rates[name] = {}
            for group, inside in groups.items():
                n, events, spent = sizes[group], float(y[inside, i].sum()), float(e[inside].sum())
                if group != COMPANY:
                    events, spent = walled(events, spent, n, mean_e * len(e), len(e), 0)
                rates[name][group] = RateSum(n, events, spent, group == COMPANY)
        return Release(
            week=week,
            teams={f"T{team}": f"U{team // 4}" for team in range(self.world.teams)},
            base={group: BaseGroup(n, n) for group, n in sizes.items()},
            gauges={
                name: {g: GaugeSum(sizes[g], float(values[inside, i].sum())) for g, inside in groups.items()}
                for i, name in enumerate(GAUGES)
            },
            rates=rates,
            gauge_pools={
                **{name: pool_of(self._by_team(values[:, i])) for i, name in enumerate(GAUGES)},
                COMPOSITE: pool_of(self._by_team(composite)),
            },
            rate_pools={
                name: sums_of(zip(y[:, i].tolist(), e.tolist(), strict=True)) for i, name in enumerate(RATES)
            },
        )

    def groups(self) -> dict[str, np.ndarray]:
        """Company, units of four teams, and teams: which people are in them."""
        units = {f"unit:U{unit}": self.team_of // 4 == unit for unit in range((self.world.teams + 3) // 4)}
        teams = {f"team:T{team}": self.team_of == team for team in range(self.world.teams)}
        return {COMPANY: np.ones(len(self.team_of), bool), **units, **teams}

    def _by_team(self, values: np.ndarray) -> list[list[float]]:
        return [part.tolist() for part in np.split(values, np.cumsum(self.sizes)[:-1])]

    def periods(self) -> list[SentimentPeriod]:
        """Answers of 1 to 5. Some people answer in most periods, others hardly ever."""
        return [self._period(period) for period in PERIODS]

    def _period(self, period: str) -> SentimentPeriod:
        rng = self.rng
        answers = 1 + rng.binomial(4, self.attitude)
        given = rng.random(len(answers)) < self.answering
        histograms: dict[str, Mapping[int, int]] = {}
        for group, inside in self.groups().items():
            counts = np.bincount(answers[inside & given], minlength=6)
            if counts.sum() >= 5:
                histograms[group] = {value: int(counts[value]) for value in range(1, 6) if counts[value]}
        by_team = [
            (25.0 * (answers[given & (self.team_of == t)] - 1)).tolist() for t in range(self.world.teams)
        ]
        return SentimentPeriod(period, groups=histograms, pool=pool_of(by_team))


def _judge(found: Coverage, company: _Company) -> None:
    blocks = score_window(company.releases(), company.periods()).blocks
    everybody = np.arange(company.world.teams)
    for group, block in blocks.items():
        kind, name = group.split(":", 1)
        if block.dex is None or kind not in ("company", "unit", "team"):
            continue
        teams = everybody if kind == "company" else everybody[everybody // 4 == int(name[1:])]
        if kind == "team":
            teams = everybody[everybody == int(name[1:])]
        _note(found, kind, block, *company.truth(teams))


def _note(found: Coverage, kind: str, block: Block, technology: float, content: float) -> None:
    assert block.technology is not None
    assert block.dex is not None
    found.note(f"{kind}, technology", block.technology.low, block.technology.high, technology)
    if block.sentiment is not None and block.sentiment.source == "own":
        truth = TECHNOLOGY_SHARE * technology + SENTIMENT_SHARE * content
        found.note(f"{kind}, DEX", block.dex.low, block.dex.high, truth)

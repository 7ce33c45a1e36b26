"""Adding up the released weeks of a window, group by group (docs/scoring.md 2.4, 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from server.people.stages import STAGES
from server.people.weeks import fixing_week
from server.privacy.plan import COMPANY
from server.privacy.records import BaseGroup, GaugeSum, RateSum, Release
from server.scoring.parameters import (
    GAUGES,
    LEAST_COVERAGE,
    LEAST_WEEKS,
    RATES,
    Model,
)
from server.scoring.technology import GaugeInput, GroupInput, RateInput

OK, INSUFFICIENT, HIDDEN, MODELLED = "ok", "insufficient_data", "hidden", "modelled"

Continuation = Mapping[str, str]
"""`unit:B` or `team:B` of this quarter -> the group of an earlier quarter whose trend it goes on."""

EarlierNames = Mapping[str, Continuation]
"""First week of an earlier quarter -> the continuation from this quarter back to it."""


Sums = TypeVar("Sums", BaseGroup, GaugeSum, RateSum)


@dataclass(frozen=True)
class GroupSums:
    """A group's window: weeks in the base plan, mean n, coverage, status, and the available signals."""

    status: str
    weeks: int
    n: float
    coverage: float
    signals: GroupInput


class WindowSums:
    """The releases of a window under this quarter's names; the last one is the week that is scored."""

    def __init__(self, releases: Sequence[Release], earlier_names: EarlierNames, model: Model) -> None:
        self.releases = releases
        self._model = model
        self.last = releases[-1]
        self.quarter = fixing_week(self.last.week)
        self._earlier_names = earlier_names
        self._listed, self._pairs = self._all_groups()
        weeks = [self._under_new_names(release) for release in releases]
        self._bases = [week.base for week in weeks]
        self._gauges = {s: [week.gauges[s] for week in weeks if s in week.gauges] for s in GAUGES}
        signals = {signal for week in weeks for signal in week.rates}
        self._rates = {s: [week.rates[s] for week in weeks if s in week.rates] for s in signals}
        self.last_week_of_company = self.last_week(COMPANY)

    def groups(self) -> list[str]:
        """Every group that is listed: all units, teams and stages, but pairs only if they were published."""
        return self._listed + [pair for pair in self._pairs if any(pair in base for base in self._bases)]

    def _all_groups(self) -> tuple[list[str], list[str]]:
        """Company, units, teams and stages; and all pairs of them that may have been published."""
        units, teams = sorted(set(self.last.teams.values())), sorted(self.last.teams)
        published = {group for release in self.releases for group in release.base}
        other_stages = {group[len("stage:") :] for group in published if group.startswith("stage:")}
        stages = [*STAGES, *sorted(other_stages - set(STAGES))]
        listed = [COMPANY, *(f"unit:{u}" for u in units), *(f"team:{t}" for t in teams)]
        listed += [f"stage:{stage}" for stage in stages]
        pairs = [f"unit_stage:{unit}|{stage}" for unit in units for stage in stages]
        pairs += [f"cell:{team}|{stage}" for team in teams for stage in stages]
        return listed, pairs

    def _under_new_names(self, release: Release) -> Release:
        """A release of an earlier quarter with the sums of those groups whose trends reach it."""
        quarter = fixing_week(release.week)
        if quarter == self.quarter:
            return release
        named = ((group, self.name_in(quarter, group)) for group in (*self._listed, *self._pairs))
        names = {group: old for group, old in named if old is not None}

        def renamed(sums: Mapping[str, Sums]) -> dict[str, Sums]:
            return {group: sums[old] for group, old in names.items() if old in sums}

        return replace(
            release,
            base=renamed(release.base),
            gauges={signal: renamed(sums) for signal, sums in release.gauges.items()},
            rates={signal: renamed(sums) for signal, sums in release.rates.items()},
        )

    def name_in(self, quarter: str, group: str) -> str | None:
        """A group's name in the releases of a quarter; None if its trend does not reach back so far."""
        kind, name = group.split(":", 1)
        if quarter == self.quarter or kind in ("company", "stage"):
            return group
        names = self._earlier_names.get(quarter, {})
        if kind in ("unit", "team"):
            old = names.get(group)
            return None if old is None else f"{kind}:{old}"
        left, stage = name.split("|", 1)
        old = names.get(f"unit:{left}" if kind == "unit_stage" else f"team:{left}")
        return None if old is None else f"{kind}:{old}|{stage}"

    def rate(self, group: str, signal: str) -> list[RateSum]:
        """Of the weeks in which the rate was released for the group."""
        return [week[group] for week in self._rates.get(signal, ()) if group in week]

    def sums(self, group: str) -> GroupSums:
        """The group's window and its status."""
        base = [week[group] for week in self._bases if group in week]
        n = mean_n(base) if base else 0.0
        signals = GroupInput(n, *self._available(group))
        eligible = sum([week.eligible for week in base])
        coverage = sum([week.n for week in base]) / eligible if eligible else 0.0
        if not base:
            status = HIDDEN
        elif (
            len(base) < LEAST_WEEKS
            or coverage < LEAST_COVERAGE
            or not self._model.enough_weight(signals.signals)
        ):
            status = INSUFFICIENT
        else:
            status = OK
        return GroupSums(status, len(base), n, coverage, signals)

    def last_week(self, group: str) -> GroupInput:
        """What was released of the last week alone."""
        gauges = {s: week[group] for s, week in self.last.gauges.items() if s in GAUGES and group in week}
        rates = {s: week[group] for s, week in self.last.rates.items() if s in RATES and group in week}
        return GroupInput(
            0.0,
            {s: gauge_input([week]) for s, week in gauges.items()},
            {s: rate_input([week]) for s, week in rates.items()},
        )

    def _available(self, group: str) -> tuple[dict[str, GaugeInput], dict[str, RateInput]]:
        gauges = {s: [week[group] for week in weeks if group in week] for s, weeks in self._gauges.items()}
        rates = {s: self.rate(group, s) for s in RATES}
        return (
            {s: gauge_input(weeks) for s, weeks in gauges.items() if len(weeks) >= LEAST_WEEKS},
            {s: rate_input(weeks) for s, weeks in rates.items() if len(weeks) >= LEAST_WEEKS},
        )


def mean_n(weeks: Sequence[BaseGroup | GaugeSum | RateSum]) -> float:
    """Mean number of persons over weeks."""
    return sum([week.n for week in weeks]) / len(weeks)


def gauge_input(weeks: Sequence[GaugeSum]) -> GaugeInput:
    """Weeks of a gauge added up."""
    return GaugeInput(sum([week.x for week in weeks]) / sum([week.n for week in weeks]), mean_n(weeks))


def rate_input(weeks: Sequence[RateSum]) -> RateInput:
    """Weeks of a rate added up."""
    return RateInput(sum([week.y for week in weeks]), sum([week.e for week in weeks]), mean_n(weeks))

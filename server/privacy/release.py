"""From the rows of persons of a week to what is published of it (docs/scoring.md 4, 5, 6.1, 6.3).

The only code that turns persons into numbers of groups. What it returns may be shown, in any combination.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import fsum

from server.privacy.funnel import funnel
from server.privacy.people_of_week import PersonInWeek
from server.privacy.plan import COMPANY, Place, Plan, plan_of
from server.privacy.progress import Progress, Steps, quiet
from server.privacy.records import BaseGroup, FunnelGroup, GaugeSum, RateSum, Release
from server.privacy.wall import exact_units, hours_class, walled
from server.scoring.dispersion import EventSums, sums_of
from server.scoring.lost_time import CAUSES, LOST, cause_signal
from server.scoring.parameters import COMPOSITE, GAUGES, MODEL, RATES, K
from server.scoring.variance import Pool, pool_of

LATE_WEEKS = 4  # after so many weeks it is said how many persons' data came too late


def make_release(
    week: str,
    rows: Sequence[PersonInWeek],
    teams: Mapping[str, str],
    k: int = K,
    known_classes: Mapping[str, int] | None = None,
    late: int = 0,
    model: str = MODEL,
    progress: Progress = quiet,
) -> Release:
    """The release of a week from everybody in it.

    `teams`: reporting team -> reporting unit. `known_classes`: hours classes of the release before, if it
    lies in the same quarter. `late`: persons whose week, four weeks ago, became active by late data. `model`:
    under which the person-weeks were made.
    """
    plans = _Plans(k)
    planned = Steps(progress, len(GAUGES) + len(RATES) + 2, f"signals of {week}")  # 2: composite, lost time
    active = [row for row in rows if row.active]
    base = plans.of(active)
    classes = _hours_classes(active, base, known_classes or {})
    gauges, gauge_pools = _gauges(active, base, plans, planned)
    rates, rate_pools = _rates(rows, classes, plans, planned)
    lost, lost_pool, readable = _lost_time(rows, classes, plans)
    planned.step()
    return Release(
        week=week,
        k=k,
        model=model,
        teams=dict(sorted(teams.items())),
        base=_base(rows, base),
        gauges=gauges,
        rates={**rates, **lost},
        gauge_pools=gauge_pools,
        rate_pools={**rate_pools, **lost_pool},
        readable=readable,
        hours_class=classes,
        funnel=_funnel(rows, k),
        late=late if late == 0 or late >= k else None,
    )


class _Plans:
    """The plans of a week. Signals to which the same crowd contributes have the same one: it is made once."""

    def __init__(self, k: int) -> None:
        self.k = k
        self._made: dict[frozenset[tuple[Place, int]], Plan] = {}

    def of(self, rows: Iterable[PersonInWeek]) -> Plan:
        crowd = Counter(row.place for row in rows)
        key = frozenset(crowd.items())
        if key not in self._made:
            self._made[key] = plan_of(crowd, self.k)
        return self._made[key]


def _base(rows: Sequence[PersonInWeek], plan: Plan) -> dict[str, BaseGroup]:
    eligible: Counter[str] = Counter()
    for place, n in Counter(row.place for row in rows if row.eligible).items():
        eligible.update(dict.fromkeys(plan.groups_of(place), n))
    return {group: BaseGroup(n, eligible[group]) for group, n in plan.sizes().items()}


def _hours_classes(active: Sequence[PersonInWeek], plan: Plan, known: Mapping[str, int]) -> dict[str, int]:
    """The class of a group is set by its first week in the base plan of the quarter, and stays."""
    hours = _add_up(((row, (row.week.hours if row.week else 0.0,)) for row in active), plan)
    classes = dict(known)
    for group, n in plan.sizes().items():
        if group != COMPANY and group not in classes:
            classes[group] = hours_class(hours[group][0], n, hours[COMPANY][0], plan.company or 0)
    return classes


def _gauges(
    active: Sequence[PersonInWeek], base: Plan, plans: _Plans, planned: Steps
) -> tuple[dict[str, dict[str, GaugeSum]], dict[str, Pool]]:
    sums: dict[str, dict[str, GaugeSum]] = {}
    pools: dict[str, Pool] = {}
    for signal in (*GAUGES, COMPOSITE):
        planned.step()
        scores = _scores(signal, active)
        if len(scores) < plans.k:
            continue
        by_node: dict[str, list[float]] = defaultdict(list)
        for row, score in scores:
            by_node[base.row_node(row.place)].append(score)
        pools[signal] = pool_of(by_node.values())
        if signal != COMPOSITE:
            plan = plans.of(row for row, _ in scores)
            totals = _add_up(((row, (score,)) for row, score in scores), plan)
            sums[signal] = {group: GaugeSum(n, totals[group][0]) for group, n in plan.sizes().items()}
    return sums, pools


def _scores(signal: str, active: Iterable[PersonInWeek]) -> list[tuple[PersonInWeek, float]]:
    """The persons who contribute to a gauge (or have a composite), with their scores."""
    scores = []
    for row in active:
        if row.week is not None:
            score = row.week.composite if signal == COMPOSITE else row.week.gauges.get(signal)
            if score is not None:
                scores.append((row, score))
    return scores


def _rates(
    rows: Sequence[PersonInWeek], classes: Mapping[str, int], plans: _Plans, planned: Steps
) -> tuple[dict[str, dict[str, RateSum]], dict[str, EventSums]]:
    sums: dict[str, dict[str, RateSum]] = {}
    pools: dict[str, EventSums] = {}
    for signal in RATES:
        planned.step()
        counted = [
            (row, (y,), e)
            for row in rows
            if row.eligible and row.week is not None and signal in row.week.rates
            for y, e in [row.week.rates[signal]]
        ]
        if published := _behind_the_wall(counted, classes, plans):
            sums[signal] = {group: by_count[0] for group, by_count in published.items()}
            pools[signal] = sums_of((y, e) for _, (y,), e in counted)
    return sums, pools


def _lost_time(
    rows: Sequence[PersonInWeek], classes: Mapping[str, int], plans: _Plans
) -> tuple[dict[str, dict[str, RateSum]], dict[str, EventSums], dict[str, int]]:
    """All causes under the plan and with the hours of the total; what could not be read adds nothing."""
    counted = [
        (row, (lost.minutes, *(lost.causes[cause] or 0.0 for cause in CAUSES)), lost.hours)
        for row in rows
        if row.eligible and row.week is not None and (lost := row.week.lost) is not None
    ]
    published = _behind_the_wall(counted, classes, plans)
    if not published:
        return {}, {}, {}
    names = (LOST, *(cause_signal(cause) for cause in CAUSES))
    sums = {name: {group: by[i] for group, by in published.items()} for i, name in enumerate(names)}
    readable = dict.fromkeys(CAUSES, 0)
    for row, _, _ in counted:
        for cause in CAUSES:
            if row.week is not None and row.week.lost is not None and row.week.lost.causes[cause] is not None:
                readable[cause] += 1
    return sums, {LOST: sums_of((counts[0], e) for _, counts, e in counted)}, readable


def _behind_the_wall(
    counted: Sequence[tuple[PersonInWeek, tuple[float, ...], float]],
    classes: Mapping[str, int],
    plans: _Plans,
) -> dict[str, list[RateSum]]:
    """Published group -> released sums of each count, from (person, counts, hours) of contributors."""
    plan = plans.of(row for row, _, _ in counted)
    totals = _add_up(((row, (*counts, e)) for row, counts, e in counted), plan)
    exact = {COMPANY, *(f"unit:{unit}" for unit in exact_units(plan.company or 0, plan.units))}
    company_hours = totals[COMPANY][-1] if totals else 0.0
    published: dict[str, list[RateSum]] = {}
    for group, n in plan.sizes().items():
        *counts, e = totals[group]
        if group in exact:
            published[group] = [RateSum(n, y, e, True) for y in counts]
        else:
            cls = classes.get(group, 0)
            both = [walled(y, e, n, company_hours, plan.company or 0, cls) for y in counts]
            published[group] = [RateSum(n, *y_and_e, False) for y_and_e in both]
    return published


def _add_up(numbers: Iterable[tuple[PersonInWeek, tuple[float, ...]]], plan: Plan) -> dict[str, list[float]]:
    """Published group -> sums of the numbers of the persons in it."""
    at_place: dict[Place, list[tuple[float, ...]]] = defaultdict(list)
    for row, values in numbers:
        at_place[row.place].append(values)
    inside: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for place, found in at_place.items():
        for group in plan.groups_of(place):
            inside[group] += found
    # fsum: the same sum, to the last bit, in whatever order the store gave the rows.
    return {group: [fsum(column) for column in zip(*rows, strict=True)] for group, rows in inside.items()}


def _funnel(rows: Sequence[PersonInWeek], k: int) -> tuple[FunnelGroup, ...]:
    counted = Counter((row.place.unit, row.outcome) for row in rows if row.outcome is not None)
    found = funnel(((unit, outcome, n) for (unit, outcome), n in counted.items()), k)
    groups = [] if found.people is None else [FunnelGroup(None, None, found.people)]
    groups += [FunnelGroup(None, outcome, n) for outcome, n in found.outcomes.items()]
    for unit, inside in found.units.items():
        if inside.people is not None:
            groups.append(FunnelGroup(unit, None, inside.people))
        groups += [FunnelGroup(unit, outcome, n) for outcome, n in inside.outcomes.items()]
    return tuple(groups)

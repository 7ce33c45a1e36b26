"""Another score model over stored releases, side by side with the one in force (docs/scoring.md 12).

Weights, shares, bands and the curves of rates come after a release, so their effect is exact. The curve of a
gauge is read before it, day by day: there the mean of the bounds of every sum is taken, and how far the score
may be off is told. The spread of persons within groups stays as it was released.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from server.privacy.records import GaugeSum, Release, SentimentPeriod
from server.privacy.window_sums import EarlierNames
from server.privacy.windows import Block, Window, score_window
from server.scoring.dex import Dex
from server.scoring.other_curves import bounds_under
from server.scoring.parameters import GAUGES, IN_FORCE, Model
from server.scoring.places import Places, shared_places
from server.scoring.sensitivity import rank_ranges

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Moved:
    """A group under both models: `points` by signal add up to the change of DEX.

    `doubt`: half the width of what the new score may be, because of gauges with another curve. Places are
    among groups of the same kind.
    """

    group: str
    before: Dex
    after: Dex
    points: Mapping[str, float]
    doubt: float
    places_before: Places
    places_after: Places

    @property
    def change(self) -> float:
        return self.after.value - self.before.value

    @property
    def certainly_moves(self) -> bool:
        """Whether no place of before is still possible."""
        (best, worst), (new_best, new_worst) = self.places_before, self.places_after
        return new_best > worst or new_worst < best


@dataclass(frozen=True)
class WhatIf:
    """A week under both models.

    `lost`, `won`: groups that would no longer, or now, have a score. `by_weights`: places of each team under
    the new one, while each of its weights in turn moves by a quarter.
    """

    week: str
    model: Model
    moved: Sequence[Moved]
    lost: Sequence[str]
    won: Sequence[str]
    by_weights: Mapping[str, Places]


def what_if(
    releases: Sequence[Release], periods: Sequence[SentimentPeriod], names: EarlierNames, model: Model
) -> WhatIf:
    """The week of the last release under the model in force and under another, largest changes first."""

    def window(choose: Callable[[Bounds], float]) -> Window:
        return score_window([under_curves(r, model, choose) for r in releases], periods, names, model)

    old, new = score_window(releases, periods, names), window(midway)
    ends = (window(min), window(max)) if other_gauges(model) else (new, new)
    before, after = _scored(old), _scored(new)
    places_before, places_after = _places(before), _places(after)
    moved = [
        Moved(
            group=group,
            before=before[group],
            after=after[group],
            points=_points(old.blocks[group], new.blocks[group]),
            doubt=_doubt([end.blocks[group] for end in ends]),
            places_before=places_before[group],
            places_after=places_after[group],
        )
        for group in before
        if group in after
    ]
    return WhatIf(
        week=old.week,
        model=model,
        moved=sorted(moved, key=lambda m: (-abs(m.change), m.group)),
        lost=sorted(before.keys() - after.keys()),
        won=sorted(after.keys() - before.keys()),
        by_weights=rank_ranges(
            {b.group: b.technology for b in new.blocks.values() if b.kind == "team" and b.technology}
        ),
    )


def other_gauges(model: Model) -> list[str]:
    """Gauges on which this model has another curve than that in force."""
    return [s for s in GAUGES if model.signals[s].curve.anchors != IN_FORCE.signals[s].curve.anchors]


def midway(bounds: Bounds) -> float:
    return sum(bounds) / 2


def under_curves(release: Release, model: Model, choose: Callable[[Bounds], float]) -> Release:
    """A release as it may have been under the model's curves of gauges: one of the bounds, or between."""
    gauges = dict(release.gauges)
    for signal in other_gauges(model):
        old, new = IN_FORCE.signals[signal].curve, model.signals[signal].curve
        gauges[signal] = {
            group: GaugeSum(found.n, found.n * choose(bounds_under(found.x / found.n, old, new)))
            for group, found in release.gauges.get(signal, {}).items()
        }
    return replace(release, gauges=gauges)


def _scored(window: Window) -> dict[str, Dex]:
    """Measured groups only: what is estimated from totals follows from them."""
    return {group: block.dex for group, block in window.blocks.items() if block.dex and block.technology}


def _places(scores: Mapping[str, Dex]) -> dict[str, Places]:
    kinds: dict[str, dict[str, Bounds]] = defaultdict(dict)
    for group, dex in scores.items():
        kinds[group.split(":", 1)[0]][group] = (dex.low, dex.high)
    return {group: place for alike in kinds.values() for group, place in shared_places(alike).items()}


def _points(old: Block, new: Block) -> dict[str, float]:
    signals = old.points_lost.keys() | new.points_lost.keys()
    return {s: old.points_lost.get(s, 0.0) - new.points_lost.get(s, 0.0) for s in sorted(signals)}


def _doubt(ends: Sequence[Block]) -> float:
    values = [end.dex.value for end in ends if end.dex]
    return (max(values) - min(values)) / 2 if values else 0.0

"""Another score model over stored releases, side by side with the one in force (docs/scoring.md 12).

Weights, shares, bands and the curves of rates come after a release, so their effect is exact. The curve of a
gauge is read before it, day by day: there the mean of the bounds of every sum is taken, and how far the score
may be off is told. The spread of persons within groups stays as it was released.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from server.privacy.model_curves import Bounds, midway, under_curves
from server.privacy.records import Release, SentimentPeriod
from server.privacy.window_sums import EarlierNames
from server.privacy.windows import Block, Window, score_window
from server.scoring.dex import Dex
from server.scoring.parameters import BUILT_IN, Model, Models
from server.scoring.places import Places, shared_places
from server.scoring.sensitivity import rank_ranges


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
    """A week under both models: that of the week, `then`, and the other.

    `lost`, `won`: groups that would no longer, or now, have a score. `by_weights`: places of each team under
    the new one, while each of its weights in turn moves by a quarter.
    """

    week: str
    then: Model
    model: Model
    moved: Sequence[Moved]
    lost: Sequence[str]
    won: Sequence[str]
    by_weights: Mapping[str, Places]


def what_if(
    releases: Sequence[Release],
    periods: Sequence[SentimentPeriod],
    names: EarlierNames,
    model: Model,
    models: Models = BUILT_IN,
) -> WhatIf:
    """The week of the last release under its own model and under another, largest changes first."""
    known = {**models, model.name: model}

    def window(choose: Callable[[Bounds], float]) -> Window:
        return score_window([under_curves(model, r, models, choose) for r in releases], periods, names, known)

    old, new = score_window(releases, periods, names, models), window(midway)
    inexact = any(model.gauges_read_otherwise(models[release.model]) for release in releases)
    ends = (window(min), window(max)) if inexact else (new, new)
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
        then=old.model,
        model=model,
        moved=sorted(moved, key=lambda m: (-abs(m.change), m.group)),
        lost=sorted(before.keys() - after.keys()),
        won=sorted(after.keys() - before.keys()),
        by_weights=rank_ranges(
            {b.group: b.technology for b in new.blocks.values() if b.kind == "team" and b.technology}
        ),
    )


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

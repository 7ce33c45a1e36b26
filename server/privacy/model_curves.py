"""Releases read by other curves (docs/scoring.md 12).

The curve of a gauge is read day by day before a release, and cannot be read again after it. So a window adds
up only what was read by the curve of its own model. What another curve would have made of a released mean is
known within bounds.
"""

from collections.abc import Callable
from dataclasses import replace

from server.privacy.records import GaugeSum, Release
from server.scoring.other_curves import bounds_under
from server.scoring.parameters import Model, Models

Bounds = tuple[float, float]


def as_read_by(model: Model, release: Release, models: Models) -> Release:
    """The release without the gauges that were read by another curve than this model has."""
    if release.model == model.name:
        return release
    others = model.gauges_read_otherwise(models[release.model])
    if not others:
        return release
    return replace(
        release,
        gauges={s: sums for s, sums in release.gauges.items() if s not in others},
        gauge_pools={s: pool for s, pool in release.gauge_pools.items() if s not in others},
    )


def under_curves(
    model: Model, release: Release, models: Models, choose: Callable[[Bounds], float]
) -> Release:
    """A release as it may have been under the model: of each gauge with another curve one of the bounds, or
    between. The spread within groups stays as it was released."""
    read_by = models[release.model]
    gauges = dict(release.gauges)
    for signal in model.gauges_read_otherwise(read_by):
        old, new = read_by.signals[signal].curve, model.signals[signal].curve
        gauges[signal] = {
            group: GaugeSum(found.n, found.n * choose(bounds_under(found.x / found.n, old, new)))
            for group, found in release.gauges.get(signal, {}).items()
        }
    return replace(release, gauges=gauges, model=model.name)


def midway(bounds: Bounds) -> float:
    return sum(bounds) / 2

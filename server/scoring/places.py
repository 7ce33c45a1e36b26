"""Places in a ranking, as far as intervals tell them apart (docs/scoring.md 12)."""

from collections.abc import Mapping

Interval = tuple[float, float]
Places = tuple[int, int]
"""Best and worst place, 1 is best."""


def shared_places(intervals: Mapping[str, Interval]) -> dict[str, Places]:
    """Of each group: only a group whose whole interval is above another's is certainly before it."""
    return {
        group: (
            1 + sum(other_low > high for other_low, _ in intervals.values()),
            len(intervals) - sum(other_high < low for _, other_high in intervals.values()),
        )
        for group, (low, high) in intervals.items()
    }

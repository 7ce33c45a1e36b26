"""What a mean of scores would have been under another curve, of which it can only be said between what bounds
it lies: a release holds the mean of the scores, not the values that were read on the curve day by day."""

from itertools import product

from server.scoring.curves import Curve
from server.scoring.variance import held


def bounds_under(mean: float, old: Curve, new: Curve) -> tuple[float, float]:
    """Least and greatest mean score under `new`, whatever days had this mean score under `old`.

    A day's two scores are a point on a path whose corners are the anchors of both curves; the mean of days is
    in the convex hull of the path, and may be anywhere in it.
    """
    mean = held(mean)  # a sum of scores may be off in its last digit
    values = sorted({value for value, _ in (*old.anchors, *new.anchors)})
    corners = [(old(value), new(value)) for value in values]
    reached = [
        y0 + (y1 - y0) * ((mean - x0) / (x1 - x0) if x1 > x0 else 0.0)
        for (x0, y0), (x1, y1) in product(corners, corners)
        if x0 <= mean <= x1
    ]
    return min(reached), max(reached)

"""From a measured value to a score of 0..100 (docs/scoring.md 3)."""

from bisect import bisect_right


class Curve:
    """Anchors (value, score) with the values rising; linear between them, flat outside."""

    def __init__(self, *anchors: tuple[float, float]) -> None:
        self.anchors = anchors
        self._values = [value for value, _ in anchors]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Curve) and self.anchors == other.anchors

    def __hash__(self) -> int:
        return hash(self.anchors)

    def __call__(self, value: float) -> float:
        after = bisect_right(self._values, value)
        if after == 0:
            return float(self.anchors[0][1])
        if after == len(self.anchors):
            return float(self.anchors[-1][1])
        (x0, y0), (x1, y1) = self.anchors[after - 1], self.anchors[after]
        return y0 + (y1 - y0) * (value - x0) / (x1 - x0)

    def value_at(self, score: float) -> float:
        """The value that scores this, for curves that rise or fall all the way; past an end, the end."""
        rising = sorted((points, value) for value, points in self.anchors)
        return float(Curve(*rising)(score))

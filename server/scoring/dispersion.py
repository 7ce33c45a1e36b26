"""How much more events vary between person-weeks than chance alone would make them (docs/scoring.md 6.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

from server.scoring.parameters import DISPERSION_MOST


@dataclass(frozen=True)
class EventSums:
    """Sums over person-weeks of 1, events y, hours e, and y*y/e: all that dispersion needs of single rows."""

    n: int = 0
    y: float = 0.0
    e: float = 0.0
    yye: float = 0.0

    def __add__(self, other: "EventSums") -> "EventSums":
        return EventSums(self.n + other.n, self.y + other.y, self.e + other.e, self.yye + other.yye)


def sums_of(rows: Iterable[tuple[float, float]]) -> EventSums:
    """The sums of rows (y, e); every e is above 0."""
    rows = list(rows)
    return EventSums(
        len(rows), fsum(y for y, _ in rows), fsum(e for _, e in rows), fsum(y * y / e for y, e in rows)
    )


def dispersion(sums: EventSums, most: float | None = DISPERSION_MOST) -> float:
    """phi, held in 1..`most` (None: no ceiling); 1 where nothing can be told."""
    if sums.n < 2 or sums.y == 0:
        return 1.0
    lam = sums.y / sums.e
    phi = (sums.yye / lam - 2 * sums.y + lam * sums.e) / (sums.n - 1)
    return max(1.0, phi if most is None else min(phi, most))

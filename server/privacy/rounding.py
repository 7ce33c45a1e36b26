"""How far numbers are rounded before they are shown (docs/scoring.md 9)."""

from math import floor, log10

COVERAGE_STEP = 10


def one(value: float) -> float:
    """With one decimal, halves up."""
    return floor(10 * value + 0.5) / 10


def two_digits(value: float) -> float:
    """With two digits that count."""
    return round(value, 1 - floor(log10(abs(value)))) if value else 0.0


def in_steps(share: float) -> int:
    """A share in percent, to the nearest step."""
    return COVERAGE_STEP * floor(100 * share / COVERAGE_STEP + 0.5)

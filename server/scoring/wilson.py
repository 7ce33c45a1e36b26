"""The interval of a share by Wilson (1927), which holds for few people and for shares of 0 and 1 too."""

from math import sqrt

from server.scoring.parameters import Z


def wilson(y: int, n: int) -> tuple[float, float]:
    """The 95 % interval of y out of n; n above 0."""
    share, z2 = y / n, Z * Z
    middle = share + z2 / (2 * n)
    half = Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z2 / n)), min(1.0, (middle + half) / (1 + z2 / n))

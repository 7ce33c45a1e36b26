"""How large a group is, said roughly enough that nobody can count heads (docs/scoring.md 9.2)."""

from itertools import pairwise
from math import floor

_LOWER_ENDS = (5, 10, 20, 50, 100, 250, 1000)
BELOW = "below 5"


def size_class(n: float) -> str:
    """`5-9` ... `1000+` of the floor of a mean number of persons."""
    whole = floor(n)
    for lower, following in pairwise(_LOWER_ENDS):
        if lower <= whole < following:
            return f"{lower}-{following - 1}"
    return f"{_LOWER_ENDS[-1]}+" if whole >= _LOWER_ENDS[-1] else BELOW


def lower_end(n: float) -> int:
    """The smallest number of the class: what pages multiply with, so that no exact number comes out."""
    return max((lower for lower in _LOWER_ENDS if lower <= floor(n)), default=0)


def lower_end_of(size: str) -> int:
    """The same of a class as it is written; 0 of none."""
    return next((lower for lower in _LOWER_ENDS if size.startswith((f"{lower}-", f"{lower}+"))), 0)

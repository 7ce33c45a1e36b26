"""What goes wrong with laptops and on their way, by chance that follows from the seed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType

OFFLINE_DAYS_MOST = 5
CLOCK_OFF = (1, -1, 1, -1, 400, -400)
"""Days that a wrong clock is ahead. One day either way is believed; an empty battery's year is refused."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Shares between 0 and 1."""

    lost_answers: float = 0.0
    """Of batches: the collector's first answer never arrives."""
    duplicates: float = 0.0
    """Of batches: sent again after the answer, as by a laptop that was switched off at that moment."""
    reordered: float = 0.0
    """Of rounds: what waits leaves in another order."""
    offline: float = 0.0
    """Of laptops: some days without a network in the middle of the run."""
    wrong_clock: float = 0.0
    """Of laptops: one day under a wrong date."""
    copies: float = 0.0
    """Of laptops: their disk was copied to another one before the run."""
    bursts: float = 0.0
    """Of laptops: an application crashes over and over on the day of its update."""


PROFILES: Mapping[str, Trouble] = MappingProxyType(
    {
        "none": Trouble(),
        "usual": Trouble(
            lost_answers=0.02,
            duplicates=0.02,
            reordered=0.05,
            offline=0.10,
            wrong_clock=0.02,
            copies=0.01,
            bursts=0.10,
        ),
        "rough": Trouble(
            lost_answers=0.15,
            duplicates=0.15,
            reordered=0.5,
            offline=0.5,
            wrong_clock=0.3,
            copies=0.2,
            bursts=0.5,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What befalls one laptop in the run. Days are numbered from 0."""

    copied: bool = False
    bursts: bool = False
    offline: range = range(0)
    clock_on: int | None = None
    """The day with the wrong date."""
    clock_days: int = 0


@dataclass(frozen=True, slots=True)
class Luck:
    """What befalls one batch on its way."""

    lost_answer: bool
    twice: bool


def fate_of(trouble: Trouble, seed: int, number: int, days: int) -> Fate:
    """The same for the same laptop, however many others there are."""
    random = Random(f"fate {seed} {number}")
    copied, bursts = random.random() < trouble.copies, random.random() < trouble.bursts
    away, off = random.random() < trouble.offline, random.random() < trouble.wrong_clock
    first = random.randrange(days)
    clock_on, clock_days = random.randrange(days), random.choice(CLOCK_OFF)
    return Fate(
        copied,
        bursts,
        range(first, min(days, first + random.randint(1, OFFLINE_DAYS_MOST))) if away else range(0),
        clock_on if off else None,
        clock_days if off else 0,
    )


def luck_of(trouble: Trouble, who: str, seq: int) -> Luck:
    if not trouble.lost_answers and not trouble.duplicates:
        return Luck(False, False)
    random = Random(f"luck {who} {seq}")
    return Luck(random.random() < trouble.lost_answers, random.random() < trouble.duplicates)

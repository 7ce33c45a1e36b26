"""What a run is asked for, and its bounds. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from server.simulator.trouble import Trouble

MOST_DEVICES, MOST_RATE, MOST_CONNECTIONS = 100_000, 5000.0, 512
MOST_DAYS = 20
"""Days from Monday to Friday; so many lie within the days that are still taken."""
MOST_MINUTES = 120

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Plan:
    """`rate` is batches a second at most, of a returning fleet those of the laptops that were never away."""

    devices: int
    days: int
    rate: float
    seed: int
    trouble: Trouble
    today: date
    returning: bool = False
    """All but a few laptops were away on all days, and are back at once."""
    compress: float = 60.0
    """Laptops wait this many times shorter than real ones."""
    connections: int = 16
    """So many laptops speak at the same time."""
    minutes: float = 30.0
    """The run ends after this, whatever is left."""

    @cached_property
    def workdays(self) -> list[date]:
        """The last days from Monday to Friday before today, in their order."""
        found: list[date] = []
        day = self.today
        while len(found) < self.days:
            day -= _DAY
            if day.weekday() < 5:
                found.append(day)
        return found[::-1]

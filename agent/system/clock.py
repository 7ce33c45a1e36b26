"""The agent's idea of now: the laptop's clock, corrected by what the collector's Date header told.

A clock that is put forward or back while the agent runs is noticed against the time since the boot. Once
the collector's time is known, such a jump changes the correction and not the agent's time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from agent.system.system_clocks import awake_seconds, elapsed_seconds

JUMP = 5.0
"""Seconds of difference between two looks that are no mere adjustment."""
WRONG = 60.0
"""Seconds from which a clock is called wrong; below, Date's resolution and the way explain it."""
SLEPT = 5.0


@dataclass(frozen=True, slots=True)
class ClockChange:
    """What happened to the clocks since the last look, in seconds."""

    jumped: float = 0.0
    slept: float = 0.0


class Clock:
    """`offset` is added to the laptop's clock; `measured` tells whether the collector was asked."""

    def __init__(
        self,
        offset: float = 0.0,
        wall: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = elapsed_seconds,
        awake: Callable[[], float] = awake_seconds,
    ) -> None:
        self.offset = offset
        self.measured = False
        self._wall, self.elapsed, self.awake = wall, elapsed, awake
        self._last = self._read()

    def now(self) -> float:
        """Seconds since 1970, corrected."""
        return self._wall() + self.offset

    def laptop_time(self) -> float:
        """Seconds since 1970 as the laptop's clock has them; stamps of other programs are in it."""
        return self._wall()

    def _read(self) -> tuple[float, float, float]:
        return self._wall(), self.elapsed(), self.awake()

    def look(self) -> ClockChange:
        """Notice jumps and sleep since the last look, and keep corrected time steady over a jump."""
        wall, elapsed, awake = self._read()
        last_wall, last_elapsed, last_awake = self._last
        self._last = (wall, elapsed, awake)
        jumped = (wall - last_wall) - (elapsed - last_elapsed)
        slept = (elapsed - last_elapsed) - (awake - last_awake)
        if abs(jumped) < JUMP:
            jumped = 0.0
        elif self.measured:
            self.offset = significant(self.offset - jumped)
        return ClockChange(jumped, slept if slept >= SLEPT else 0.0)

    def correct(self, offset: float) -> None:
        """Take over what the sender measured."""
        self.offset, self.measured = offset, True


def significant(offset: float) -> float:
    """The offset, or 0 where it is too small to call the clock wrong."""
    return offset if abs(offset) >= WRONG else 0.0

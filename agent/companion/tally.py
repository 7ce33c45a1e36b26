"""From what the desktop told at each look to one minute's line. Pure: clocks are given.

Time between two looks is a span. It counts as active when somebody used keyboard or pointer within the
minute before its end, and the screen was not locked when it began; it belongs to the program that was in
front when it began. Over many comings and goings this adds up to the time with input in the past minute.
"""

from typing import NamedTuple

from agent.companion.message import APPS_PER_LINE, MINUTE, STALLS_PER_LINE, Hung, InFront, MinuteTold

LONGEST_SPAN = 90.0
"""A longer one was not watched: the companion was stopped, or the laptop slept."""


class Seen(NamedTuple):
    """One look. `idle_s` None: not told; `program` None: nothing in front, or not told."""

    at: float
    idle_s: float | None
    locked: bool
    program: str | None
    version: str = ""


class Tally:
    """Adds up spans until the minute is told."""

    def __init__(self, first: Seen) -> None:
        self._last = first
        self._clear()

    def _clear(self) -> None:
        self._active_s = 0.0
        self._idle_told = False
        self._apps: dict[tuple[str, str], float] = {}
        self.stalls: list[Hung] = []

    @property
    def active(self) -> bool:
        """Whether somebody was there at the last look, as far as the desktop tells."""
        return not self._last.locked and (self._last.idle_s is None or self._last.idle_s < MINUTE)

    def note(self, seen: Seen) -> None:
        """Take in one look and the span that it ends."""
        last, self._last = self._last, seen
        span = seen.at - last.at
        self._idle_told = self._idle_told or seen.idle_s is not None
        in_use = not last.locked and (seen.idle_s is None or seen.idle_s < MINUTE)
        if not 0 < span <= LONGEST_SPAN or not in_use:
            return
        self._active_s += span
        if last.program is not None:
            key = (last.program, last.version)
            self._apps[key] = self._apps.get(key, 0.0) + span

    def minute(self, number: int, front_unknown: str) -> MinuteTold:
        """The line of the minute that ends now; the next one begins.

        Looks never come to the second, so a minute may hold a little more or less than sixty of them.
        """
        scale = min(1.0, MINUTE / self._active_s) if self._active_s else 1.0
        tenths = 10 * scale  # cut, not rounded, so that parts never exceed their minute
        longest = sorted(self._apps.items(), key=lambda item: -item[1])[:APPS_PER_LINE]
        told = MinuteTold(
            number,
            int(self._active_s * tenths) / 10 if self._idle_told else None,
            front_unknown,
            tuple(InFront(name, version, int(s * tenths) / 10) for (name, version), s in longest),
            tuple(self.stalls[:STALLS_PER_LINE]),
        )
        self._clear()
        return told

"""Which windows stopped answering: pure; the desktop's sense asks them and reports what it sees.

A window is asked now and then for a sign of life. One that does not give it for 5 seconds has stalled, if it
is known to answer at all, and if this program was awake to see the silence: an answer that waited for a
companion that had itself been held up proves nothing.
"""

from typing import NamedTuple

from agent.companion.senses.sense import Front, Stall

SILENT_AFTER = 5.0  # seconds; the definition of a hang
ASK_EVERY = 10.0
GIVE_UP = 30.0  # seconds without the first answer ever: this window never answers
MOST_WINDOWS = 256


class Asked(NamedTuple):
    front: Front
    at: float  # of a clock that stands still during sleep
    began_at: float  # seconds since 1970
    silent: bool = False


class Unanswered:
    def __init__(self) -> None:
        self._asked: dict[int, Asked] = {}
        self._answers: dict[int, bool] = {}  # whether a window is known to answer; the oldest go first
        self._ended: list[Stall] = []

    def __len__(self) -> int:
        """Windows whose answer is awaited."""
        return len(self._asked)

    def __contains__(self, window: int) -> bool:
        return window in self._asked

    def may_ask(self, window: int) -> bool:
        return window not in self._asked and self._answers.get(window, True)

    def ask(self, window: int, front: Front, now: float, wall: float) -> None:
        self._asked[window] = Asked(front, now, wall)

    def answered(self, window: int, now: float) -> None:
        self._know(window, True)
        self.gone(window, now)

    def gone(self, window: int, now: float) -> None:
        """It is closed, with its program or without: what was awaited has an end."""
        asked = self._asked.pop(window, None)
        if asked and asked.silent:
            program, version, _ = asked.front
            self._ended.append(Stall(program, version, asked.began_at, now - asked.at))

    def look(self, now: float) -> list[int]:
        """To be called when all that had come is taken in. The windows that are given up."""
        mute = []
        for window, asked in list(self._asked.items()):
            known = self._answers.get(window, False)
            if known and now - asked.at >= SILENT_AFTER:
                self._asked[window] = asked._replace(silent=True)
            elif not known and now - asked.at >= GIVE_UP:
                del self._asked[window]
                self._know(window, False)
                mute.append(window)
        return mute

    def look_again_in(self, now: float) -> float | None:
        """Seconds until a silence must be looked at; None while nothing is awaited."""
        waits = [asked.at + SILENT_AFTER - now for asked in self._asked.values() if not asked.silent]
        return max(min(waits), 0.0) if waits else None

    def take(self) -> list[Stall]:
        ended, self._ended = self._ended, []
        return ended

    def _know(self, window: int, answers: bool) -> None:
        self._answers.pop(window, None)
        self._answers[window] = answers
        if len(self._answers) > MOST_WINDOWS:
            self._answers.pop(next(iter(self._answers)))

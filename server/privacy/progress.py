"""How far a release is: its parts call `progress(done, of, what)`; who asked for it decides what is seen."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

Progress = Callable[[int, int, str], None]
"""So many are done, of so many, of what: people of a week, then its signals."""

LINE_EVERY_SECONDS = 10.0

log = structlog.get_logger()


def quiet(_done: int, _of: int, _what: str) -> None:
    """Nothing is seen."""


@dataclass
class Steps:
    """Counts the parts of one piece of work. `end` where there were fewer than could be."""

    progress: Progress
    of: int
    what: str
    done: int = 0

    def step(self) -> None:
        self.done += 1
        self.progress(self.done, self.of, self.what)

    def end(self) -> None:
        if self.done < self.of:
            self.done = self.of
            self.progress(self.done, self.of, self.what)


class LoggedProgress:
    """A structured line every ten seconds; a release that is done before that is not spoken of."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told = clock()

    def __call__(self, done: int, of: int, what: str) -> None:
        if self._clock() - self._told >= LINE_EVERY_SECONDS:
            self._told = self._clock()
            log.info("release goes on", done=done, of=of, what=what)

"""How far a release is, for who waits for it: one line that is written over on a terminal, else log lines."""

import sys
import time
from collections.abc import Callable
from typing import TextIO

from server.logs import configure_logs
from server.privacy.progress import LoggedProgress, Progress, quiet

DRAWN_EVERY_SECONDS = 0.1
_ERASED = "\r\x1b[K"


def shown_progress(silent: bool) -> Progress:
    """On standard error; standard output is for what was released."""
    if silent:
        return quiet
    if sys.stderr.isatty():
        return TerminalProgress(sys.stderr)
    configure_logs()
    return LoggedProgress()


class TerminalProgress:
    """One line, gone when its work is done, so that the next one stands in its place."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out, self._clock = out, clock
        self._drawn = clock() - DRAWN_EVERY_SECONDS

    def __call__(self, done: int, of: int, what: str) -> None:
        if done < of and self._clock() - self._drawn < DRAWN_EVERY_SECONDS:
            return
        self._drawn = self._clock()
        self._out.write(_ERASED if done >= of else f"{_ERASED}{what}: {done} of {of}")
        self._out.flush()

"""Ends a service that is stuck in a look, so that its service manager starts it again.

On Linux and macOS a look that takes too long is interrupted (looks.py); a call into the system may
not let itself be. On Linux the service manager watches (service_manager.py); elsewhere this thread.
The next start knows from a note in the state folder which source was at fault, and leaves it alone for long.
"""

import _thread
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.notices import notice

STUCK_SECONDS = 60.0
CHECK_EVERY = 30.0
STUCK = 75
"""Exit code: try again (EX_TEMPFAIL of sysexits.h)."""


class Watchdog:
    """`begin` and `end` frame each look; `start` begins to watch over them."""

    def __init__(self, state: Path, end: Callable[[int], object] = os._exit) -> None:
        self._note, self._end_process = state / "stuck", end
        self._looking: tuple[str, float] | None = None

    def start(self) -> None:
        _thread.start_new_thread(self._run, ())

    def begin(self, name: str) -> None:
        self._looking = (name, time.monotonic())

    def end(self) -> None:
        self._looking = None

    def victim(self) -> str:
        """The source in which the last service was stuck; told once."""
        try:
            name = self._note.read_text("utf-8")
            self._note.unlink()
        except (OSError, UnicodeDecodeError):
            return ""
        return name

    def _run(self) -> None:
        while True:
            time.sleep(CHECK_EVERY)
            self.check()

    def check(self) -> None:
        """End the process if it is stuck."""
        looking = self._looking
        if looking is None or time.monotonic() - looking[1] < STUCK_SECONDS:
            return
        with suppress(OSError):
            self._note.touch(mode=0o600)
            self._note.write_text(looking[0], "utf-8")
        notice(f"{looking[0]}: stuck for {STUCK_SECONDS:.0f} s; the agent ends and asks to be started again.")
        self._end_process(STUCK)

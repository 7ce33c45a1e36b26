"""Sleep that a signal ends at once."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType


class SignalPipe:
    """SIGTERM and SIGINT call `on_stop`; they and the end of a child end a sleep (signal.set_wakeup_fd)."""

    def __init__(self, on_stop: Callable[[], None]) -> None:
        self._on_stop = on_stop
        self.descriptors = list(os.pipe())
        for descriptor in self.descriptors:
            os.set_blocking(descriptor, False)

    def __enter__(self) -> "SignalPipe":
        signal.set_wakeup_fd(self.descriptors[1], warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)
        if sys.platform != "win32":
            signal.signal(signal.SIGCHLD, self._wake)
        return self

    def __exit__(self, *error: object) -> None:
        signal.set_wakeup_fd(-1)
        for descriptor in self.descriptors:
            os.close(descriptor)

    def sleep(self, seconds: float) -> None:
        if sys.platform == "win32":
            time.sleep(min(seconds, 1.0))  # select knows sockets alone there
        elif select.select(self.descriptors[:1], [], [], seconds)[0]:
            os.read(self.descriptors[0], 1024)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._on_stop()

    def _wake(self, number: int, frame: FrameType | None) -> None:
        """Nothing to do: that a delivery ended is noticed in the loop."""

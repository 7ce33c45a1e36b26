"""Sleeping until a signal comes: handlers only write a byte, so nothing is interrupted half-way."""

import select
import signal
import socket
from types import FrameType, TracebackType

ENDING = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""Signals that ask a program to end."""


class Signals:
    """Catches these signals inside a `with` block of the main thread."""

    def __init__(self, *caught: signal.Signals) -> None:
        self._caught = caught
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)

    def __enter__(self) -> "Signals":
        self._old_wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, _noted) for number in self._caught}
        return self

    def wait(self, seconds: float | None = None) -> int | None:
        """The number of the next signal, at once if one came before; None when the time is over."""
        ready, _, _ = select.select([self._reader], [], [], seconds)
        return self._reader.recv(1)[0] if ready else None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_wakeup)
        self._reader.close()
        self._writer.close()


def _noted(_number: int, _frame: FrameType | None) -> None:
    """The byte on the wake-up socket says it all; without a handler the default would end the program."""

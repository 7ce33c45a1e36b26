"""Sleep that a signal ends at once."""

import select
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from types import FrameType

STOPPING = [signal.SIGTERM, signal.SIGINT]
if sys.platform == "win32":
    STOPPING.append(
        signal.SIGBREAK
    )  # what whoever keeps it as a service can send; nobody sends SIGTERM there


class SignalPipe:
    """The signals of STOPPING call `on_stop`; they and the end of a child end a sleep (signal.set_wakeup_fd).

    A pair of sockets, because on Windows neither select nor that function knows pipes.
    """

    def __init__(self, on_stop: Callable[[], None]) -> None:
        self._on_stop = on_stop
        self._waiting, self._woken = socket.socketpair()
        self._waiting.setblocking(False)
        self._woken.setblocking(False)

    @property
    def descriptors(self) -> list[int]:
        """For a child to close."""
        return [self._waiting.fileno(), self._woken.fileno()]

    def __enter__(self) -> "SignalPipe":
        signal.set_wakeup_fd(self._woken.fileno(), warn_on_full_buffer=False)
        for number in STOPPING:
            signal.signal(number, self._handle)
        if sys.platform != "win32":
            signal.signal(signal.SIGCHLD, self._wake)
        return self

    def __exit__(self, *error: object) -> None:
        signal.set_wakeup_fd(-1)
        self._waiting.close()
        self._woken.close()

    def sleep(self, seconds: float, others: Sequence[int] = (), writing: Sequence[int] = ()) -> None:
        """Until then, or until one of the `others` can be read, or one of `writing` written."""
        own = self._waiting.fileno()
        if own in select.select([own, *others], writing, [], seconds)[0]:
            self._waiting.recv(1024)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._on_stop()

    def _wake(self, number: int, frame: FrameType | None) -> None:
        """Nothing to do: that a delivery ended is noticed in the loop."""

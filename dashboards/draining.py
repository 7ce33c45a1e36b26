"""Time for proxies to notice that a collector is about to end.

Asked to end, a collector with a proxy in front says for some seconds that it is not ready, and goes on
answering meanwhile; then it ends as ever. Main gets the signal, and tells its workers by another one.
"""

import os
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from granian.server import Server

from server.web.ending import ENDING

if TYPE_CHECKING:  # main stays small
    from flask import Flask

_NEWS: int | None = getattr(signal, "SIGUSR1", None)
"""There are no such signals on Windows, where a collector ends at once."""


class Drained(Server):  # type: ignore[misc,valid-type]
    """A Granian that stays for `drain_seconds` after it was asked to end. Asked again, it does not wait."""

    drain_seconds = 0.0
    _asked = False

    def serve(self, *args: Any, **kwargs: Any) -> None:
        if _NEWS is not None:
            signal.signal(_NEWS, signal.SIG_IGN)  # a worker that is not ready yet need not know
        super().serve(*args, **kwargs)

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        hurried, self._asked = self._asked, True
        if hurried or not self.drain_seconds or _NEWS is None:
            super().signal_handler_interrupt(*args, **kwargs)
            return
        for worker in self.wrks:
            with suppress(ProcessLookupError):
                os.kill(worker.inner.pid, _NEWS)
        end = threading.Timer(self.drain_seconds, super().signal_handler_interrupt)
        end.daemon = True
        end.start()


def hear_of_the_end(app: "Flask") -> None:
    """In a worker's main thread: be not ready from the moment main says so."""
    if _NEWS is not None:
        signal.signal(_NEWS, lambda *_: app.extensions.__setitem__(ENDING, True))

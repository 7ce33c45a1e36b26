"""An end for a conversation: time-outs of a socket hold for one wait each, and a slow drip has many."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


@contextmanager
def deadline(seconds: float, socket_in_use: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the socket that is in use when the time is over: whoever waits on it finds its end.

    Raises TimeoutError in place of what that looked like.
    """
    over = threading.Event()

    def end() -> None:
        over.set()
        used = socket_in_use()
        if used is not None:
            with suppress(OSError):  # closed in between
                used.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()

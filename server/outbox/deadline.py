"""An end for a conversation: time-outs of a socket hold for one wait each, and a slow drip has many."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

AGAIN_SECONDS = 1.0
"""How often it is looked for a socket once the time is over."""


@contextmanager
def deadline(seconds: float, socket_in_use: Callable[[], socket.socket | None]) -> Iterator[None]:
    """Shut the socket that is in use when the time is over: whoever waits on it finds its end. One that comes
    into use later is shut as well.

    Raises TimeoutError in place of what that looked like.
    """
    done, over = threading.Event(), threading.Event()

    def end() -> None:
        wait = seconds
        while not done.wait(wait):
            over.set()
            used = socket_in_use()
            if used is not None:
                with suppress(OSError):  # closed in between
                    used.shutdown(socket.SHUT_RDWR)
            wait = AGAIN_SECONDS

    threading.Thread(target=end, daemon=True, name="deadline").start()
    try:
        yield
    except Exception as error:
        if over.is_set():
            raise TimeoutError from error
        raise
    finally:
        done.set()

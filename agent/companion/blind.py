"""What a companion senses where nothing can be sensed: when the session ends, and why it sees nothing.

On a Wayland desktop it holds a silent connection, which ends with the desktop.
"""

import os
import socket
from collections.abc import Mapping, Sequence

from agent.companion.senses.sense import Busy, Front, Gone, Stall


class Blind:
    """A desktop session, or a terminal, that tells nothing."""

    name = "blind"

    def __init__(self, reason: str, environ: Mapping[str, str] = os.environ) -> None:
        self._reason = reason
        self._folder = environ.get("XDG_RUNTIME_DIR", "")
        self._desktop = _silent_connection(self._folder, environ.get("WAYLAND_DISPLAY", ""))

    def fileno(self) -> int | None:
        return self._desktop.fileno() if self._desktop else None

    def take_events(self) -> None:
        """The system removes the session's folder at its end; a desktop closes the connection."""
        if self._folder and not os.path.isdir(self._folder):
            raise Gone("The session has ended.")
        if self._desktop and _has_ended(self._desktop):
            raise Gone("The desktop has ended.")

    def front(self) -> Front | None:
        return None

    def front_known(self) -> str:
        return self._reason

    def idle_s(self) -> float | None:
        return None

    def locked(self) -> bool | None:
        return None

    def busy(self) -> Busy:
        """Unknown, and so to be left alone."""
        return Busy()

    def stalls(self) -> Sequence[Stall]:
        return ()

    def look_again_in(self) -> float | None:
        return None

    def close(self) -> None:
        if self._desktop:
            self._desktop.close()


def _silent_connection(folder: str, display: str) -> socket.socket | None:
    if not display or not hasattr(socket, "AF_UNIX"):
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(os.path.join(folder, display))
    except OSError:
        connection.close()
        return None
    connection.setblocking(False)
    return connection


def _has_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(4096) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True

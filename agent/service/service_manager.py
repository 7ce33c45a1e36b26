"""What the service tells whoever started it (sd_notify(3)): that it is up, and that it is not stuck."""

import os
import socket
import sys
from collections.abc import Mapping

NOTIFY_SOCKET = "NOTIFY_SOCKET"


class ServiceManager:
    """Silent where nobody asked to be told."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get(NOTIFY_SOCKET, "")
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def up(self) -> None:
        self._say("READY=1")

    def not_stuck(self) -> None:
        """To be said more often than the unit's WatchdogSec asks for."""
        self._say("WATCHDOG=1")

    def ending(self) -> None:
        self._say("STOPPING=1")

    def _say(self, what: str) -> None:
        if not self._address or sys.platform == "win32":
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
                way.setblocking(False)
                way.sendto(what.encode(), self._address)
        except OSError:
            return  # it does not listen just now; the next time will do

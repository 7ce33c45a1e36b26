"""A connection to a server of the same session, by its address in the file system or beside it."""

import socket
import sys

if sys.platform == "win32":

    def connected(address: str, timeout: float) -> socket.socket:
        raise OSError("the servers of such sessions do not exist on Windows")

else:

    def connected(address: str, timeout: float) -> socket.socket:
        """OSError where nobody listens. Addresses that begin with a zero byte are in no folder (unix(7))."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(timeout)
        try:
            sock.connect(address)
        except OSError:
            sock.close()
            raise
        return sock

"""Senders that begin and never come to an end."""

import socket
import threading
from contextlib import closing, suppress

HEAD = b"POST /api/v1/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


class Dripper(threading.Thread):
    """Begins a long request and sends a byte of it now and then, until it is cut off."""

    def __init__(self, port: int, head: bytes) -> None:
        super().__init__(daemon=True)
        self.answer = b""
        self.cut_off = threading.Event()
        self._connection = socket.create_connection(("127.0.0.1", port))
        self._connection.sendall(head)
        self._ended = False

    def run(self) -> None:
        self._connection.settimeout(0.3)
        with closing(self._connection), suppress(ConnectionError):
            while not self._ended:
                self._connection.sendall(b" ")
                with suppress(TimeoutError):
                    received = self._connection.recv(4096)
                    self.answer += received
                    if not received:
                        break
        self.cut_off.set()

    def stop(self) -> None:
        self._ended = True
        self.join(5)

"""Counts the bytes of HTTP between an agent and its collector, headers included, TCP and TLS not."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

PIECE = 65536
DATE = re.compile(rb"^(date: )[^\r\n]*", re.I | re.M)


@dataclass(slots=True)
class Traffic:
    connections: int = 0
    requests: int = 0
    up: int = 0
    down: int = 0


class Relay:
    """Stands before a collector. The dates in its answers become as many blanks: an agent whose clocks are
    put forward must not notice.
    """

    def __init__(self, collector: str) -> None:
        parts = urlsplit(collector)
        self._collector = (parts.hostname or "", parts.port or 80)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._count = threading.Lock()
        self.traffic = Traffic()
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(self._collector)
                with self._count:
                    self.traffic.connections += 1
                for pair in ((client, server, self._up), (server, client, self._down)):
                    threading.Thread(target=_carry, args=pair, daemon=True).start()

    def _up(self, piece: bytes) -> bytes:
        with self._count:
            self.traffic.up += len(piece)
            self.traffic.requests += len(re.findall(rb"^(?:GET|POST) \S+ HTTP/1\.1\r$", piece, re.M))
        return piece

    def _down(self, piece: bytes) -> bytes:
        with self._count:
            self.traffic.down += len(piece)
        return DATE.sub(lambda found: found[1].ljust(len(found[0])), piece)


def _carry(source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]) -> None:
    with suppress(OSError):
        while piece := source.recv(PIECE):
            target.sendall(change(piece))
        target.shutdown(socket.SHUT_WR)

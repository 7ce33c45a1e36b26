"""Where the collector listens, and whether it can and does."""

import http.client
import socket
from dataclasses import dataclass
from pathlib import Path

from server.errors import UsageError


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen; with a certificate and a key, by TLS."""

    host: str = "127.0.0.1"
    port: int = 8765
    certificate: Path | None = None
    key: Path | None = None

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"


def check_port(listen: Listen) -> None:
    """UsageError when nobody can listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen.host, listen.port))
        except PermissionError:
            raise UsageError(
                f"Port {listen.port} is for the system alone; choose one above 1023 with --port."
            ) from None
        except OSError as error:
            raise UsageError(
                f"Port {listen.port} cannot be used: {error.strerror}. Choose another with --port."
            ) from None


def is_ready(listen: Listen) -> bool:
    """Whether the collector says that it would keep batches now."""
    connection = http.client.HTTPConnection(listen.host, listen.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()

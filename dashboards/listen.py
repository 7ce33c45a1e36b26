"""Where the collector listens, and whether it can and does."""

import errno
import http.client
import ipaddress
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
    def reached_at(self) -> str:
        """A host by which this machine reaches it; one that listens on all addresses is on loopback too."""
        return _LOOPBACK.get(self.host, self.host)

    @property
    def address(self) -> str:
        """As a browser on this machine opens it."""
        host = f"[{self.reached_at}]" if ":" in self.reached_at else self.reached_at
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"


_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (to be replaced, not to listen on)


def check_port(listen: Listen) -> None:
    """UsageError when nobody can listen there now."""
    try:
        version = ipaddress.ip_address(listen.host).version
    except ValueError:
        raise UsageError(
            f"--host takes an address in figures, such as 127.0.0.1 or ::1; it is “{listen.host}”."
        ) from None
    try:
        with socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((listen.host, listen.port))
            probe.listen()
    except PermissionError:
        raise UsageError(
            f"Port {listen.port} is for the system alone; choose one above 1023 with --port."
        ) from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"Port {listen.port} cannot be used: {error.strerror}. Choose another with --port."
            ) from None
        raise UsageError(f"Nobody can listen on {listen.host} here: {error.strerror}.") from None


def is_ready(listen: Listen) -> bool:
    """Whether the collector says that it would keep batches now."""
    connection = http.client.HTTPConnection(listen.reached_at, listen.port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()

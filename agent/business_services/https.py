"""What is asked of a service over HTTPS. TLS sessions are kept and resumed: a try costs few bytes that way.

Imported only where a service has an address: `ssl` costs the agent 4 MiB.
"""

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from agent.business_services.reach import Failed, limit, status_of
from agent.business_services.service import HTTPS, Service
from agent.system.trust import trusting_system
from agent.version import VERSION

WHOLE_EVERY = 4 * 3600.0
"""Seconds until a service shows its certificate again: a resumed session says nothing about it. A session is
asked for once in this time: each time costs 5 KiB that Python before 3.12.8 never gives back (gh-116810).
"""
NOT_IMPLEMENTED = 501
"""Says that a server does not know HEAD, which is an answer."""


@dataclass(frozen=True, slots=True)
class _Kept:
    session: ssl.SSLSession
    since: float
    """When the certificate was shown."""


class Https:
    """Trusts what a browser there does: the system's certificates, and those in `ca_file` beside them."""

    def __init__(self, ca_file: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._context = trusting_system(ca_file)
        self._clock = clock
        self._kept: dict[Service, _Kept] = {}

    def ask(self, connection: socket.socket, service: Service, ends: float) -> None:
        """HEAD, of which the first piece of the answer is read. Failed, TimeoutError or another OSError."""
        try:
            with self._wrap(connection, service) as secure:
                limit(secure, ends)
                secure.sendall(_request(service))
                status = status_of(secure.recv(256))
                self._remember(secure, service)
        except ssl.SSLCertVerificationError:
            raise Failed("certificate") from None
        if status is None or (status >= 500 and status != NOT_IMPLEMENTED):
            raise Failed("refused")

    def forget(self, service: Service) -> None:
        """The next try begins with the certificate."""
        self._kept.pop(service, None)

    def _wrap(self, connection: socket.socket, service: Service) -> ssl.SSLSocket:
        kept = self._kept.get(service)
        if kept is not None and self._clock() - kept.since >= WHOLE_EVERY:
            self.forget(service)
            kept = None
        session = kept.session if kept is not None else None
        name = service.host.encode("ascii")  # as bytes, which spares the tables for other alphabets
        return self._context.wrap_socket(connection, server_hostname=name, session=session)

    def _remember(self, connection: ssl.SSLSocket, service: Service) -> None:
        """Keep the session, once the first answer has come: with it TLS 1.3 sends the ticket."""
        if service in self._kept:
            return
        session = connection.session
        if session is not None and session.has_ticket:
            self._kept[service] = _Kept(session, self._clock())


def _request(service: Service) -> bytes:
    return (
        f"HEAD {service.path} HTTP/1.1\r\nHost: {service.authority.removesuffix(f':{HTTPS}')}\r\n"
        f"User-Agent: dex-agent/{VERSION}\r\nAccept: */*\r\nConnection: close\r\n\r\n"
    ).encode("ascii")

"""Business services and a proxy of a company, small and real: TLS with a certificate authority of its own."""

import base64
import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates; `file` is what a laptop must trust."""

    def __init__(self, folder: Path, name: str = "company") -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{name} authority")])
        now = datetime.datetime.now(datetime.UTC)
        self._certificate = self._sign(self._name, self._key, now - DAY, now + DAY, None)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def context(
        self, host: str = "localhost", ends_in_days: float = 1.0, lasts_days: float = 30.0
    ) -> ssl.SSLContext:
        """A server's side of TLS, with a certificate for `host`."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem(host, ends_in_days, lasts_days))
        return context

    def pem(self, host: str = "localhost", ends_in_days: float = 1.0, lasts_days: float = 30.0) -> Path:
        """A file with a new certificate for `host`, a name or an address, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        ends = datetime.datetime.now(datetime.UTC) + ends_in_days * DAY
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        certificate = self._sign(name, key, ends - lasts_days * DAY, ends, host)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = self._folder / f"{host}-{ends_in_days}.pem"
        file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        return file

    def _sign(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        begins: datetime.datetime,
        ends: datetime.datetime,
        host: str | None,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        if host is not None:
            builder = builder.add_extension(x509.SubjectAlternativeName([_named(host)]), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


class Server:
    """Accepts connections on loopback, each handled by a thread, until `close`."""

    def __init__(self, handle: Callable[[socket.socket], None]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._handle = handle
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        try:
            with connection:
                self._handle(connection)
        except OSError:
            pass  # the other side was done, or did not trust us

    def close(self) -> None:
        self._socket.close()


class WebServer(Server):
    """Answers each request with `status` after `delay` seconds, and remembers what it saw."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.status, self.delay = 200, 0.0
        self.requests: list[str] = []
        self.resumed: list[bool] = []
        super().__init__(self._talk)

    def _talk(self, connection: socket.socket) -> None:
        with self.context.wrap_socket(connection, server_side=True) as secure:
            text = read_head(secure)
            self.requests.append(text)
            self.resumed.append(bool(secure.session_reused))
            time.sleep(self.delay)
            secure.sendall(f"HTTP/1.1 {self.status} Said\r\nContent-Length: 0\r\n\r\n".encode())
            secure.recv(1)


class ProxyServer(Server):
    """An HTTP proxy that wants a name and password, if any. Counts the bytes that it passes on."""

    def __init__(self, credentials: str = "") -> None:
        self._wanted = "Basic " + base64.b64encode(credentials.encode()).decode() if credentials else ""
        self.status = 200
        self.asked: list[str] = []
        self.passed = 0
        super().__init__(self._talk)

    def _talk(self, connection: socket.socket) -> None:
        head = read_head(connection)
        first, *headers = head.splitlines()
        self.asked.append(first)
        given = next((h.partition(": ")[2] for h in headers if h.startswith("Proxy-Auth")), "")
        status = 407 if given != self._wanted else self.status
        method, target, _ = first.split()
        if method == "CONNECT" or status != 200:
            connection.sendall(f"HTTP/1.1 {status} Said\r\nX-Text: {'x' * 5000}\r\n\r\n".encode())
        if status != 200:
            return
        place = target if method == "CONNECT" else urlsplit(target).netloc
        host, _, port = place.rpartition(":")
        with socket.create_connection((host, int(port))) as other:
            if method != "CONNECT":
                other.sendall(head.encode("latin-1"))
            back = threading.Thread(target=self._pass_on, args=(other, connection))
            back.start()
            self._pass_on(connection, other)
            back.join()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while piece := one.recv(65536):
                self.passed += len(piece)
                other.sendall(piece)
        except OSError:
            pass
        for side in (one, other):
            with contextlib.suppress(OSError):  # it is closed already
                side.shutdown(socket.SHUT_RDWR)


def read_head(connection: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
        head += piece
    return head.decode("latin-1")

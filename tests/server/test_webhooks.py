"""Webhooks: signed as receivers check it, and never to where only this machine reaches."""

import base64
import hashlib
import hmac
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from service_servers import Authority

from server.errors import UsageError
from server.outbox import webhook
from server.outbox.trouble import NotSent, Trouble
from server.outbox.webhook import Call, WebhookDoor, check_url, networks, signature

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECRET = bytes(range(32))
HERE = networks("127.0.0.0/8, ::1/128")


class Receiver:
    """A real HTTP server that keeps what came and answers as a test wants."""

    def __init__(self, folder: Path | None = None, authority: Authority | None = None) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.more: dict[str, str] = {}
        self.drip = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.calls.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                while receiver.drip:
                    self.wfile.write(b"H")
                    time.sleep(0.05)
                self.send_response(receiver.status)
                for name, value in receiver.more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if authority is not None:
            self._server.socket = authority.context().wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # callers hang up on purpose here
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.drip = False
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def call(url: str, allowed=HERE) -> None:
    body = {"type": "notice.release_out", "data": {"week": "2026-W10", "name": "Zürich"}}
    WebhookDoor(allowed).send(Call(UUID(int=7), url, body, SECRET), NOW)


def trouble(url: str, allowed=HERE) -> NotSent:
    with pytest.raises(NotSent) as raised:
        call(url, allowed)
    return raised.value


def test_it_is_signed_as_the_standard_asks(receiver):
    call(f"http://127.0.0.1:{receiver.port}/hook?team=it")
    ((path, headers, body),) = receiver.calls
    assert path == "/hook?team=it"
    assert json.loads(body)["data"]["name"] == "Zürich"
    assert headers["webhook-id"] == str(UUID(int=7))
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def test_the_signature_of_the_standards_own_example():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    said = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_by_tls_to_a_receiver_we_trust_and_to_no_other(tmp_path, monkeypatch):
    authority = Authority(tmp_path)
    receiver = Receiver(authority=authority)
    url = f"https://localhost:{receiver.port}/"
    assert trouble(url).trouble == Trouble.TLS
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    call(url)
    assert trouble(f"https://127.0.0.1:{receiver.port}/").trouble == Trouble.TLS, "the name counts"
    receiver.close()
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    ("status", "word", "final"),
    [
        (500, Trouble.NOT_NOW, False),
        (404, Trouble.NOT_NOW, False),
        (302, Trouble.NOT_NOW, False),
        (410, Trouble.REFUSED, True),
    ],
)
def test_answers_that_are_no_success(receiver, status, word, final):
    other = Receiver()
    receiver.status, receiver.more = status, {"Location": f"http://127.0.0.1:{other.port}/"}
    failed = trouble(f"http://127.0.0.1:{receiver.port}/")
    assert (failed.trouble, failed.final, failed.door_shut) == (word, final, False)
    assert other.calls == [], "a redirect is not followed"
    other.close()


def test_an_answer_in_drips_has_an_end(receiver, monkeypatch):
    receiver.drip = True
    monkeypatch.setattr(webhook, "CALL_SECONDS", 0.4)
    assert trouble(f"http://127.0.0.1:{receiver.port}/").trouble == Trouble.TOO_SLOW


def test_a_name_with_many_addresses_that_do_not_answer_has_an_end(monkeypatch):
    connected, looked_up, tried = socket.create_connection, socket.getaddrinfo, []

    def look_up(host: str, *args: object, **more: object) -> object:
        many = host == "many.example.org"
        return [(2, 1, 6, "", address)] * 200 if many else looked_up(host, *args, **more)

    def connect(*args: object) -> socket.socket:
        tried.append(args)
        return connected(*args)

    monkeypatch.setattr(webhook, "CALL_SECONDS", 0.1)
    monkeypatch.setattr(webhook, "CONNECT_SECONDS", 0.01)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = silent.getsockname()
        for _ in range(3):  # whoever comes beyond its backlog is not answered
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        monkeypatch.setattr(socket, "create_connection", connect)
        assert trouble(f"https://many.example.org:{address[1]}/").trouble == Trouble.TOO_SLOW
    assert 0 < len(tried) < 200


@pytest.mark.parametrize("host", ["a..example.org", "a" * 64 + ".example.org"])
def test_a_name_that_nobody_can_have(host):
    assert trouble(f"https://{host}/").trouble == Trouble.UNREACHABLE


def test_nobody_there():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert trouble(f"http://127.0.0.1:{port}/").trouble == Trouble.UNREACHABLE


PRIVATE = (
    "https://127.0.0.1/",
    "https://localhost/",
    "https://10.1.2.3/",
    "https://192.168.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[2002:0a00:0001::]/",
    "https://[64:ff9b::a00:1]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://100.64.0.1/",
    "https://2130706433/",
    "https://0x7f.1/",
)


@pytest.mark.parametrize("url", PRIVATE)
def test_private_addresses_are_not_called(url, monkeypatch):
    called: list[object] = []
    monkeypatch.setattr(socket, "create_connection", lambda *a, **_: called.append(a))
    assert trouble(url, allowed=()).trouble == Trouble.NOT_ALLOWED
    assert called == []


def test_a_name_with_one_private_address_among_public_ones_is_not_called(monkeypatch):
    def both(*_a: object, **_k: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    monkeypatch.setattr(socket, "create_connection", lambda *_a, **_k: pytest.fail("it was called"))
    assert trouble("https://rebinding.example.org/", allowed=()).trouble == Trouble.NOT_ALLOWED


def test_the_name_is_looked_up_once_so_that_a_second_answer_changes_nothing(receiver, monkeypatch):
    real, asked = socket.getaddrinfo, []

    def once(host: str, *a: object, **k: object) -> object:
        if host == "localhost":
            asked.append(host)
        return real("127.0.0.1" if host == "localhost" else host, *a, **k)

    monkeypatch.setattr(socket, "getaddrinfo", once)
    call(f"http://localhost:{receiver.port}/")
    assert asked == ["localhost"]
    assert receiver.calls[0][1]["host"] == f"localhost:{receiver.port}"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https:///path",
        "https://me:secret@example.org/",
        "https://example.org:port/",
        "https://example.org/a b",
        "https://example.org/\r\nX: y",
        "https://bücher.example/",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_addresses_that_no_webhook_has(url):
    with pytest.raises(UsageError):
        check_url(url)


def test_networks_are_read_strictly():
    assert networks("10.0.0.0/8") == [ipaddress.ip_network("10.0.0.0/8")]
    assert networks("") == []
    with pytest.raises(UsageError):
        networks("10.0.0.0/8, here")

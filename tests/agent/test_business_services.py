"""One try of a business service against real servers: what counts as an answer, and why there is none."""

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pg_server import free_port
from service_servers import Authority, ProxyServer, Server, WebServer

from agent.business_services import check as checking
from agent.business_services import reach
from agent.business_services.check import check
from agent.business_services.https import WHOLE_EVERY, Https
from agent.business_services.reach import Proxy
from agent.business_services.service import MOST, Service, services_of
from agent.system import trust
from agent.system.addresses import Address, resolve

Start = Callable[[Server], Server]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("company"))


@pytest.fixture
def start() -> Iterator[Start]:
    begun: list[Server] = []

    def start(server: Server) -> Server:
        begun.append(server)
        return server

    yield start
    for server in begun:
        server.close()


@pytest.fixture
def web(company: Authority, start: Start) -> WebServer:
    return start(WebServer(company.context()))


@pytest.fixture
def https(company: Authority) -> Https:
    return Https(str(company.file))


def address_at(port: int) -> list[Address]:
    return [Address(socket.AF_INET, ("127.0.0.1", port))]


def intranet(port: int, path: str = "/health") -> Service:
    return Service("Intranet", "localhost", port, path)


def cause(port: int, https: Https, path: str = "/health") -> str:
    return check(intranet(port, path), address_at(port), None, https).cause


def test_a_service_that_answers_tells_how_fast(web: WebServer, https: Https) -> None:
    web.delay = 0.05
    found = check(intranet(web.port), address_at(web.port), None, https)
    assert (found.service, found.cause) == ("Intranet", "")
    assert 50 <= found.first_byte_ms < 2000


def test_what_is_asked_says_nothing_about_a_person(web: WebServer, https: Https) -> None:
    check(intranet(web.port, "/health?x=1"), address_at(web.port), None, https)
    first, *headers = web.requests[0].splitlines()
    assert first == "HEAD /health?x=1 HTTP/1.1"
    names = {header.partition(":")[0] for header in headers if header}
    assert names == {"Host", "User-Agent", "Accept", "Connection"}


def test_any_port_can_be_tried_without_tls(start: Start, https: Https) -> None:
    silent = start(Server(lambda connection: connection.recv(1)))
    found = check(Service("Mail", "localhost", silent.port), address_at(silent.port), None, None)
    assert found.cause == ""
    assert found.first_byte_ms < 1000


@pytest.mark.parametrize("status", [204, 302, 401, 403, 404, 405, 501])
def test_a_server_that_says_no_has_answered(web: WebServer, https: Https, status: int) -> None:
    """It wants a sign-in, or does not know this page or this kind of question: it is at work."""
    web.status = status
    assert cause(web.port, https) == ""


@pytest.mark.parametrize("status", [500, 502, 503, 511])
def test_a_server_that_cannot_serve_refuses(web: WebServer, https: Https, status: int) -> None:
    web.status = status
    assert cause(web.port, https) == "refused"


def test_a_name_nobody_knows(https: Https) -> None:
    assert check(intranet(443), [], None, https).cause == "name"


def test_a_closed_port_refuses(https: Https) -> None:
    assert cause(free_port(), https) == "refused"


def test_no_connection_in_time_means_no_route(https: Https, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "CONNECT_SECONDS", 0.2)
    with socket.socket() as full:  # a queue of one that is taken: the next one waits
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            assert cause(port, https) == "route"


def test_an_address_outside_all_networks_has_no_route(https: Https) -> None:
    nowhere = [Address(socket.AF_INET, ("255.255.255.255", 443))]
    assert check(intranet(443), nowhere, None, https).cause == "route"


def test_the_address_that_answers_is_taken(web: WebServer, https: Https) -> None:
    dead = [Address(socket.AF_INET6, ("::1", free_port(), 0, 0)), *address_at(free_port())]
    assert check(intranet(web.port), dead + address_at(web.port), None, https).cause == ""


def test_an_answer_after_the_deadline_is_slow(
    web: WebServer, https: Https, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "DEADLINE", 0.3)
    web.delay = 2.0
    began = time.monotonic()
    assert cause(web.port, https) == "slow"
    assert time.monotonic() - began < 1.0


def test_a_server_that_is_silent_in_the_handshake_is_slow(
    start: Start, https: Https, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "DEADLINE", 0.3)
    silent = start(Server(lambda connection: time.sleep(2)))
    assert cause(silent.port, https) == "slow"


@pytest.mark.parametrize(
    ("host", "days"), [("other.example", 1.0), ("localhost", -1.0)], ids=["wrong name", "expired"]
)
def test_a_certificate_that_does_not_hold(
    company: Authority, start: Start, https: Https, host: str, days: float
) -> None:
    assert cause(start(WebServer(company.context(host, days))).port, https) == "certificate"


def test_a_certificate_of_an_unknown_authority(start: Start, https: Https, tmp_path: Path) -> None:
    """So does a sign-in page of a Wi-Fi look that answers in the service's place."""
    stranger = Authority(tmp_path, "stranger")
    assert cause(start(WebServer(stranger.context())).port, https) == "certificate"


def test_the_systems_authorities_are_trusted_beside_the_configured_ones(
    company: Authority, start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The collector may have a certificate of the company's own, and services those of the public."""
    configured = Authority(tmp_path, "configured")
    for name in trust.NAMED_BY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(trust, "FOLDERS", ())
    monkeypatch.setattr(trust, "FILES", (str(company.file),))
    https = Https(str(configured.file))
    assert cause(start(WebServer(company.context())).port, https) == ""
    assert cause(start(WebServer(configured.context())).port, https) == ""


def test_certificates_by_their_hash_are_read_one_by_one(
    company: Authority, web: WebServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Debian, Fedora and SUSE keep them: a whole bundle would cost memory."""
    known = subprocess.run(
        ["openssl", "x509", "-noout", "-hash", "-in", company.file],
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / f"{known.stdout.strip()}.0").write_bytes(company.file.read_bytes())
    for name in trust.NAMED_BY:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(trust, "FOLDERS", ("/nonexistent", str(tmp_path)))
    assert cause(web.port, Https()) == ""


@pytest.mark.parametrize("says", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_whoever_hangs_up_or_speaks_no_tls_refuses(start: Start, https: Https, says: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(says)

    assert cause(start(Server(talk)).port, https) == "refused"


# The proxy


def through(proxy: ProxyServer, web: WebServer, https: Https, credentials: str = "") -> str:
    known = f"{credentials}@" if credentials else ""
    leads = Proxy.of(f"http://{known}127.0.0.1:{proxy.port}")
    return check(intranet(web.port), address_at(proxy.port), leads, https).cause


def test_a_proxy_is_asked_for_a_tunnel_with_name_and_password(
    web: WebServer, https: Https, start: Start
) -> None:
    proxy = start(ProxyServer("anna:s3cr:t/"))
    assert through(proxy, web, https, "anna:s3cr%3At%2F") == ""
    assert proxy.asked == [f"CONNECT localhost:{web.port} HTTP/1.1"]
    assert len(web.requests) == 1
    assert "Proxy-Authorization" not in web.requests[0]


@pytest.mark.parametrize(
    ("status", "found"), [(403, "refused"), (502, "route"), (503, "route"), (504, "route")]
)
def test_what_a_proxy_says_of_the_way(
    web: WebServer, https: Https, start: Start, status: int, found: str
) -> None:
    proxy = start(ProxyServer())
    proxy.status = status
    assert through(proxy, web, https) == found


def test_a_proxy_that_wants_a_password_refuses(web: WebServer, https: Https, start: Start) -> None:
    assert through(start(ProxyServer("anna:secret")), web, https) == "refused"


def test_a_proxy_that_drips_its_answer_is_slow(
    web: WebServer, https: Https, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "DEADLINE", 0.4)

    def drip(connection: socket.socket) -> None:
        for _ in range(30):
            connection.sendall(b"H")
            time.sleep(0.1)

    proxy = start(Server(drip))
    began = time.monotonic()
    assert through(proxy, web, https) == "slow"
    assert time.monotonic() - began < 1.5


@pytest.mark.parametrize(
    "address", ["socks5://127.0.0.1:1080", "https://proxy.example", "http://", "http://a:b"]
)
def test_a_kind_of_proxy_that_cannot_be_used(address: str) -> None:
    assert Proxy.of(address) is None


# What it costs


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_sessions_are_resumed(web: WebServer, https: Https, version: ssl.TLSVersion) -> None:
    web.context.minimum_version = web.context.maximum_version = version
    assert [cause(web.port, https) for _ in range(4)] == [""] * 4
    assert web.resumed == [False, True, True, True]


def test_a_session_is_asked_for_once(web: WebServer, https: Https) -> None:
    """Python before 3.12.8 never gives back what each asking costs (gh-116810)."""
    service = intranet(web.port)
    kept = set()
    for _ in range(4):
        assert check(service, address_at(web.port), None, https).cause == ""
        kept.add(id(https._kept[service]))
    assert len(kept) == 1


def test_a_certificate_is_looked_at_again_after_some_hours(company: Authority, web: WebServer) -> None:
    now = [0.0]
    https = Https(str(company.file), lambda: now[0])
    for hours in (0, 1, 3.9, 4.1, 5):
        now[0] = hours * 3600
        assert cause(web.port, https) == ""
    assert WHOLE_EVERY == 4 * 3600
    assert web.resumed == [False, True, True, False, True]


def test_after_a_failure_the_certificate_is_looked_at(web: WebServer, https: Https) -> None:
    assert cause(web.port, https) == ""
    web.status = 503
    assert cause(web.port, https) == "refused"
    web.status = 200
    assert cause(web.port, https) == ""
    assert web.resumed == [False, True, False]


def test_bytes_on_the_wire_of_a_working_day(web: WebServer, https: Https, start: Start) -> None:
    """Ten services, eight hours of work; ten packets of 52 bytes and two longer ones carry no content."""
    proxy = start(ProxyServer())
    whole, resumed = 0, 0
    for number in range(5):
        before = proxy.passed
        assert through(proxy, web, https) == ""
        time.sleep(0.1)  # for what is still under way
        resumed = proxy.passed - before
        whole = resumed if number == 0 else whole
    packets = 10 * 52 + 40
    day = 10 * (2 * (whole + packets) + 30 * (resumed + packets))
    assert web.resumed == [False, True, True, True, True]
    assert resumed < 2000 < 2 * whole
    assert day < 900_000


# What a policy lists


def test_services_of_a_policy() -> None:
    assert services_of(
        [
            {"name": "Intranet", "url": "https://intranet.example.org/health?deep=1"},
            {"name": "Wiki", "url": "https://WIKI.example.org:8443"},
            {"name": "Mail", "host": "mail.example.org", "port": 993},
            {"name": "Bücher", "url": "https://bücher.example/"},
        ]
    ) == (
        Service("Intranet", "intranet.example.org", 443, "/health?deep=1"),
        Service("Wiki", "wiki.example.org", 8443, "/"),
        Service("Mail", "mail.example.org", 993),
        Service("Bücher", "xn--bcher-kva.example", 443, "/"),
    )


@pytest.mark.parametrize(
    "row",
    [
        {},
        "intranet",
        {"name": "", "url": "https://a.example"},
        {"name": "A", "url": "http://a.example"},
        {"name": "A", "url": "https://user:pw@a.example"},
        {"name": "A", "url": "https://a.example:port/"},
        {"name": "A", "url": "https://a.example/x y"},
        {"name": "A", "url": "https://[a.example"},
        {"name": "A", "host": "a.example", "port": 0},
        {"name": "A", "host": "a.example", "port": "443"},
        {"name": "A", "host": "a.example\r\nX: y", "port": 443},
        {"name": "A", "host": "a" * 300, "port": 443},
    ],
)
def test_an_entry_that_cannot_be_read_is_left_out(row: object) -> None:
    good = {"name": "Mail", "host": "mail.example.org", "port": 993}
    assert services_of([row, good]) == (Service("Mail", "mail.example.org", 993),)


def test_at_most_ten_are_tried_and_each_name_once() -> None:
    rows = [{"name": f"S{n}", "host": "a.example", "port": n + 1} for n in range(12)]
    assert [s.name for s in services_of([rows[0], *rows])] == [f"S{n}" for n in range(MOST)]
    assert services_of(None) == services_of({"name": "S"}) == ()


def test_addresses_come_from_the_systems_own_names() -> None:
    assert Address(socket.AF_INET, ("127.0.0.1", 80)) in resolve("localhost", 80)

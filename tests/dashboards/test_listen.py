"""Where the collector listens: over IPv4, over IPv6, and over both."""

import socket
import sys
from pathlib import Path

import pg_server
import pytest
import requests
from collector_process import Collector

from dashboards.listen import Listen, check_port, is_ready
from server.errors import UsageError


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "0.0.0.0", "::"])
def test_a_free_port_may_be_used(host: str) -> None:
    check_port(Listen(host, pg_server.free_port()))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_that_is_in_use_is_refused_in_one_sentence(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"Port {port} cannot be used: Address already in use"):
            check_port(Listen(host, port))


@pytest.mark.parametrize("host", ["localhost", "192.0.2.1"])
def test_a_name_and_an_address_of_another_machine_are_refused_in_one_sentence(host: str) -> None:
    with pytest.raises(UsageError, match=host):
        check_port(Listen(host, pg_server.free_port()))


def test_the_address_that_is_noted_can_be_opened() -> None:
    assert Listen("::1", 8765).address == "http://[::1]:8765"
    assert Listen("0.0.0.0", 8765).address == "http://127.0.0.1:8765"
    assert Listen("::", 8765, certificate=Path("c"), key=Path("k")).address == "https://[::1]:8765"


@pytest.mark.skipif(sys.platform != "linux", reason="whether :: takes IPv4 too is the system's choice")
def test_a_collector_answers_over_ipv6_and_over_both(tmp_path: Path, sqlite_url: str) -> None:
    with Collector(tmp_path, sqlite_url, host="::") as collector:
        collector.address = f"http://[::1]:{collector.port}"
        collector.start()
        assert is_ready(Listen("::", collector.port))
        assert is_ready(Listen("::1", collector.port))
        for host in ("127.0.0.1", "[::1]"):
            assert requests.get(f"http://{host}:{collector.port}/readyz", timeout=5).json()["ready"]

"""`serve` with several workers, and with a certificate that is renewed, under laptops that deliver."""

import re
import signal
import socket
import ssl
import sys
from pathlib import Path

import psutil
import pytest
import requests
from click.testing import CliRunner
from collector_process import Collector
from faults.fleet import assert_all_there_once, delivering, wait_for_more
from service_servers import Authority
from waiting import eventually

from dashboards import serve
from dashboards.cli import main
from dashboards.renewing import Renewed
from server.db import Store
from server.metrics import TOGETHER

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

END_SECONDS = 30


class Several(Collector):
    """`dex-server serve --workers 2`."""

    def begin(self) -> None:
        place = ("--data", str(self.data), "--host", self.host, "--port", str(self.port))
        self._begin("dashboards.cli", "serve", "--workers", "2", *place)

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self._process.pid).children()

    def end(self) -> int:
        """By SIGTERM; the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(END_SECONDS)

    def counted(self, route: str) -> int:
        """What whichever worker is asked says of requests to a route."""
        text = requests.get(self.address + "/metrics", timeout=10).text
        (found,) = re.findall(rf'dex_requests_total{{method="GET",route="{route}",status="200"}} (\d+)', text)
        return int(found)


def test_several_workers_count_together_replace_each_other_and_end_together(
    pg_store: Store, pg_url: str, tmp_path: Path
) -> None:
    with Several(tmp_path, pg_url) as collector:
        collector.start()
        before = collector.counted("/healthz")
        for _ in range(30):  # each over a connection of its own, so both workers get some
            assert collector.answers()
        assert {collector.counted("/healthz") for _ in range(5)} == {before + 30}
        with delivering(pg_store, collector.address) as fleet:
            wait_for_more(fleet)
            first, second = collector.workers()
            first.kill()
            wait_for_more(fleet)
            assert eventually(lambda: len(collector.workers()) == 2, END_SECONDS)
            assert second.is_running()
            assert collector.end() == 0
            collector.start()
            wait_for_more(fleet)
        assert_all_there_once(pg_store, fleet)
        family = [psutil.Process(collector._process.pid), *collector.workers()]
        family[0].kill()
        _, left = psutil.wait_procs(family, END_SECONDS)
        assert left == []


def test_the_embedded_store_has_one_worker(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["serve", "--workers", "2", "--data", str(tmp_path)])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "needs PostgreSQL" in done.stderr


def test_main_and_workers_mean_the_same_place_for_counts() -> None:
    assert serve.COUNTS == TOGETHER


class Renewing(Collector):
    """A collector that speaks TLS, with one file for certificate and key."""

    def __init__(self, data: Path, database_url: str, pem: Path) -> None:
        super().__init__(data, database_url)
        self.pem = pem
        self.address = f"https://localhost:{self.port}"

    def begin(self) -> None:
        place = ("--data", str(self.data), "--host", self.host, "--port", str(self.port))
        pem = str(self.pem)
        self._begin("dashboards.cli", "serve", *place, "--tls-cert", pem, "--tls-key", pem)

    def renew(self) -> None:
        self._process.send_signal(signal.SIGHUP)

    def certificate(self, authority: Authority) -> int:
        """The number of the one it shows now."""
        trust = ssl.create_default_context(cafile=str(authority.file))
        with (
            socket.create_connection((self.host, self.port), 10) as plain,
            trust.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            return int(secured.getpeercert()["serialNumber"], 16)


def test_a_renewed_certificate_is_taken_while_laptops_deliver(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with Renewing(tmp_path, sqlite_url, authority.pem()) as collector:
        collector.start()
        old = collector.certificate(authority)
        with delivering(sqlite_store, collector.address) as fleet:
            wait_for_more(fleet)
            authority.pem()  # writes the file anew
            collector.renew()
            assert eventually(lambda: collector.certificate(authority) != old, END_SECONDS)
            wait_for_more(fleet)
        assert_all_there_once(sqlite_store, fleet)


def test_a_certificate_that_is_broken_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reloaded: list[object] = []
    handler = "granian.server.common.AbstractServer.signal_handler_reload"
    monkeypatch.setattr(handler, lambda self: reloaded.append(self))
    pem = tmp_path / "both.pem"
    collector = Renewed.__new__(Renewed)  # its way to the signal alone, without a server
    collector.certificate, collector.key = pem, pem
    for content in (None, "no certificate"):
        if content is not None:
            pem.write_text(content)
        collector.signal_handler_reload()
    assert reloaded == []
    pem.write_bytes(Authority(tmp_path).pem().read_bytes())
    collector.signal_handler_reload()
    assert reloaded == [collector]

"""A fleet over HTTP against the real collector, and what the command says when something is missing."""

import gzip
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from collector_process import Collector

from server.cli import main
from server.clock import utc_now
from server.commands.simulate import SIMULATED
from server.db import Store
from server.devices.models import Device
from server.devices.store import create_enrolment_key
from server.ingest.models import device_day, raw_batch
from server.people.organisations import MAIN, create_organisation, org_id_of
from server.schema import metadata

DEVICES, DAYS = 5, 4


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Collector]:
    data = tmp_path_factory.mktemp("collector")
    shutil.copy(sqlite_template, data / "dex.sqlite3")
    running = Collector(data, f"sqlite:///{data / 'dex.sqlite3'}")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def kept(collector: Collector) -> Iterator[Store]:
    """The collector's store."""
    store = Store(collector.database_url)
    yield store
    store.close()


@pytest.fixture
def simulate(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("DEX_DATABASE_URL", collector.database_url)

    def run(server: str, *more: str) -> Result:
        fleet = ["--devices", str(DEVICES), "--days", str(DAYS), "--rate", "200", "--server", server]
        return CliRunner().invoke(main, ["simulate", "--data", str(collector.data), *fleet, *more])

    return run


def rows(store: Store, table: sa.Table, slug: str) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.org_id == org_id_of(slug))
    with store.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def test_everything_acknowledged_is_found_and_then_taken_away(
    collector: Collector, kept: Store, simulate: Callable[..., Result]
) -> None:
    done = simulate(collector.address)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == f"laptops enrolled: {DEVICES} of {DEVICES}"
    assert lines[1] == f"batches acknowledged: {DEVICES * DAYS} of {DEVICES * DAYS}"
    assert lines[2].startswith("answers lost on purpose: 1, sent again: 2,")
    assert lines[-2:] == ["errors: none", "not found in the store: 0"]
    tables = [table for table in metadata.sorted_tables if "org_id" in table.c]
    assert not [table.name for table in tables if rows(kept, table, SIMULATED)]


def test_with_a_key_the_days_stay_and_the_same_seed_adds_none(
    collector: Collector, kept: Store, simulate: Callable[..., Result]
) -> None:
    today, org_id = utc_now().date(), org_id_of(MAIN)
    with kept.transaction() as session:
        create_organisation(session, MAIN, "Main", today)
        key = create_enrolment_key(session, org_id, today)
    for _ in range(2):
        done = simulate(collector.address, "--key", key, "--seed", "3")
        assert done.exit_code == 0, done.output
        assert rows(kept, raw_batch, MAIN) == rows(kept, device_day, MAIN) == DEVICES * DAYS
        assert rows(kept, Device.__table__, MAIN) == DEVICES


class _Pretender(BaseHTTPRequestHandler):
    """Lets laptops in and answers every batch with `status`, but keeps nothing."""

    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/enroll"):
            self._answer(201, {"device_id": str(uuid4()), "token": "t"})
        else:
            batch = json.loads(gzip.decompress(body))
            self._answer(self.status, {"batch_id": batch["batch_id"], "accepted": True, "dropped": []})

    def _answer(self, status: int, answer: dict[str, object]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        pass


class _Unwilling(_Pretender):
    status = 500


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_was_acknowledged_and_not_kept_is_found_out(simulate: Callable[..., Result]) -> None:
    with answering(_Pretender) as address:
        done = simulate(address)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[-2:] == ["errors: none", f"not found in the store: {DEVICES * DAYS}"]


def test_a_batch_without_acknowledgement_is_an_error(simulate: Callable[..., Result]) -> None:
    with answering(_Unwilling) as address:
        done = simulate(address)
    assert done.exit_code == 1
    assert f"batches acknowledged: 0 of {DEVICES * DAYS}" in done.stdout
    assert " x 500" in done.stdout


def test_a_key_that_is_none_is_named(collector: Collector, simulate: Callable[..., Result]) -> None:
    done = simulate(collector.address, "--key", "nonsense")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "dex-server: No laptop could enrol: enrolment: 401 key-unknown.\n"


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8765", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://"]
)
def test_what_is_no_address_is_said(simulate: Callable[..., Result], address: str) -> None:
    done = simulate(address)
    assert done.exit_code == 2
    assert done.stderr == f"dex-server: “{address}” is not an address such as http://127.0.0.1:8765.\n"


def test_a_collector_that_is_away_ends_it_soon(
    simulate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.simulate.TRIES", 2)
    with socket.socket() as held:  # bound and not listening: nobody answers
        held.bind(("127.0.0.1", 0))
        done = simulate(f"http://127.0.0.1:{held.getsockname()[1]}")
    assert done.exit_code == 2
    assert done.stderr == "dex-server: No laptop could enrol: enrolment: no answer.\n"

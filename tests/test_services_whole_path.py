"""A business service from the company's list to its row in the store, tried for real on the way."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa
from conftest import SettableClock
from countersigner import COUNCIL, edition, modulus_of, signature
from fake_time import FakeTime
from flask import Flask
from service_servers import Authority, WebServer
from waiting import wait_until
from werkzeug.serving import make_server

from agent.__main__ import main
from agent.collectors import services
from agent.collectors.options import CollectorOptions
from agent.config import Config, load_config
from agent.local_time import midnight_before
from agent.reading import Collector
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.service.runner import Runner
from agent.store.local_store import LocalStore
from agent.system.clock import Clock
from server.agreement.store import put_in_force, register_key
from server.db import Store
from server.devices.store import create_enrolment_key
from server.ingest.models import event, service_day
from server.ingest.partitions import ensure_around
from server.people.models import Organisation
from server.policy.store import add_service


@pytest.fixture
def company(tmp_path: Path) -> Iterator[WebServer]:
    server = WebServer(Authority(tmp_path).context())
    yield server
    server.close()


@pytest.fixture
def laptop(
    app: Flask, store: Store, org: Organisation, clock: SettableClock, tmp_path: Path, company: WebServer
) -> Iterator[Config]:
    """Enrolled at a company that lists its intranet and a mail server which is switched off."""
    clock.now = datetime.now(UTC)
    today = clock().date()
    ensure_around(store, today)
    intranet = {"name": "Intranet", "url": f"https://localhost:{company.port}/health"}
    mail = {"name": "Mail", "host": "localhost", "port": 9}
    agreement = edition(services=[intranet, mail])
    with store.transaction() as session:
        register_key(session, org.org_id, modulus_of(COUNCIL), today)
        put_in_force(session, org.org_id, agreement, signature(agreement), today)
        add_service(session, org.org_id, intranet)
        add_service(session, org.org_id, mail)
        key = create_enrolment_key(session, org.org_id, today)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    path = tmp_path / "laptop" / "agent.toml"
    address = f"http://127.0.0.1:{server.server_port}"
    assert main(["--config", str(path), "enroll", "--server", address, "--key", key, "--company-owned"]) == 0
    path.write_text(path.read_text() + f'ca_file = "{tmp_path / "company.pem"}"\n')
    yield load_config(path, {})
    server.shutdown()
    server.server_close()


def only_services(options: CollectorOptions) -> list[Collector]:
    return [services.collector(options)]


def at_work() -> set[psutil.Process]:
    """Children of this process that have not ended."""
    return {child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE}


def work(config: Config, minutes: int) -> None:
    """The agent's own loop over so many minutes of work, without the waiting."""
    local, passing = LocalStore(config.store_path), FakeTime(midnight_before(time.time()) + 12 * 3600)
    clock = Clock(0.0, lambda: passing.wall, lambda: passing.elapsed, lambda: passing.awake)
    runner = Runner(config, local, clock=clock, collectors=only_services)
    others = at_work()
    for _ in range(minutes):
        runner.tick()
        wait_until(lambda: not (at_work() - others))  # the names are asked for
        passing.pass_(60)
    with local.transaction() as db:
        revisions.make_all_due(db, time.time())
    local.close()


def rows(store: Store, org: Organisation, table: sa.Table) -> list[dict[str, object]]:
    with store.reading() as session:
        found = session.execute(sa.select(table).where(table.c.org_id == org.org_id))
        return [dict(row._mapping) for row in found]


def test_a_service_of_the_list_is_tried_and_told(
    laptop: Config, store: Store, org: Organisation, company: WebServer
) -> None:
    work(laptop, 33)
    assert deliver(laptop).trouble == ""
    intranet, mail = sorted(
        (row for row in rows(store, org, service_day)), key=lambda row: str(row["service"])
    )
    assert (intranet["service"], intranet["checks"], intranet["failures"]) == ("Intranet", 3, {})
    assert 0 < intranet["first_byte_ms"] < 5000
    assert (mail["service"], mail["checks"], mail["failures"]) == ("Mail", 3, {"refused": 3})
    (down,) = rows(store, org, event)
    assert (down["kind"], down["detail"]) == ("service_down", {"service": "Mail", "cause": "refused"})
    assert len(company.requests) == 3
    assert company.resumed == [False, True, True]

"""A real collector gets a second address, the first one is shut down, and the laptop's days go on coming."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import SettableClock
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from agent.__main__ import main
from agent.config import Config, load_config
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.store import observations
from agent.store.identity import load_identity, located
from agent.store.local_store import LocalStore, put
from agent.store.observations import SourceState, Tick
from server.db import Store
from server.devices.store import create_enrolment_key
from server.ingest.models import event
from server.ingest.partitions import ensure_around
from server.people.models import Organisation
from server.policy.store import set_address


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture
def serve(app: Flask) -> Iterator[Callable[[], BaseWSGIServer]]:
    begun: list[BaseWSGIServer] = []

    def begin() -> BaseWSGIServer:
        begun.append(make_server("127.0.0.1", 0, app, threaded=True))
        threading.Thread(target=begun[-1].serve_forever, args=(0.02,), daemon=True).start()
        return begun[-1]

    yield begin
    for one in begun:
        stop(one)


def stop(server: BaseWSGIServer) -> None:
    server.shutdown()
    server.server_close()


def address_of(server: BaseWSGIServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def crash_and_send(config: Config) -> str:
    """Something that the collector must hear of, and a look at the policy."""
    local, now = LocalStore(config.store_path), time.time()
    crash = Happening("crash", datetime.fromtimestamp(now, UTC), app="firefox")
    with local.transaction() as db:
        observations.record(db, Tick(now, {"test": Reading([], [crash])}, {"crash": SourceState("ok")}))
        revisions.make_all_due(db, now)
        put(db, "policy_checked_at", "")
    local.close()
    return deliver(config).trouble


def test_a_laptop_follows_its_collector(
    serve: Callable[[], BaseWSGIServer],
    store: Store,
    org: Organisation,
    clock: SettableClock,
    tmp_path: Path,
) -> None:
    clock.now = datetime.now(UTC)
    today = clock().date()
    ensure_around(store, today)
    old, new = serve(), serve()
    with store.transaction() as session:
        key = create_enrolment_key(session, org.org_id, today)
    path = tmp_path / "laptop" / "agent.toml"
    assert (
        main(["--config", str(path), "enroll", "--company-owned", "--server", address_of(old), "--key", key])
        == 0
    )
    config = load_config(path, {})

    with store.transaction() as session:
        set_address(session, org.org_id, address_of(new), today)
    assert crash_and_send(config) == ""
    assert located(config, load_identity(config.identity_path)).server == address_of(new)
    assert crash_and_send(config) == ""
    stop(old)
    assert crash_and_send(config) == ""

    of_ours = sa.and_(event.c.org_id == org.org_id, event.c.kind == "crash")
    with store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(event).where(of_ours)) == 3

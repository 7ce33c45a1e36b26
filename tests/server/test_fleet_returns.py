"""The whole fleet: fifty thousand laptops are back at once with days of backlog, while others go on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pg_server
import pytest
from click.testing import CliRunner
from collector_process import Collector

from server.cli import main
from server.clock import utc_now
from server.db import Store
from server.ingest.partitions import ensure_around
from server.upkeep.migrate import upgrade

DEVICES, DAYS, MINUTES = 50_000, 2, 45
LIVE_PER_SECOND = 20


@pytest.fixture
def collector(tmp_path: Path, durable_pg_server_url: str) -> Iterator[Collector]:
    url = pg_server.create_database(durable_pg_server_url, "returning")
    store = Store(url)
    upgrade(store)
    ensure_around(store, utc_now().date())
    store.close()
    running = Collector(tmp_path, url, more={"DEX_LOG_LEVEL": "error"})
    running.start()
    yield running
    running.kill()
    pg_server.drop_database(durable_pg_server_url, "returning")


@pytest.mark.soak
def test_fifty_thousand_laptops_return_at_once_and_nobody_else_waits(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Laptops wait half as long as real ones, and the backlog is short."""
    monkeypatch.setenv("DEX_DATABASE_URL", collector.database_url)
    fleet = ["--devices", str(DEVICES), "--days", str(DAYS), "--returning", "--rate", str(LIVE_PER_SECOND)]
    bounds = ["--connections", "256", "--compress", "2", "--minutes", str(MINUTES)]
    fleet += ["--trouble", "none", "--json"]
    place = ["--data", str(collector.data), "--server", collector.address]
    done = CliRunner().invoke(main, ["simulate", *fleet, *bounds, *place])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["laptops"]["enrolled"] == DEVICES
    assert found["batches"]["not_acknowledged"] == 0
    assert found["verified"]["differences"] == {}
    assert min(found["on_time_by_quarter"]) > LIVE_PER_SECOND / 2, "who was never away is heard throughout"

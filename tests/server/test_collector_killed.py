"""kill -9 of the collector at random moments under load: what it acknowledged is there, once."""

import random
import time
from pathlib import Path

import pytest
from collector_process import Collector
from steady_laptops import assert_all_there_once, delivering

from server.db import Store


def kill_at_random(collector: Collector, times: int) -> None:
    store = Store(collector.database_url)
    dice = random.Random(times)
    try:
        collector.start()
        with delivering(store, collector.address) as laptops:
            for _ in range(times):
                time.sleep(dice.uniform(0.02, 0.6))
                collector.kill()
                collector.start()
        for laptop in laptops:
            assert laptop.batches > times / 4, "the load was too small to say anything"
            assert_all_there_once(store, laptop)
    finally:
        collector.kill()
        store.close()


@pytest.mark.parametrize(("database", "times"), [("sqlite_url", 20), ("pg_url", 5)])
def test_a_killed_collector_lost_nothing_and_doubled_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, times: int
) -> None:
    kill_at_random(Collector(tmp_path, request.getfixturevalue(database)), times)


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite_url", "pg_url"])
def test_two_hundred_kills(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> None:
    kill_at_random(Collector(tmp_path, request.getfixturevalue(database)), 200)

"""Collectors that start and die without end, and a database that is stopped: nothing is lost, nothing counts
twice, and all laptops get through in the end."""

import random
import time
from contextlib import closing
from pathlib import Path

import pg_server
import pytest
from collector_process import Collector
from faults.broken_postgresql import stopped
from faults.fleet import NO_ANSWER, assert_all_there_once, delivering, wait_for_all, wait_for_more

from server.db import Store
from server.upkeep.migrate import upgrade

STORM_LAPTOPS = 50
STORM, SOAK = 2, 60
UP_SECONDS = 1.0
STOPPED_SECONDS, SOAK_SECONDS = 2.0, 100.0
"""The long one is more than a statement, and more than a server that hangs, is waited for."""


def storm(folder: Path, url: str, restarts: int) -> None:
    """No start is waited for any longer than it takes, and each is killed within a second."""
    dice = random.Random(restarts)
    with closing(Store(url)) as store, Collector(folder, url) as collector:
        collector.start()
        with delivering(store, collector.address, laptops=STORM_LAPTOPS) as fleet:
            for _ in range(restarts):
                time.sleep(dice.uniform(0, UP_SECONDS))
                collector.kill()
                collector.start()
            wait_for_more(fleet, 1)
        assert_all_there_once(store, fleet)


def test_a_storm_of_restarts(tmp_path: Path, pg_url: str) -> None:
    storm(tmp_path, pg_url, STORM)


@pytest.mark.soak
@pytest.mark.parametrize("database", ["sqlite_url", "pg_url"])
def test_a_long_storm_of_restarts(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> None:
    storm(tmp_path, request.getfixturevalue(database), SOAK)


def stop_for(folder: Path, server: pg_server.Server, seconds: float) -> None:
    url = pg_server.create_database(server.url, "dex")
    with closing(Store(url)) as store, Collector(folder, url) as collector:
        upgrade(store)
        collector.start()
        with delivering(store, collector.address, patience=1.0) as fleet:
            wait_for_more(fleet)
            with stopped(server):
                time.sleep(seconds)
                wait_for_all(fleet, lambda laptop: laptop.turned_away[NO_ANSWER])
            wait_for_more(fleet)
        assert_all_there_once(store, fleet)


def test_a_database_that_is_stopped_for_a_while(tmp_path: Path, postgresql: pg_server.Server) -> None:
    stop_for(tmp_path, postgresql, STOPPED_SECONDS)


@pytest.mark.soak
def test_a_database_that_is_stopped_for_longer_than_anybody_waits(
    tmp_path: Path, postgresql: pg_server.Server
) -> None:
    stop_for(tmp_path, postgresql, SOAK_SECONDS)

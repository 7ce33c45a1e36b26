"""The machine of the leading database is lost under load: what was acknowledged is there, once."""

import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from collector_process import Collector
from faults.fleet import assert_all_there_once, delivering, numbers
from faults.patroni_cluster import missing_programs, running_cluster
from waiting import wait_until

from server.db import Store
from server.upkeep.migrate import upgrade

LOSSES = 3
STEADY_SECONDS = 5
TAKEN_OVER_SECONDS = 60


@pytest.mark.soak
def test_a_lost_leader_takes_nothing_with_it(tmp_path: Path) -> None:
    missing = missing_programs()
    if missing:
        pytest.skip(f"not run: {' and '.join(missing)} not installed (on Debian: patroni, etcd-server)")
    with running_cluster() as cluster:
        with psycopg.connect(cluster.url("postgres"), target_session_attrs="read-write") as connection:
            connection.autocommit = True
            connection.execute("CREATE DATABASE dex")
        url = cluster.url("dex")
        with closing(Store(url)) as store, Collector(tmp_path, url) as collector:
            upgrade(store)
            collector.start()
            with delivering(store, collector.address) as fleet:
                for _ in range(LOSSES):
                    time.sleep(STEADY_SECONDS)
                    lost = cluster.leader()
                    at = time.monotonic()
                    lost.lose()
                    before = sum(numbers(fleet))
                    again = before + len(fleet)
                    wait_until(lambda again=again: sum(numbers(fleet)) > again, TAKEN_OVER_SECONDS)
                    print(f"batches were acknowledged again after {time.monotonic() - at:.0f} s")
                    lost.start()  # the machine is back; it joins as a standby
                    assert cluster.leader() is not lost
                time.sleep(STEADY_SECONDS)
            assert min(numbers(fleet)) > LOSSES, "the load was too small to say anything"
            assert_all_there_once(store, fleet)

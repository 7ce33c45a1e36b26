"""The network is cut between laptops and the collector, and between the collector and PostgreSQL, while
batches are under way: what was acknowledged is there, once, and everybody finds back."""

import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import pg_server
import pytest
from collector_process import Collector
from faults.apart import apart, needs_root
from faults.fleet import (
    NO_ANSWER,
    Laptop,
    assert_all_there_once,
    delivering,
    wait_for_all,
    wait_for_more,
)
from network_cable import HUB, Cable, enter

from server.db import Store
from server.upkeep.migrate import upgrade

pytestmark = needs_root

CUTS = 2
SOAK = 50
PATIENCE = 1.0
SOONER = "?connect_timeout=2&tcp_user_timeout=1000&keepalives_idle=1&keepalives_count=1"
LONG_PATIENCE = 15.0
"""The collector notices after three seconds that its store is gone, and needs three more to try again."""


def cut_between_laptops_and_collector(folder: Path, url: str, times: int) -> None:
    with closing(Store(url)) as store, Cable() as cable, Collector(folder, url, host=HUB) as collector:
        enter(cable.hub)
        collector.start()
        here = partial(enter, cable.laptop)
        with delivering(store, collector.address, patience=PATIENCE, before=here) as fleet:
            for number in range(times):
                wait_for_more(fleet)
                end = (cable.far_end, cable.near_end)[number % 2]
                end("down")
                wait_until_met(fleet, NO_ANSWER)
                end("up")
            wait_for_more(fleet)
        assert_all_there_once(store, fleet)


def wait_until_met(fleet: Sequence[Laptop], how: int) -> None:
    """Everybody was turned away this way."""
    for laptop in fleet:
        laptop.turned_away.clear()
    wait_for_all(fleet, lambda laptop: laptop.turned_away[how])


@apart
def test_between_laptops_and_the_collector(tmp_path: Path, sqlite_url: str) -> None:
    cut_between_laptops_and_collector(tmp_path, sqlite_url, CUTS)


@pytest.mark.soak
@apart
def test_fifty_times_between_laptops_and_the_collector(tmp_path: Path, sqlite_url: str) -> None:
    cut_between_laptops_and_collector(tmp_path, sqlite_url, SOAK)


def cut_between_collector_and_postgresql(folder: Path, times: int, noticing: str = "") -> None:
    """PostgreSQL falls silent: nothing comes back from it, not even that it is gone."""
    with tempfile.NamedTemporaryFile("w", prefix="dexhba") as whom, Cable() as cable:
        whom.write(f"host all all 127.0.0.1/32 trust\nhost all all {HUB}/24 trust\n")
        whom.flush()
        Path(whom.name).chmod(0o644)
        enter(cable.hub)
        options = (f"listen_addresses=127.0.0.1,{HUB}", f"hba_file={whom.name}")
        with pg_server.Server(durable=True, options=options) as server:
            url = pg_server.create_database(server.url, "dex").replace("127.0.0.1", HUB)
            enter(cable.laptop)
            with closing(Store(url)) as store, Collector(folder, url + noticing) as collector:
                upgrade(store)
                collector.start()
                here = partial(enter, cable.laptop)
                with delivering(store, collector.address, patience=LONG_PATIENCE, before=here) as fleet:
                    for _ in range(times):
                        wait_for_more(fleet)
                        cable.far_end("down")
                        wait_until_met(fleet, 503)
                        cable.far_end("up")
                    wait_for_more(fleet)
                assert_all_there_once(store, fleet)


@apart
def test_between_the_collector_and_postgresql(tmp_path: Path) -> None:
    cut_between_collector_and_postgresql(tmp_path, 1, SOONER)


@pytest.mark.soak
@apart
def test_twenty_times_between_the_collector_and_postgresql(tmp_path: Path) -> None:
    cut_between_collector_and_postgresql(tmp_path, 20)

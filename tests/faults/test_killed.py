"""kill -9 of collectors, workers and PostgreSQL at random moments: what was acknowledged is there, once.

The large shape has two collectors, which reach PostgreSQL through a pooler.
"""

import random
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pg_server
import pytest
from collector_process import Collector, Worker
from faults.broken_postgresql import kill_a_backend, kill_whole
from faults.fleet import assert_all_there_once, delivering, numbers, wait_for_more
from pgbouncer import running_pooler

from server.db import Store
from server.upkeep.migrate import upgrade

POOLED = 4
"""Connections between the pooler and PostgreSQL."""
SOON, LATER = 0.02, 0.5

EMBEDDED = {"collector": 3, "one of its processes": 2, "worker": 5}
SPREAD = {"collector": 1, "one of its processes": 1, "worker": 3, "postgresql": 3, "a connection": 1}
SPREAD |= {"postgresql, in haste": 1}  # as a machine does that is shut down
"""How often each is killed: ten times in each shape, twenty in the suite."""
SOAK = 10
"""So many times more in the long form: two hundred."""


def kill_at_random(
    folder: Path, url: str, times: Mapping[str, int], server: pg_server.Server | None = None
) -> None:
    """Each of these so often, in any order; who is killed is started again at once.

    With a `server`, two collectors reach it through a pooler.
    """
    dice = random.Random(sum(times.values()))
    store = Store(url)
    upgrade(store)
    with ExitStack() as stack:
        stack.callback(store.close)
        through = url
        if server is not None:
            through = stack.enter_context(running_pooler(url, POOLED)) + "?pooler=transaction"
        fronts = [stack.enter_context(Collector(folder, through)) for _ in range(2 if server else 1)]
        worker = stack.enter_context(Worker(folder, url))
        for process in (*fronts, worker):
            process.start()
        with delivering(store, *(front.address for front in fronts)) as fleet:
            for victim in dice.sample(list(times), sum(times.values()), counts=list(times.values())):
                time.sleep(dice.uniform(SOON, LATER))
                kill(victim, dice, fronts, worker, server)
            wait_for_more(fleet)
        assert min(numbers(fleet)) > sum(times.values()) / 4, "the load was too small to say anything"
        assert_all_there_once(store, fleet)


def kill(
    victim: str,
    dice: random.Random,
    fronts: Sequence[Collector],
    worker: Worker,
    server: pg_server.Server | None,
) -> None:
    front = dice.choice(fronts)
    match victim:
        case "collector":
            front.kill()
            front.start()
        case "one of its processes":
            front.kill_one(dice.randrange(2))
            front.start()
        case "worker":
            assert worker.is_running, worker.log.read_text(errors="replace")
            worker.kill()
            worker.start()
        case "postgresql" if server:
            kill_whole(server)
        case "postgresql, in haste" if server:
            server.end(signal.SIGQUIT)
            server.start()
        case "a connection" if server:
            kill_a_backend(server, "dex")
        case _:
            raise AssertionError(victim)


def more(times: Mapping[str, int]) -> Mapping[str, int]:
    return {victim: SOAK * number for victim, number in times.items()}


def test_ten_kills_around_the_embedded_store(tmp_path: Path, sqlite_url: str) -> None:
    kill_at_random(tmp_path, sqlite_url, EMBEDDED)


def test_ten_kills_of_two_collectors_a_worker_and_postgresql(
    tmp_path: Path, postgresql: pg_server.Server
) -> None:
    url = pg_server.create_database(postgresql.url, "dex")
    kill_at_random(tmp_path, url, SPREAD, postgresql)


@pytest.mark.soak
def test_a_hundred_kills_around_the_embedded_store(tmp_path: Path, sqlite_url: str) -> None:
    kill_at_random(tmp_path, sqlite_url, more(EMBEDDED))


@pytest.mark.soak
def test_a_hundred_kills_of_two_collectors_a_worker_and_postgresql(
    tmp_path: Path, postgresql: pg_server.Server
) -> None:
    url = pg_server.create_database(postgresql.url, "dex")
    kill_at_random(tmp_path, url, more(SPREAD), postgresql)

"""Two hundred slow senders of one address, and a laptop beside them."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import factories
import pytest
import requests
from collector_process import Collector
from slow_senders import HEAD, Dripper
from waiting import wait_until

from server.clock import utc_now
from server.db import Store
from server.people.organisations import MAIN, create_organisation
from server.web.reading import MOST_OF_ONE

SLOW = 200


@pytest.fixture
def behind_a_proxy(tmp_path: Path, sqlite_url: str) -> Iterator[Collector]:
    """A collector that believes whom X-Forwarded-For names."""
    collector = Collector(tmp_path, sqlite_url, more={"DEX_PROXIES": "1"})
    collector.start()
    yield collector
    collector.kill()


@pytest.fixture
def laptop(sqlite_store: Store) -> factories.EnrolledDevice:
    today = utc_now().date()
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", today)
        return factories.enrol_device(session, org.org_id, today)


def test_slow_senders_of_one_address_are_sent_away_and_a_laptop_is_served(
    behind_a_proxy: Collector, laptop: factories.EnrolledDevice
) -> None:
    head = HEAD % b"enroll" + b"X-Forwarded-For: 192.0.2.7\r\nContent-Length: 9999\r\n\r\n"
    with ExitStack() as ending:
        drippers = [Dripper(behind_a_proxy.port, head) for _ in range(SLOW)]
        for dripper in drippers:
            ending.callback(dripper.stop)
            dripper.start()
        wait_until(lambda: sum(b" 429 " in dripper.answer for dripper in drippers) == SLOW - MOST_OF_ONE)
        call = factories.sending(laptop, factories.packed(factories.batch(laptop, 1, utc_now().date())))
        call["headers"]["X-Forwarded-For"] = "192.0.2.8"
        answer = requests.post(f"{behind_a_proxy.address}/api/v1/batches", timeout=20, **call)
        assert answer.status_code == 200, answer.text

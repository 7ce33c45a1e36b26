"""One real collector for everything that is thrown at it."""

from collections.abc import Iterator
from pathlib import Path

import factories
import pytest
from collector_process import Collector
from under_fire import Target

from server.clock import utc_now
from server.db import Store
from server.devices.store import create_enrolment_key
from server.people.organisations import MAIN, create_organisation


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("hostile")
    url = f"sqlite:///{folder / 'dex.sqlite3'}"
    (folder / "dex.sqlite3").write_bytes(sqlite_template.read_bytes())
    store = Store(url)
    today = utc_now().date()
    with store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", today)
        laptop = factories.enrol_device(session, org.org_id, today)
        key = create_enrolment_key(session, org.org_id, today)
    collector = Collector(folder, url)
    collector.start()
    yield Target(collector, laptop, key)
    collector.kill()
    store.close()

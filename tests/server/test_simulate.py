"""Laptops that do not exist against the real collector: whatever goes wrong, it keeps what it said it had."""

import gzip
import json
import shutil
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from collector_process import Collector

from server.cli import main
from server.clock import utc_now
from server.commands.simulate import SIMULATED
from server.db import Store
from server.demo.remove import remove_organisation
from server.devices.models import Device
from server.devices.store import create_enrolment_key
from server.ingest.models import app_day, device_day, event, raw_batch
from server.people.organisations import MAIN, create_organisation, org_id_of
from server.schema import metadata
from server.simulator.batches import contents_of_day, not_acknowledged
from server.simulator.fleet import Fleet, make_fleet
from server.simulator.plan import Plan
from server.simulator.run import run
from server.simulator.tally import Tally
from server.simulator.trouble import PROFILES, Trouble
from server.simulator.verify import verify

DEVICES, DAYS = 5, 3
RETURNING = 1000
SLUG = "tried"


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Collector]:
    data = tmp_path_factory.mktemp("collector")
    shutil.copy(sqlite_template, data / "dex.sqlite3")
    running = Collector(data, f"sqlite:///{data / 'dex.sqlite3'}")
    running.start()
    yield running
    running.kill()


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory, pg_database: str) -> Iterator[Collector]:
    running = Collector(tmp_path_factory.mktemp("collector"), pg_database)
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Collector:
    """The test runs with a collector on each database."""
    return request.getfixturevalue(f"on_{request.param}")


@contextmanager
def kept_by(collector: Collector) -> Iterator[tuple[Store, UUID, str]]:
    """The collector's store, and an organisation in it with an enrolment key."""
    store, today, org_id = Store(collector.database_url), utc_now().date(), org_id_of(SLUG)
    with store.transaction() as session:
        create_organisation(session, SLUG, "Tried", today, demo=True)
        key = create_enrolment_key(session, org_id, today)
    try:
        yield store, org_id, key
    finally:
        remove_organisation(store, org_id)
        store.close()


def plan_of(trouble: Trouble, seed: int = 1) -> Plan:
    return Plan(DEVICES, DAYS, 1000.0, seed, trouble, utc_now().date(), compress=1000.0, minutes=1.0)


def driven(collector: Collector, key: str, plan: Plan) -> tuple[Fleet, Tally]:
    fleet = make_fleet(plan)
    tally = run(collector.address, key, plan, fleet)
    assert not tally.errors
    assert not_acknowledged(plan, fleet) == 0
    return fleet, tally


# What is sent.


def contents(plan: Plan) -> dict[str, list[dict]]:
    """All batches of a run by laptop."""
    fleet = make_fleet(plan)
    made: dict[str, list[dict]] = defaultdict(list)
    for laptop in fleet.laptops:
        for index in range(plan.days):
            made[laptop.who] += contents_of_day(plan, fleet, laptop, index, len(made[laptop.who]))
    return made


def test_the_same_seed_sends_the_same_and_another_one_does_not() -> None:
    plan = plan_of(PROFILES["rough"])
    assert contents(plan) == contents(plan)
    theirs = {
        batch["batch_id"] for batches in contents(plan_of(PROFILES["rough"], 2)).values() for batch in batches
    }
    assert not theirs & {batch["batch_id"] for batches in contents(plan).values() for batch in batches}


def test_batches_are_numbered_without_a_gap_and_editions_of_a_date_rise() -> None:
    several = 0
    for batches in contents(replace(plan_of(PROFILES["rough"]), devices=60)).values():
        assert [batch["seq"] for batch in batches] == list(range(1, len(batches) + 1))
        editions = defaultdict(list)
        for batch in batches:
            if "summary" in batch:
                editions[batch["day"]].append(batch["summary"]["revision"])
        assert all(sorted(set(numbers)) == numbers for numbers in editions.values())
        several += sum(len(numbers) > 1 for numbers in editions.values())
    assert several > 50


# What is kept.


@pytest.mark.parametrize("name", [field.name for field in fields(Trouble)])
def test_after_each_trouble_the_store_is_exact(either: Collector, name: str) -> None:
    plan = plan_of(Trouble(**{name: 0.6}), seed=7)
    with kept_by(either) as (store, org_id, key):
        fleet, tally = driven(either, key, plan)
        found = verify(store, org_id, plan, fleet)
    assert (found.differences, found.unanswered) == ({}, 0)
    assert found.rows > tally.acknowledged > 0
    happened = {
        "lost_answers": tally.lost_answers,
        "duplicates": tally.repeats,
        "reordered": 1,
        "offline": any(laptop.fate.offline for laptop in fleet.laptops),
        "wrong_clock": any(laptop.fate.clock_on is not None for laptop in fleet.laptops),
        "copies": tally.copies,
        "bursts": any(laptop.fate.bursts for laptop in fleet.laptops),
    }
    assert happened[name]


def test_what_somebody_changes_in_the_store_is_found(either: Collector) -> None:
    plan = plan_of(Trouble())
    with kept_by(either) as (store, org_id, key):
        fleet, _ = driven(either, key, plan)
        assert not verify(store, org_id, plan, fleet).differences
        with store.engine.begin() as connection:
            day = (
                connection.execute(sa.select(device_day).where(device_day.c.org_id == org_id))
                .mappings()
                .first()
            )
            of_day = [
                [table.c[name] == day[name] for name in ("org_id", "device_id", "day")]
                for table in (device_day, app_day, raw_batch)
            ]
            connection.execute(sa.update(device_day).where(*of_day[0]).values(usage_s=day["usage_s"] + 1))
            connection.execute(sa.delete(app_day).where(*of_day[1], app_day.c.app == "other"))
            connection.execute(sa.update(raw_batch).where(*of_day[2]).values(seq=raw_batch.c.seq + 1000))
            row = {name: day[name] for name in ("org_id", "device_id", "day")}
            connection.execute(sa.insert(event).values(**row, event_id=uuid4(), kind="crash"))
            stranger = row | {"device_id": uuid4(), "revision": 1, "received_day": day["received_day"]}
            connection.execute(sa.insert(device_day).values(**stranger))
            altered = len(connection.execute(sa.select(raw_batch.c.seq).where(*of_day[2])).all())
        found = verify(store, org_id, plan, fleet)
    assert found.differences == {
        "device_day: altered": 1,
        "device_day: of no laptop of the run": 1,
        "app_day: missing": 1,
        "event: too much": 1,
        "raw_batch: altered": altered,
    }


# The command.


@pytest.fixture
def simulate(on_sqlite: Collector, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("DEX_DATABASE_URL", on_sqlite.database_url)

    def invoke(server: str, *more: str) -> Result:
        fleet = ["--devices", str(DEVICES), "--days", str(DAYS), "--rate", "500", "--compress", "1000"]
        place = ["--data", str(on_sqlite.data), "--server", server]
        return CliRunner().invoke(main, ["simulate", *fleet, *place, *more])

    return invoke


def rows(collector: Collector, table: sa.Table, slug: str) -> int:
    query = sa.select(sa.func.count()).select_from(table).where(table.c.org_id == org_id_of(slug))
    store = Store(collector.database_url)
    try:
        with store.engine.connect() as connection:
            return connection.execute(query).scalar_one()
    finally:
        store.close()


def test_everything_acknowledged_is_found_and_then_taken_away(
    on_sqlite: Collector, simulate: Callable[..., Result]
) -> None:
    done = simulate(on_sqlite.address, "--trouble", "rough")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"laptops enrolled: {DEVICES} of {DEVICES}")
    assert lines[1].endswith("not acknowledged: 0")
    assert lines[-2] == "errors: none"
    assert lines[-1].endswith("rows, differences: none")
    tables = [table for table in metadata.sorted_tables if "org_id" in table.c]
    assert not [table.name for table in tables if rows(on_sqlite, table, SIMULATED)]


def test_with_a_key_the_days_stay_and_the_same_seed_adds_none(
    on_sqlite: Collector, simulate: Callable[..., Result]
) -> None:
    today, org_id = utc_now().date(), org_id_of(MAIN)
    store = Store(on_sqlite.database_url)
    with store.transaction() as session:
        create_organisation(session, MAIN, "Main", today)
        key = create_enrolment_key(session, org_id, today)
    store.close()
    kept = set()
    for _ in range(2):
        done = simulate(on_sqlite.address, "--key", key, "--seed", "3", "--trouble", "none", "--json")
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        assert found["verified"] is None
        kept.add((found["batches"]["acknowledged"], rows(on_sqlite, raw_batch, MAIN)))
        assert rows(on_sqlite, Device.__table__, MAIN) == DEVICES
    [(acknowledged, in_the_store)] = kept
    assert acknowledged == in_the_store


def test_a_fleet_that_returns_at_once_drains_while_others_are_heard(
    on_sqlite: Collector, simulate: Callable[..., Result]
) -> None:
    fleet = ["--devices", str(RETURNING), "--days", "1", "--returning", "--rate", "20", "--connections", "64"]
    done = simulate(on_sqlite.address, *fleet, "--compress", "60", "--minutes", "3", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["laptops"]["enrolled"] == RETURNING
    assert found["batches"]["acknowledged"] > RETURNING
    assert found["verified"]["differences"] == {}
    assert all(found["on_time_by_quarter"]), "who was never away is heard throughout"


class _Pretender(BaseHTTPRequestHandler):
    """Lets laptops in and answers every batch with `status`, but keeps nothing."""

    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/enroll"):
            self._answer(201, {"device_id": str(uuid4()), "token": "t"})
        else:
            batch = json.loads(gzip.decompress(body))
            self._answer(self.status, {"batch_id": batch["batch_id"], "accepted": True, "dropped": []})

    def _answer(self, status: int, answer: dict[str, object]) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        pass


class _Unwilling(_Pretender):
    status = 500


@contextmanager
def answering(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_what_was_acknowledged_and_not_kept_is_found_out(simulate: Callable[..., Result]) -> None:
    with answering(_Pretender) as address:
        done = simulate(address, "--trouble", "none", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    missing = found["verified"]["differences"]["raw_batch: missing"]
    assert (missing, found["errors"]) == (found["batches"]["acknowledged"], {})


def test_a_batch_without_acknowledgement_is_an_error(simulate: Callable[..., Result]) -> None:
    with answering(_Unwilling) as address:
        done = simulate(address, "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["batches"]["acknowledged"] == 0 < found["batches"]["not_acknowledged"]
    assert found["errors"].keys() == {"500"}


def test_a_run_that_is_out_of_time_says_what_is_left(
    on_sqlite: Collector, simulate: Callable[..., Result]
) -> None:
    done = simulate(on_sqlite.address, "--rate", "1", "--minutes", "0.01", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["batches"]["not_acknowledged"] > 0
    assert found["verified"]["differences"] == {}


def test_a_key_that_is_none_is_named(on_sqlite: Collector, simulate: Callable[..., Result]) -> None:
    done = simulate(on_sqlite.address, "--key", "nonsense")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == "dex-server: No laptop could enrol: enrolment: 401 key-unknown.\n"


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8765", "ftp://127.0.0.1", "http://127.0.0.1:99999", "http://"]
)
def test_what_is_no_address_is_said(simulate: Callable[..., Result], address: str) -> None:
    done = simulate(address)
    assert done.exit_code == 2
    assert done.stderr == f"dex-server: “{address}” is not an address such as http://127.0.0.1:8765.\n"


def test_a_collector_that_is_away_ends_it_soon(
    simulate: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.simulator.rounds.ENROL_TRIES", 2)
    with socket.socket() as held:  # bound and not listening: nobody answers
        held.bind(("127.0.0.1", 0))
        done = simulate(f"http://127.0.0.1:{held.getsockname()[1]}")
    assert done.exit_code == 2
    assert done.stderr == "dex-server: No laptop could enrol: enrolment: no answer.\n"

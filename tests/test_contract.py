"""The agent's real enrolment and its real batches through the real door, into the real store."""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import SettableClock
from countersigner import COUNCIL, edition, modulus_of, signature
from flask import Flask
from werkzeug.serving import make_server

from agent.__main__ import main
from agent.agreed.agreement import ended_document
from agent.agreed.policy import Policy, load_policy
from agent.collectors import all_collectors
from agent.collectors.options import collector_options
from agent.config import Config, load_config
from agent.local_time import DAY
from agent.reading import Happening, Reading
from agent.sending import revisions
from agent.sending.delivery import deliver
from agent.signals import COVERED, EVENT_KINDS, Sample
from agent.store import observations, spool
from agent.store.local_store import LocalStore, get, put
from agent.store.observations import SourceState, Tick
from agent.store.service_checks import ServiceCheck
from server.agreement.store import end, put_in_force, register_key
from server.db import Store
from server.devices.store import create_enrolment_key
from server.faults.job import look_at
from server.ingest import models
from server.ingest.partitions import ensure_around
from server.people.models import Organisation

DETAILS = {
    "crash": {"signal": "SIGSEGV"},
    "oscrash": {"cause": "power_loss"},
    "update": {"result": "installed"},
    "service_down": {"service": "intranet", "cause": "slow"},
    "service_up": {"service": "intranet"},
    "agent": {"what": "started"},
}


@pytest.fixture
def address(app: Flask, store: Store, clock: SettableClock) -> Iterator[str]:
    """The collector over HTTP, at the present time, which the agent lives in."""
    clock.now = datetime.now(UTC)
    ensure_around(store, clock.now.date())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def laptop(tmp_path: Path, address: str, store: Store, org: Organisation, clock: SettableClock) -> Config:
    """A laptop that went through the real enrolment."""
    today = clock().date()
    agreement = edition(services=[{"name": "intranet", "host": "intranet.example.org", "port": 443}])
    with store.transaction() as session:
        register_key(session, org.org_id, modulus_of(COUNCIL), today)
        put_in_force(session, org.org_id, agreement, signature(agreement), today)
        key = create_enrolment_key(session, org.org_id, today)
    path = tmp_path / "laptop" / "agent.toml"
    assert main(["--config", str(path), "enroll", "--server", address, "--key", key, "--company-owned"]) == 0
    return load_config(path, {})


def see_a_day_of_everything(config: Config, at: float) -> None:
    """One of every sample and every kind of event that collectors give."""
    one_each = {"on_s": 60.0, "active_s": 60.0, "boot": 1.0, "boot_s": 31.5, "boot_locked_s": 4.0}
    one_each |= {"boot_update_s": 9.0, "signin": 1.0, "signin_s": 8.0, "battery_health_pct": 88.0}
    one_each |= {"disk_free_pct": 41.0, "patch_age_d": 3.0, "cpu_pressed": 1.0, "mem_pressed": 0.0}
    one_each |= {"disk_pressed": 1.0, "probe_ok": 1.0, "probe_rtt_ms": 12.0, "wifi_signal_pct": 66.0}
    sources = {"active_s": "session", "cpu_pressed": "psi", "mem_pressed": "psi", "disk_pressed": "busy"}
    samples = [Sample(n, v, attributes={"source": sources.get(n, "")}) for n, v in one_each.items()]
    happened = datetime.fromtimestamp(at - 1, UTC)
    events = [
        Happening(kind, happened, "firefox", "128.3", 7.5, DETAILS.get(kind, {})) for kind in EVENT_KINDS
    ]
    services = [ServiceCheck("intranet", "", 30.0), ServiceCheck("intranet", "slow")]
    reading = Reading(samples, events, "c", services=services)
    tick = Tick(at, {"all": reading}, {name: SourceState("ok") for name in COVERED})
    store = LocalStore(config.store_path)
    with store.transaction() as db:
        observations.record(db, tick)
        revisions.make_all_due(db, at)
    store.close()


def rows(store: Store, org: Organisation, table: sa.Table) -> list[dict[str, object]]:
    with store.reading() as session:
        found = session.execute(sa.select(table).where(table.c.org_id == org.org_id))
        return [dict(row._mapping) for row in found]


def test_a_day_of_everything_arrives_whole(laptop: Config, store: Store, org: Organisation) -> None:
    see_a_day_of_everything(laptop, time.time())
    assert deliver(laptop).trouble == ""
    local = LocalStore(laptop.store_path)
    (kept,) = spool.answered(local.db)
    local.close()
    assert kept.answer == "", "the collector left something out"
    (raw,) = rows(store, org, models.raw_batch)
    assert raw["body"] == kept.body
    sent = json.loads(gzip.decompress(kept.body))
    (day,) = rows(store, org, models.device_day)
    for name, value in sent["summary"].items():
        if name not in ("apps", "agent", "services"):
            assert day[name] == value, name
    assert day["agent_version"] == sent["summary"]["agent"][0]["version"]
    assert [a["app"] for a in rows(store, org, models.app_day)] == ["firefox"]
    (service,) = rows(store, org, models.service_day)
    assert service["service"] == "intranet"
    assert (service["checks"], service["failures"], service["first_byte_ms"]) == (2, {"slow": 1}, 30.0)
    assert day["wifi_signal_pct"] == 66.0
    assert sorted(e["kind"] for e in rows(store, org, models.event)) == sorted(EVENT_KINDS)


def test_a_repeat_after_a_lost_answer_counts_once(laptop: Config, store: Store, org: Organisation) -> None:
    see_a_day_of_everything(laptop, time.time())
    assert deliver(laptop).trouble == ""
    local = LocalStore(laptop.store_path)
    local.db.execute("UPDATE batch SET state = 'waiting', answered_at = NULL")
    local.close()
    assert deliver(laptop).trouble == ""
    assert len(rows(store, org, models.raw_batch)) == 1
    assert len(rows(store, org, models.event)) == len(EVENT_KINDS)


def test_a_higher_revision_replaces_the_day(laptop: Config, store: Store, org: Organisation) -> None:
    began = time.time()
    for number in range(3):
        see_a_day_of_everything(laptop, began - 9 + number)
        assert deliver(laptop).trouble == ""
    (day,) = rows(store, org, models.device_day)
    assert (day["revision"], day["app_crashes"]) == (3, 3)


def test_a_copied_disk_becomes_a_device_of_its_own(
    laptop: Config, store: Store, org: Organisation, tmp_path: Path
) -> None:
    """Both copies send under one installation and one number; the later one makes itself new."""
    copy = load_config_of_copy(laptop, tmp_path)
    for config in (laptop, copy):
        see_a_day_of_everything(config, time.time())
        assert deliver(config).trouble == ""
    days = rows(store, org, models.device_day)
    assert len({day["device_id"] for day in days}) == 2
    assert len(rows(store, org, models.event)) == 2 * len(EVENT_KINDS)


def load_config_of_copy(laptop: Config, tmp_path: Path) -> Config:
    folder = tmp_path / "copy"
    folder.mkdir()
    for file in laptop.state.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return load_config(folder / "agent.toml", {})


def test_a_day_too_old_for_the_collector_is_set_aside(
    laptop: Config, store: Store, org: Organisation, clock: SettableClock
) -> None:
    """The collector's calendar is ahead of what this laptop still thinks it may send."""
    see_a_day_of_everything(laptop, time.time() - 29 * DAY)
    clock.advance(days=5)
    assert deliver(laptop).trouble == ""
    local = LocalStore(laptop.store_path)
    rejected = [b for b in spool.answered(local.db) if b.state == spool.REJECTED]
    local.close()
    assert ["not taken any more" in b.answer for b in rejected] == [True]
    assert rows(store, org, models.device_day) == []


def test_the_policy_of_the_enrolment_is_the_policy_later(laptop: Config) -> None:
    """The agreement is pinned at the enrolment; an ordinary look must not be refused."""
    local = LocalStore(laptop.store_path)
    put(local.db, "policy_checked_at", "")
    local.close()
    assert deliver(laptop).trouble == ""
    local = LocalStore(laptop.store_path)
    assert get(local.db, "policy_refused") == ""
    assert get(local.db, "policy_etag") != ""
    local.close()


def look_at_the_policy_again(laptop: Config) -> Policy:
    local = LocalStore(laptop.store_path)
    put(local.db, "policy_checked_at", "")
    local.close()
    assert deliver(laptop).trouble == ""
    local = LocalStore(laptop.store_path)
    found = load_policy(local.db)
    local.close()
    return found


def test_the_laptop_says_on_the_day_it_is_found_what_it_sees(
    laptop: Config, store: Store, org: Organisation, clock: SettableClock, capsys: pytest.CaptureFixture[str]
) -> None:
    see_a_day_of_everything(laptop, time.time() - DAY)
    assert deliver(laptop).trouble == ""
    with store.transaction() as session:
        yesterday = clock().date() - timedelta(days=1)
        session.execute(
            sa.update(models.device_day)
            .where(models.device_day.c.org_id == org.org_id, models.device_day.c.day == yesterday)
            .values(disk_free_pct=2.0)
        )
    look_at(store, org.org_id, clock().date())
    assert [notice.rule for notice in look_at_the_policy_again(laptop).fault_notices] == ["full-disk"]
    capsys.readouterr()
    assert main(["--config", str(laptop.path), "show"]) == 0
    assert "Less than 5 percent of the system disk is free." in capsys.readouterr().out


def test_the_end_of_the_agreement_stops_what_a_laptop_collects_and_sends(
    laptop: Config, store: Store, org: Organisation, clock: SettableClock
) -> None:
    see_a_day_of_everything(laptop, time.time())
    assert deliver(laptop).trouble == ""
    before = rows(store, org, models.raw_batch)
    see_a_day_of_everything(laptop, time.time())
    with store.transaction() as session:
        end(session, org.org_id, clock().date(), signature(ended_document(2)))
    in_force = look_at_the_policy_again(laptop)
    assert in_force.ended
    assert all_collectors(collector_options(laptop, in_force)) == ()
    assert deliver(laptop).trouble == ""
    assert rows(store, org, models.raw_batch) == before
    local = LocalStore(laptop.store_path)
    assert spool.count(local.db, spool.WAITING) == 0
    local.close()

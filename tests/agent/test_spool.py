"""What waits to be sent: kept over a kill, bounded, and every loss counted."""

import os
import resource
import sqlite3
from pathlib import Path

import pytest

from agent.agreed.policy import Policy
from agent.errors import StoreUnusable
from agent.local_time import DAY, day_of
from agent.sending import batches
from agent.signals import LIMITS
from agent.store import app_time, bodies, spool
from agent.store.app_time import AppTime
from agent.store.local_store import SCHEMA, LocalStore, dropped_by_reason, get, put
from agent.store.spool import Batch

NOW = 1_772_600_000.0


def batch(number: int, day: str = day_of(NOW), size: int = 100, **values: object) -> Batch:
    body = os.urandom(size)
    return Batch(f"b{number}", number, day, NOW, 1, 0, 0, body, **values)  # type: ignore[arg-type]


def fill(store: LocalStore, *found: Batch) -> None:
    with store.transaction() as db:
        for each in found:
            spool.add(db, each)


def test_batches_wait_in_order_until_they_are_settled(local_store: LocalStore) -> None:
    fill(local_store, batch(2), batch(1), batch(3))
    assert [b.batch_id for b in spool.waiting(local_store.db)] == ["b1", "b2", "b3"]
    with local_store.transaction() as db:
        spool.settle(db, "b1", spool.ACCEPTED, "", NOW)
        spool.settle(db, "b2", spool.REJECTED, "Too old.", NOW)
    assert [b.batch_id for b in spool.waiting(local_store.db)] == ["b3"]
    assert {b.batch_id: b.answer for b in spool.answered(local_store.db)} == {"b1": "", "b2": "Too old."}
    assert dropped_by_reason(local_store.db) == {"rejected": 1}


def test_a_day_31_days_back_is_dropped_here_and_counted(local_store: LocalStore) -> None:
    old, edge = day_of(NOW - 31 * DAY), day_of(NOW - 30 * DAY)
    fill(local_store, batch(1, old), batch(2, edge), batch(3))
    with local_store.transaction() as db:
        spool.drop_too_old(db, NOW)
    assert [b.batch_id for b in spool.waiting(local_store.db)] == ["b2", "b3"]
    assert dropped_by_reason(local_store.db) == {"too_old": 1}


def test_a_full_spool_loses_its_copies_first_and_then_the_oldest(local_store: LocalStore) -> None:
    fill(local_store, *(batch(n, size=4000) for n in range(100)))
    with local_store.transaction() as db:
        for n in range(50, 60):
            spool.settle(db, f"b{n}", spool.ACCEPTED, "", NOW)
        limit = spool.used_bytes(db) - 200_000
        spool.make_room(db, NOW, limit)
        assert spool.used_bytes(db) <= limit
    left = [b.seq for b in spool.waiting(local_store.db)]
    assert spool.answered(local_store.db) == []
    assert left == sorted(left)
    assert left[-1] == 99
    assert left[0] > 0
    assert dropped_by_reason(local_store.db) == {"spool_full": 90 - len(left)}


def test_the_store_is_readable_by_its_owner_alone(local_store: LocalStore) -> None:
    put(local_store.db, "key", "value")
    for path in local_store.path.parent.glob("spool.sqlite3*"):
        assert path.stat().st_mode & 0o077 == 0


def test_a_full_disk_is_one_sentence_and_loses_nothing_that_was_kept(local_store: LocalStore) -> None:
    fill(local_store, batch(1))
    pages = local_store.db.execute("PRAGMA page_count").fetchone()[0]
    local_store.db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreUnusable, match="cannot be written: database or disk is full"):
        fill(local_store, batch(2, size=100_000))
    assert [b.batch_id for b in spool.waiting(local_store.db)] == ["b1"]
    local_store.db.execute("PRAGMA max_page_count = 1000000")
    fill(local_store, batch(2, size=100_000))
    assert spool.count(local_store.db, spool.WAITING) == 2


def test_a_file_size_limit_is_no_crash(tmp_path: Path) -> None:
    """In a child, because the limit holds for the whole process."""
    store = LocalStore(tmp_path / "spool.sqlite3")
    store.close()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        os._exit(_write_until_full(tmp_path / "spool.sqlite3"))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert spool.count(store.db, spool.WAITING) > 0
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


def _write_until_full(path: Path) -> int:
    try:
        store = LocalStore(path)
        for number in range(1000):
            fill(store, batch(number, size=5000))
    except StoreUnusable:
        return 7
    return 1


def test_a_store_of_a_newer_agent_is_left_alone(local_store: LocalStore) -> None:
    local_store.db.execute("PRAGMA user_version = 99")
    local_store.close()
    with pytest.raises(StoreUnusable, match="newer agent"):
        LocalStore(local_store.path)
    check = sqlite3.connect(local_store.path)
    assert check.execute("PRAGMA user_version").fetchone() == (99,)


def test_a_store_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    path.write_bytes(b"this was a database before the power went" * 100)
    store = LocalStore(path)
    assert path.with_suffix(".broken").exists()
    assert dropped_by_reason(store.db) == {"store_unreadable": 1}
    store.close()


def test_a_store_with_torn_pages_is_set_aside(local_store: LocalStore) -> None:
    fill(local_store, *(batch(n, size=3000) for n in range(20)))
    local_store.close()
    whole = bytearray(local_store.path.read_bytes())
    for page in range(4, len(whole) // 1024, 3):
        whole[page * 1024 : page * 1024 + 900] = os.urandom(900)
    local_store.path.write_bytes(whole)
    found = LocalStore(local_store.path)
    assert spool.waiting(found.db) == []
    assert dropped_by_reason(found.db) == {"store_unreadable": 1}
    found.close()


def test_a_store_cut_off_by_a_power_loss_opens(local_store: LocalStore) -> None:
    """The last transaction may be gone; the ones before are there."""
    fill(local_store, batch(1))
    fill(local_store, batch(2))
    wal = local_store.path.with_name("spool.sqlite3-wal")
    copy = local_store.path.parent / "copy"
    copy.mkdir()
    (copy / "spool.sqlite3").write_bytes(local_store.path.read_bytes())
    (copy / "spool.sqlite3-wal").write_bytes(wal.read_bytes()[:-700])
    found = LocalStore(copy / "spool.sqlite3")
    assert [b.batch_id for b in spool.waiting(found.db)] == ["b1"]
    found.close()


def test_bodies_are_the_exact_bytes_and_open_again() -> None:
    content = {"batch_id": "x", "summary": {"on_s": 1.5}, "events": [{"app": "naïve"}]}
    assert bodies.unpacked(bodies.packed(content)) == content
    assert bodies.packed(content) == bodies.packed(content)


def test_numbers_of_batches_are_never_used_twice(local_store: LocalStore) -> None:
    with local_store.transaction() as db:
        first = batches.next_seq(db)
    local_store.close()
    with local_store.transaction() as db:
        assert batches.next_seq(db) == first + 1
        assert get(db, "seq") == str(first + 1)


def test_too_many_events_make_more_than_one_batch(local_store: LocalStore) -> None:
    number = LIMITS.events_per_batch + 20
    with local_store.transaction() as db:
        for n in range(number):
            row = (f"e{n}", day_of(NOW), 9, NOW + n, "crash", f"app{n}", "", None, "{}", 1)
            db.execute("INSERT INTO happening VALUES (?,?,?,?,?,?,?,?,?,?)", row)
        assert batches.compose(db, NOW, Policy({}), 1.0) == 2
    assert [b.events for b in spool.waiting(local_store.db)] == [LIMITS.events_per_batch, 20]
    sent = {e["event_id"] for b in spool.waiting(local_store.db) for e in bodies.unpacked(b.body)["events"]}
    assert len(sent) == number


def test_a_store_of_the_first_version_is_brought_forward(tmp_path):
    path = tmp_path / "spool.sqlite3"
    old = sqlite3.connect(path, isolation_level=None)
    for statement in SCHEMA.split(";"):
        old.execute(statement)
    old.execute("PRAGMA user_version = 1")
    old.execute("INSERT INTO meta VALUES ('seq', '7')")
    old.close()

    store = LocalStore(path)

    assert get(store.db, "seq") == "7"
    app_time.add(store.db, "2026-03-02", [AppTime("firefox", "128.0", 30.0)])
    assert app_time.of_day(store.db, "2026-03-02") == (AppTime("firefox", "128.0", 30.0),)
    store.close()

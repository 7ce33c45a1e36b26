"""What a backup wrote becomes a store again, whole and checked, with all that was acknowledged before."""

import os
import sqlite3
import threading
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import factories
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from server.cli import main
from server.db import Store
from server.errors import UsageError
from server.ingest.models import device_day, event, raw_batch
from server.ingest.payload import parse_batch
from server.ingest.refold import refold
from server.ingest.store import Delivery, Outcome
from server.ingest.writer import Writer
from server.people.organisations import MAIN, create_organisation
from server.revisions import revisions
from server.upkeep.backup import backup, restore

TODAY = date(2026, 3, 4)
LAPTOPS = 4


@pytest.fixture
def laptops(sqlite_store: Store) -> list[factories.EnrolledDevice]:
    with sqlite_store.transaction() as session:
        org = create_organisation(session, MAIN, "Main", TODAY)
        return [factories.enrol_device(session, org.org_id, TODAY) for _ in range(LAPTOPS)]


class Sender(threading.Thread):
    """Delivers batches until it is stopped, and notes each once it is acknowledged."""

    def __init__(self, writer: Writer, laptop: factories.EnrolledDevice, stop: threading.Event) -> None:
        super().__init__()
        self.acknowledged: list[int] = []
        self._writer, self._laptop, self._stop_asked = writer, laptop, stop

    def run(self) -> None:
        seq = 0
        while not self._stop_asked.is_set():
            seq += 1
            delivered = self._writer.submit(self._delivery(seq)).result(30)
            assert delivered is Outcome.KEPT
            self.acknowledged.append(seq)

    def _delivery(self, seq: int) -> Delivery:
        laptop, day = self._laptop, TODAY - timedelta(days=seq % 5)
        content = factories.batch(
            laptop, seq, day, summary=factories.summary(revision=seq), events=[factories.event()]
        )
        body = factories.packed(content)
        return Delivery(laptop.org_id, laptop.device_id, parse_batch(factories.unpacked(body)).batch, body)


def test_a_backup_under_load_restores_all_that_was_acknowledged_before(
    sqlite_store: Store, laptops, clock, tmp_path: Path
) -> None:
    writer, stop = Writer(sqlite_store, clock), threading.Event()
    senders = [Sender(writer, laptop, stop) for laptop in laptops]
    for sender in senders:
        sender.start()
    try:
        while min(len(sender.acknowledged) for sender in senders) < 20:
            stop.wait(0.01)
        before = [list(sender.acknowledged) for sender in senders]
        written = backup(sqlite_store, tmp_path / "copy")
        while min(len(sender.acknowledged) for sender in senders) < 40:
            stop.wait(0.01)
    finally:
        stop.set()
        for sender in senders:
            sender.join(30)
        writer.close()
    assert restore(tmp_path / "copy", tmp_path / "new.sqlite3", str(written)) == written
    restored = Store(f"sqlite:///{tmp_path}/new.sqlite3")
    for laptop, acknowledged in zip(laptops, before, strict=True):
        kept = numbers(restored, laptop)
        assert set(acknowledged) <= set(kept)
        assert kept == list(range(1, len(kept) + 1)), (
            "one state: nothing later is there without what was before"
        )
        assert newest(restored, laptop) == max(kept)
        assert events(restored, laptop) == len(kept)
    done = refold(restored, TODAY - timedelta(days=5), TODAY, TODAY, lambda _line: None)
    assert done.before == done.after, "rows fit the batches"
    restored.close()


def numbers(store: Store, laptop: factories.EnrolledDevice) -> list[int]:
    return [row[0] for row in read(store, sa.select(raw_batch.c.seq).order_by("seq"), raw_batch, laptop)]


def newest(store: Store, laptop: factories.EnrolledDevice) -> int:
    return read(store, sa.select(sa.func.max(device_day.c.revision)), device_day, laptop)[0][0]


def events(store: Store, laptop: factories.EnrolledDevice) -> int:
    return read(store, sa.select(sa.func.count()), event, laptop)[0][0]


def read(store: Store, query: sa.Select, table: sa.Table, laptop: factories.EnrolledDevice) -> list:
    with store.reading() as session:
        return session.execute(
            query.where(table.c.org_id == laptop.org_id, table.c.device_id == laptop.device_id)
        ).all()


@pytest.fixture
def copy(sqlite_store: Store, laptops, tmp_path: Path) -> Path:
    backup(sqlite_store, tmp_path / "copy")
    return tmp_path / "copy"


def test_it_is_private_and_the_place_must_be_empty(copy: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.sqlite3"
    restore(copy, target)
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="is there already"):
        restore(copy, target)
    target.rename(tmp_path / "elsewhere")
    (tmp_path / "new.sqlite3-wal").write_bytes(b"of another store")
    with pytest.raises(UsageError, match=r"new\.sqlite3-wal is there already"):
        restore(copy, target)


def test_a_damaged_copy_is_refused_and_leaves_nothing(copy: Path, tmp_path: Path) -> None:
    size = copy.stat().st_size
    with open(copy, "r+b") as file:
        for place in range(4096, size, 4096):
            file.seek(place + 8)
            file.write(os.urandom(64))
    refused(copy, tmp_path, "damaged")
    copy.write_text("no store at all, but long enough to be looked at " * 100)
    refused(copy, tmp_path, "no copy of a store")
    refused(tmp_path / "missing", tmp_path, "no file")


def test_a_changed_copy_has_another_fingerprint(copy: Path, sqlite_store: Store, tmp_path: Path) -> None:
    known = str(backup(sqlite_store, tmp_path / "second"))
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE organisation SET name = 'Mine'")
    with pytest.raises(UsageError, match="not " + known):
        restore(copy, tmp_path / "new.sqlite3", known)
    assert restore(tmp_path / "second", tmp_path / "new.sqlite3", known)


def test_a_copy_of_a_newer_version_is_refused(copy: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_later'")
    refused(copy, tmp_path, "newer version")


def refused(copy: Path, tmp_path: Path, sentence: str) -> None:
    target = tmp_path / "place" / "new.sqlite3"
    target.parent.mkdir(exist_ok=True)
    with pytest.raises(UsageError, match=sentence):
        restore(copy, target)
    assert list(target.parent.iterdir()) == []


def test_the_command_makes_a_store_that_is_checked_and_used(copy: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("DEX_DATABASE_URL", raising=False)
    data = tmp_path / "empty"
    arguments = ["db", "restore", str(copy), "--data", str(data)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    store = Store(f"sqlite:///{data}/dex.sqlite3")
    found, needed = revisions(store)
    assert found == needed
    store.close()
    assert CliRunner().invoke(main, ["db", "check", "--data", str(data)]).exit_code == 0
    again = CliRunner().invoke(main, arguments)
    assert (again.exit_code, again.stderr.count("\n")) == (2, 1)
    monkeypatch.setenv("DEX_DATABASE_URL", "postgresql://postgres@127.0.0.1:9/none")
    other = CliRunner().invoke(main, arguments)
    assert (other.exit_code, other.stderr.count("\n")) == (2, 1)

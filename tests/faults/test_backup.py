"""A copy that is taken under load holds everything acknowledged before it was begun, and of each laptop's
batches none without those before it; what days and events say fits these batches."""

import shutil
import subprocess
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pg_server
import pytest
from click.testing import CliRunner
from collector_process import Collector
from faults.fleet import DAYS, Laptop, Rows, delivering, numbers, wait_for_more

from dashboards.cli import main
from server.clock import utc_now
from server.db import Store
from server.ingest.refold import refold

BEFORE = 20
"""Batches of each laptop."""


def assert_a_prefix(copy: Store, fleet: Sequence[Laptop], before: Sequence[int]) -> None:
    found = Rows(copy, fleet[0].device.org_id)
    for laptop, acknowledged in zip(fleet, before, strict=True):
        kept = dict(found.batches[laptop.device.device_id])
        assert acknowledged <= len(kept) <= len(laptop.batches)
        assert kept == {seq: laptop.batches[seq] for seq in range(1, len(kept) + 1)}
        assert len(found.events[laptop.device.device_id]) == len(kept)
        assert max(revision for _, revision, _ in found.days[laptop.device.device_id]) == len(kept)
    today = utc_now().date()
    anew = refold(copy, today - timedelta(days=DAYS), today, today, lambda _line: None)
    assert anew.before == anew.after


def command(*arguments: str | Path) -> str:
    done = CliRunner().invoke(main, [str(word) for word in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_of_the_embedded_store(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEX_DATABASE_URL", raising=False)
    copy, elsewhere = tmp_path / "copy", tmp_path / "elsewhere"
    with closing(Store(sqlite_url)) as store, Collector(tmp_path, sqlite_url) as collector:
        collector.start()
        with delivering(store, collector.address) as fleet:
            wait_for_more(fleet, BEFORE)
            before = numbers(fleet)
            written = command("db", "backup", copy, "--data", tmp_path)
            wait_for_more(fleet)
    fingerprint = written.split()[-1]
    assert command("db", "restore", copy, "--digest", fingerprint, "--data", elsewhere) == written
    command("db", "check", "--data", elsewhere)
    with closing(Store(f"sqlite:///{elsewhere}/dex.sqlite3")) as restored:
        assert_a_prefix(restored, fleet, before)


@pytest.fixture
def tools() -> Path:
    folder = pg_server.find_binaries()
    if not shutil.which("pg_dump", path=folder):
        pytest.skip(f"not run: there is no pg_dump beside the server in {folder}; install postgresql")
    return folder


def test_of_postgresql(tmp_path: Path, pg_url: str, empty_pg_url: str, tools: Path) -> None:
    copy = tmp_path / "copy"
    with closing(Store(pg_url)) as store, Collector(tmp_path, pg_url) as collector:
        collector.start()
        with delivering(store, collector.address) as fleet:
            wait_for_more(fleet, BEFORE)
            before = numbers(fleet)
            subprocess.run([tools / "pg_dump", "--format=custom", f"--file={copy}", pg_url], check=True)
            wait_for_more(fleet)
    subprocess.run([tools / "pg_restore", f"--dbname={empty_pg_url}", "--exit-on-error", copy], check=True)
    with closing(Store(empty_pg_url)) as restored:
        assert_a_prefix(restored, fleet, before)

"""What becomes of a laptop whose local store is lost, older, newer, half written, or not writable."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fake_time import FakeTime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.agreed.policy import load_policy
from agent.config import Config
from agent.errors import StoreTooNew
from agent.local_time import day_of
from agent.reading import Collector, Happening, Reading
from agent.sending import batches
from agent.service.runner import Runner
from agent.signals import Sample
from agent.store import local_store as stores
from agent.store import minutes, observations
from agent.store.local_store import EDITIONS_PER_STORE, SCHEMA, LocalStore, dropped_by_reason, get, put
from agent.store.minutes import Minute
from agent.system.clock import Clock

ROOT = Path(__file__).parents[2]
USED = Reading([Sample("active_s", 60.0), Sample("on_s", 60.0)])


def use(config: Config, store: LocalStore, time: FakeTime, minutes_long: int) -> list[int]:
    """Be used for some minutes, then send what is known; the numbers of the editions that were made."""
    clock = Clock(0.0, lambda: time.wall, lambda: time.elapsed, lambda: time.awake)
    source = Collector("use", ("active",), 60.0, lambda now, cursor: USED)
    runner = Runner(config, store, clock=clock, collectors=lambda options: [source])
    for _ in range(minutes_long):
        time.pass_(60)
        runner.tick()
    runner.make_all_due()
    with store.transaction() as db:
        batches.compose(db, time.wall, load_policy(db), 0.0)
    return [revision for (revision,) in store.db.execute("SELECT revision FROM batch ORDER BY seq")]


@pytest.mark.parametrize("how", ["deleted", "overwritten"])
def test_after_a_lost_store_the_rest_of_the_day_still_reaches_the_collector(
    enrolled_config: Config, fake_time: FakeTime, how: str
) -> None:
    """It keeps the highest edition of a day, so a new store must not begin at one again."""
    path = enrolled_config.store_path
    found: list[int] = []
    for _ in range(3):
        store = LocalStore(path)
        found += use(enrolled_config, store, fake_time, 5)
        store.close()
        if how == "deleted":
            path.unlink()
        else:
            path.write_bytes(os.urandom(5000))
    assert found == [1, EDITIONS_PER_STORE + 1, 2 * EDITIONS_PER_STORE + 1]
    store = LocalStore(path)
    assert dropped_by_reason(store.db) == {"store_unreadable": 1}
    store.close()


def test_after_a_lost_store_the_day_so_far_is_a_gap(enrolled_config: Config, fake_time: FakeTime) -> None:
    path = enrolled_config.store_path
    store = LocalStore(path)
    use(enrolled_config, store, fake_time, 5)
    store.close()
    path.unlink()
    store = LocalStore(path)
    use(enrolled_config, store, fake_time, 5)
    rows = minutes.of_day(store.db, day_of(fake_time.wall))
    assert max(m.unwatched_s for m in rows) == pytest.approx(fake_time.awake - 300, abs=120)
    assert [row[0] for row in store.db.execute("SELECT day FROM day")] == [day_of(fake_time.wall)]
    store.close()


def test_a_first_store_begins_at_one(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "spool.sqlite3")
    assert get(store.db, "revision_floor") == ""
    store.close()
    again = LocalStore(tmp_path / "spool.sqlite3")
    assert (get(again.db, "lost"), dropped_by_reason(again.db)) == ("", {})
    again.close()


def test_a_store_of_the_first_version_is_brought_forward_with_all_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    old = sqlite3.connect(path)
    old.executescript(SCHEMA)
    old.execute("PRAGMA user_version = 1")
    minutes.add(old, "2026-03-04", Minute(29_543_333, on_s=60.0, active_s=60.0))
    put(old, "seq", "17")
    old.commit()
    old.close()
    store = LocalStore(path)
    assert store.db.execute("PRAGMA user_version").fetchone() == (stores.VERSION,)
    assert [m.active_s for m in minutes.of_day(store.db, "2026-03-04")] == [60.0]
    assert batches.next_seq(store.db) == 18
    observations.facts_of(store.db, "2026-03-04")
    store.close()


def test_a_store_of_a_newer_agent_ends_the_service_for_good(
    enrolled_config: Config, local_store: LocalStore
) -> None:
    """One sentence, and a code of its own on which the service manager does not try again."""
    local_store.db.execute("PRAGMA user_version = 99")
    local_store.close()
    command = [sys.executable, "-m", "agent", "--config", str(enrolled_config.path), "run"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=ROOT)
    assert done.returncode == StoreTooNew.exit_code == 3
    assert done.stderr.count("\n") == 1
    assert "newer agent" in done.stderr
    unit = (ROOT / "packaging/linux/dex-agent.service").read_text()
    prevented = next(line for line in unit.splitlines() if line.startswith("RestartPreventExitStatus="))
    assert "3" in prevented.partition("=")[2].split()


def written(path: Path, rows: int) -> None:
    """Some transactions, and an end without a checkpoint: all of it is in the write-ahead log."""
    program = (
        "import os, sys; from pathlib import Path; from agent.store.local_store import LocalStore\n"
        "store = LocalStore(Path(sys.argv[1]))\n"
        "for n in range(int(sys.argv[2])):\n"
        "    with store.transaction() as db:\n"
        "        db.execute('INSERT INTO cursor VALUES (?, ?)', (f'c{n}', 'x' * 300))\n"
        "        db.execute('INSERT INTO dropped VALUES (?, ?, 1)', (f'd{n}', 'too_old'))\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path), str(rows)], check=True, cwd=ROOT)


@pytest.fixture(scope="module")
def unplugged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unplugged")
    written(folder / "spool.sqlite3", 30)
    return folder


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), torn=st.integers(0, 600), noise=st.binary(max_size=64))
def test_after_a_power_loss_every_transaction_is_whole_or_missing(
    unplugged: Path, tmp_path: Path, at: float, torn: int, noise: bytes
) -> None:
    """The log ends anywhere, its last bytes are anything; earlier transactions stay, with both their rows."""
    folder = Path(str(tmp_path)) / str(random.random())
    shutil.copytree(unplugged, folder)
    log = folder / "spool.sqlite3-wal"
    whole = log.read_bytes()
    kept = whole[: int(at * len(whole))]
    log.write_bytes(kept[: max(0, len(kept) - torn)] + noise)
    (folder / "spool.sqlite3-shm").unlink(missing_ok=True)
    store = LocalStore(folder / "spool.sqlite3")
    cursors = {int(name[1:]) for name in observations.cursors(store.db)}
    dropped = {int(day[1:]) for (day,) in store.db.execute("SELECT day FROM dropped WHERE day LIKE 'd%'")}
    assert cursors == dropped == set(range(len(cursors)))
    with store.transaction() as db:
        put(db, "still", "writable")
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()
    shutil.rmtree(folder)


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """A file system that a test makes read-only and writable again; needs the right to mount one."""
    folder = tmp_path / "state"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("not run: mounting a file system needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


def test_on_a_read_only_file_system_looks_go_on_and_the_loss_is_counted(
    mount: Path, enrolled_config: Config, fake_time: FakeTime, capsys: pytest.CaptureFixture[str]
) -> None:
    """What has a cursor is read again when the disk can be written again; use is lost, and counted."""
    for file in enrolled_config.state.iterdir():
        (mount / file.name).write_bytes(file.read_bytes())
    config = replace(enrolled_config, path=mount / "agent.toml", state=mount)
    store = LocalStore(config.store_path)
    put(store.db, "policy_checked_at", str(fake_time.wall))
    journal: list[Happening] = []

    def crashes(now: float, cursor: str | None) -> Reading:
        return Reading(events=journal[int(cursor or 0) :], cursor=str(len(journal)))

    collectors = [
        Collector("crash", ("crash",), 60.0, crashes),
        Collector("use", ("active",), 60.0, lambda now, cursor: USED),
    ]
    clock = Clock(0.0, lambda: fake_time.wall, lambda: fake_time.elapsed, lambda: fake_time.awake)
    runner = Runner(config, store, clock=clock, collectors=lambda options: collectors)

    def live(minutes_long: int) -> None:
        for _ in range(minutes_long):
            fake_time.pass_(60)
            at = datetime.fromtimestamp(fake_time.wall, UTC)
            journal.append(Happening("crash", at, app=f"app{len(journal)}"))
            runner.step()

    config.identity_path.unlink()  # nothing is sent in this test
    live(3)
    store.close()
    remount(mount, "ro")
    live(4)
    assert capsys.readouterr().err.count("Read-only file system") == 1
    remount(mount, "rw")
    live(3)
    kept = observations.happenings_of(store.db, day_of(fake_time.wall))
    assert sorted(h.app for h in kept) == sorted(h.app for h in journal)
    assert dropped_by_reason(store.db) == {"store_unwritable": 4}
    assert len(minutes.of_day(store.db, day_of(fake_time.wall))) == 6
    store.close()

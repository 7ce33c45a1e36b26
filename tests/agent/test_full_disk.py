"""A real agent on a file system without room: it goes on, says so once, and loses no event."""

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from countersigner import edition, signed, trust
from fed_laptop import FedLaptop
from recording_collector import RecordingCollector
from waiting import wait_until

from agent.config import Config
from agent.store.local_store import LocalStore, dropped_by_reason

ROOM = "512k"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own; needs the right to mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("not run: mounting a small file system needs root; test_spool.py bounds the file instead")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_up(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"x" * 1024)


def test_a_full_disk_is_said_once_and_no_event_is_lost(
    small_disk: Path, enrolled_config: Config, recording: RecordingCollector, tmp_path: Path
) -> None:
    names = [f"app{n}" for n in range(1000)]
    recording.policy |= {"applications": names, "agreement": signed(edition(applications=names))}
    trust(enrolled_config)
    for file in enrolled_config.state.iterdir():
        (small_disk / file.name).write_bytes(file.read_bytes())
    laptop = FedLaptop(
        replace(enrolled_config, path=small_disk / "agent.toml", state=small_disk), tmp_path / "feed"
    )
    laptop.start()
    laptop.crash(3)
    wait_until(lambda: len(recording.events) == 3)
    fill_up(small_disk / "filler")
    laptop.crash(300)
    wait_until(lambda: "full" in laptop.errors.read_text() or "unable" in laptop.errors.read_text())
    (small_disk / "filler").unlink()
    laptop.crash(3)
    wait_until(lambda: len(recording.events) >= len(laptop.expected))
    assert laptop.end(signal.SIGTERM) == 0
    assert Counter(event["app"] for event in recording.events) == Counter(laptop.expected)
    said = laptop.errors.read_text()
    assert "Traceback" not in said
    assert said.count("\n") < 12
    store = LocalStore(small_disk / "spool.sqlite3")
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert set(dropped_by_reason(store.db)) <= {"store_unwritable"}
    store.close()

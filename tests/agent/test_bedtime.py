"""The lid is closed: what the day was so far leaves before the laptop sleeps."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_logind import FakeLogind
from recording_collector import RecordingCollector
from waiting import wait_until

from agent.config import Config
from agent.service.bedtime import open_bedtime

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    shutil.which("dbus-daemon") is None, reason="not run: needs dbus-daemon (Debian: dbus)"
)


@pytest.fixture
def logind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeLogind]:
    found = FakeLogind(tmp_path)
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", found.address)
    yield found
    found.close()


def test_it_asks_to_be_waited_for_and_lets_go(logind: FakeLogind) -> None:
    lender = threading.Thread(target=logind.lend_lock)
    lender.start()
    bedtime = open_bedtime()
    lender.join()
    assert bedtime is not None
    assert logind.is_held(0)
    logind.say(True)
    wait_until(bedtime.told)
    bedtime.let_go()
    assert not logind.is_held(0, 5)
    logind.say(False)
    lender = threading.Thread(target=logind.lend_lock)
    lender.start()
    wait_until(lambda: bedtime.told() == [False])
    bedtime.stay()
    lender.join()
    assert logind.is_held(1)
    bedtime.close()
    assert not logind.is_held(1, 5)


def test_without_a_bus_nobody_tells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path / 'nobody'}")
    assert open_bedtime() is None


def slowly(path: str, content: dict[str, Any]) -> None:
    time.sleep(0.3)


def test_the_day_so_far_leaves_before_the_laptop_sleeps(
    logind: FakeLogind, enrolled_config: Config, recording: RecordingCollector
) -> None:
    """The lock is held until the collector has it, and not by the child that delivered."""
    service = subprocess.Popen(
        [sys.executable, "-m", "agent", "--config", str(enrolled_config.path), "run"],
        cwd=ROOT,
        env=dict(os.environ),
    )
    try:
        logind.lend_lock(20)
        wait_until(lambda: recording.batches)  # that it started
        recording.answer = slowly
        assert not any("summary" in batch for batch in recording.batches)
        logind.say(True)
        assert not logind.is_held(0, 10)
        assert any("summary" in batch for batch in recording.batches)
        logind.say(False)
        logind.lend_lock()
        assert logind.is_held(1)
        assert service.poll() is None
    finally:
        service.terminate()
        assert service.wait(20) == 0

"""kill -9 at any moment: every event reaches the collector exactly once, and the day's summary is true."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from countersigner import edition, signed, trust
from fed_laptop import FedLaptop
from recording_collector import RecordingCollector
from waiting import wait_until

from agent.config import Config
from agent.store.local_store import LocalStore


@pytest.fixture
def laptop(enrolled_config: Config, recording: RecordingCollector, tmp_path: Path) -> FedLaptop:
    names = [f"app{n}" for n in range(5000)]
    recording.policy |= {"applications": names, "agreement": signed(edition(applications=names))}
    trust(enrolled_config)
    return FedLaptop(enrolled_config, tmp_path / "feed")


def kill_at_random(laptop: FedLaptop, recording: RecordingCollector, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    for _ in range(kills):
        laptop.start()
        if dice.random() < 0.8:  # else it may be killed while it starts
            laptop.wait_until_up()
        lives_until = time.monotonic() + dice.uniform(0, 0.5)
        while time.monotonic() < lives_until:
            laptop.crash(dice.randint(0, 3))
            time.sleep(dice.uniform(0, 0.05))
        laptop.end(signal.SIGKILL, with_sender=dice.random() < 0.5)
    laptop.start()
    laptop.crash(1)  # that it arrives tells that this agent is up
    wait_until(lambda: len(recording.events) >= len(laptop.expected), 60)
    assert laptop.end(signal.SIGTERM) == 0


def check_exactly_once(laptop: FedLaptop, recording: RecordingCollector) -> None:
    assert Counter(event["app"] for event in recording.events) == Counter(laptop.expected)
    ids = [event["event_id"] for event in recording.events]
    assert len(set(ids)) == len(ids)
    numbers = [batch["seq"] for batch in recording.batches]
    assert len(set(numbers)) == len(numbers)
    newest = max((b["summary"] for b in recording.batches if "summary" in b), key=lambda s: s["revision"])
    assert newest["app_crashes"] == len(laptop.expected)
    store = LocalStore(laptop.config.store_path)
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    store.close()


def test_twenty_kills_lose_and_double_nothing(laptop: FedLaptop, recording: RecordingCollector) -> None:
    kill_at_random(laptop, recording, kills=20, seed=4)
    check_exactly_once(laptop, recording)


@pytest.mark.soak
def test_two_hundred_kills_lose_and_double_nothing(laptop: FedLaptop, recording: RecordingCollector) -> None:
    kill_at_random(laptop, recording, kills=200, seed=5)
    check_exactly_once(laptop, recording)


def test_a_shutdown_sends_the_day_so_far(laptop: FedLaptop, recording: RecordingCollector) -> None:
    laptop.start()
    laptop.crash(1)
    wait_until(lambda: recording.events)
    began = time.monotonic()
    assert laptop.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < 3
    assert [b["summary"]["app_crashes"] for b in recording.batches if "summary" in b] == [1]


def test_a_second_agent_on_the_same_folder_does_not_start(
    laptop: FedLaptop, recording: RecordingCollector
) -> None:
    laptop.start()
    laptop.crash(1)
    wait_until(lambda: recording.events)
    command = [sys.executable, "-m", "agent", "--config", str(laptop.config.path), "run"]
    second = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert second.returncode == 1
    assert "runs already" in second.stderr
    assert laptop.end(signal.SIGTERM) == 0

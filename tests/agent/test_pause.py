"""A pause: nothing is looked at, what happened in it is never told, and the company sees a gap."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fake_time import FakeTime

from agent.agreed import policy
from agent.agreed.pause_rule import Rule, rule_of
from agent.collectors.awake import Awake
from agent.collectors.options import CollectorOptions
from agent.config import Config
from agent.local_time import HOUR, day_of
from agent.reading import Collector, Happening, Reading, SourceAbsent
from agent.sending.day_summary import summarise
from agent.service.runner import Runner
from agent.signals import COVERED, Sample
from agent.store import observations, pauses
from agent.store.local_store import LocalStore, dropped_by_reason, put
from agent.store.pauses import Pause
from agent.system.clock import Clock

ROOT = Path(__file__).parents[2]


class Laptop:
    """In use all day, with a journal of crashes that is kept whether or not anybody reads it."""

    def __init__(self, config: Config, store: LocalStore, time: FakeTime) -> None:
        self.config, self.store, self.time = config, store, time
        self.journal: list[Happening] = []
        self.looks = 0
        self.started_at = time.wall
        time.pass_(60 - time.elapsed % 60)
        self.restart()

    def restart(self) -> None:
        clock = Clock(0.0, lambda: self.time.wall, lambda: self.time.elapsed, lambda: self.time.awake)
        self.runner = Runner(self.config, self.store, clock=clock, collectors=self._collectors)

    def _collectors(self, options: CollectorOptions) -> Sequence[Collector]:
        return (
            Collector("crash", ("crash", "boot"), 60.0, self._read),
            Collector("use", ("active", "cpu"), 60.0, self._use),
            Collector("hang", ("hang",), 60.0, self._no_source),
            Collector("awake", (), 60.0, Awake(lambda: self.time.awake).collect),
        )

    def _read(self, now: float, cursor: str | None) -> Reading:
        return Reading(events=self.journal[int(cursor or 0) :], cursor=str(len(self.journal)))

    def _use(self, now: float, cursor: str | None) -> Reading:
        self.looks += 1
        return Reading([Sample("active_s", 60.0), Sample("cpu_pressed", 0.0)])

    def _no_source(self, now: float, cursor: str | None) -> Reading:
        raise SourceAbsent("Nothing tells.")

    def crash(self, app: str) -> None:
        self.journal.append(Happening("crash", datetime.fromtimestamp(self.time.wall, UTC), app=app))

    def live(self, hours: float) -> None:
        for _ in range(int(hours * 60)):
            self.runner.tick()
            self.time.pass_(60)

    def pause(self, hours: float) -> None:
        with self.store.transaction() as db:
            pauses.begin(db, self.time.wall, hours)

    @property
    def told(self) -> list[str]:
        return [h.app for h in observations.happenings_of(self.store.db, day_of(self.time.wall)) if h.app]

    @property
    def summary(self) -> dict[str, Any]:
        facts = observations.facts_of(self.store.db, day_of(self.time.wall))
        return summarise(facts, policy.load_policy(self.store.db).applications)


@pytest.fixture
def laptop(enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime) -> Laptop:
    return Laptop(enrolled_config, local_store, fake_time)


def test_nothing_is_looked_at_in_a_pause_and_it_ends_by_itself(laptop: Laptop) -> None:
    laptop.live(1)
    looks = laptop.looks
    laptop.pause(2)
    laptop.live(2)
    assert laptop.looks == looks
    laptop.live(1)
    assert laptop.looks == looks + 60


def test_what_happened_in_a_pause_is_not_told_later(laptop: Laptop) -> None:
    """The journal has it, the company does not get it: neither as an event nor as a loss."""
    laptop.crash("before")
    laptop.live(0.5)
    laptop.pause(1)
    laptop.live(0.5)
    laptop.crash("private")
    laptop.live(0.75)
    laptop.crash("after")
    laptop.live(0.5)
    assert laptop.told == ["before", "after"]
    assert laptop.summary["app_crashes"] == 2
    assert dropped_by_reason(laptop.store.db) == {}


def test_a_source_that_is_read_again_from_its_start_tells_no_more(laptop: Laptop) -> None:
    laptop.pause(1)
    laptop.live(0.5)
    laptop.crash("private")
    laptop.live(1)
    with laptop.store.transaction() as db:
        db.execute("DELETE FROM cursor")
    laptop.restart()
    laptop.live(0.1)
    assert laptop.told == []


def test_a_pause_is_a_gap_in_everything_that_could_be_read_and_never_good(laptop: Laptop) -> None:
    laptop.live(2)
    laptop.pause(1)
    laptop.live(3)
    found = laptop.summary
    assert found["usage_s"] == pytest.approx(4 * HOUR, abs=180)
    assert found["on_s"] == pytest.approx(5 * HOUR, abs=180)
    assert {s: round(found["gap_min"][s] / 60, 1) for s in ("active", "cpu", "crash", "boot")} == {
        "active": 1.0,
        "cpu": 1.0,
        "crash": 1.0,
        "boot": 1.0,
    }
    assert found["coverage"]["crash"] == "gap"
    assert found["coverage"]["hang"] == "absent"
    assert "hang" not in found["gap_min"]
    assert "app_hangs" not in found


def test_a_pause_survives_a_restart_of_the_service(laptop: Laptop) -> None:
    laptop.live(1)
    laptop.pause(2)
    laptop.live(0.5)
    laptop.restart()
    looks = laptop.looks
    laptop.live(1)
    assert laptop.looks == looks
    laptop.time.pass_(2 * HOUR)
    laptop.restart()
    laptop.live(1)
    assert laptop.summary["on_s"] == pytest.approx(5.5 * HOUR, abs=180)
    assert laptop.summary["gap_min"]["crash"] == pytest.approx(210, abs=5)


def test_only_the_time_awake_counts_as_a_gap(laptop: Laptop) -> None:
    laptop.live(1)
    laptop.pause(8)
    laptop.live(1)
    laptop.time.pass_(7 * HOUR)
    laptop.time.awake -= 7 * HOUR
    laptop.live(1)
    assert laptop.summary["gap_min"]["crash"] == pytest.approx(60, abs=3)


def test_a_pause_does_not_last_longer_when_the_clock_is_put_back(laptop: Laptop) -> None:
    laptop.pause(2)
    laptop.live(0.1)
    assert pauses.current(laptop.store.db, laptop.time.wall) is not None
    laptop.time.wall -= 3 * 24 * HOUR
    looks = laptop.looks
    laptop.live(0.5)
    assert laptop.looks == looks + 30


def test_a_second_one_goes_on_from_the_first(local_store: LocalStore) -> None:
    with local_store.transaction() as db:
        pauses.begin(db, 1000.0, 1)
        pauses.begin(db, 2000.0, 1)
        pauses.begin(db, 2000.0 + 40 * 24 * HOUR, 2)
        pauses.end(db, 2000.0 + 40 * 24 * HOUR + 60)
    assert pauses.known(local_store.db) == (Pause(2000.0 + 40 * 24 * HOUR, 2060.0 + 40 * 24 * HOUR),)


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ({}, Rule()),
        ({"pause": {"allowed": False, "hours_most": 4}}, Rule()),
        ({"pause": {"allowed": True, "hours_most": 4}}, Rule(True, 4.0)),
        ({"pause": {"allowed": True}}, Rule(True, pauses.MOST_HOURS)),
        ({"pause": {"allowed": True, "hours_most": 1000}}, Rule(True, pauses.MOST_HOURS)),
        ({"pause": {"allowed": "yes"}}, Rule()),
        ({"pause": "yes"}, Rule()),
    ],
)
def test_the_policy_decides(document: dict[str, Any], rule: Rule) -> None:
    assert rule_of(document) == rule


def command(config: Config, *words: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "agent", "--config", str(config.path), *words]
    return subprocess.run(whole, capture_output=True, text=True, timeout=60, cwd=ROOT)


def test_the_command_begins_shows_and_ends_a_pause(enrolled_config: Config, local_store: LocalStore) -> None:
    refused = command(enrolled_config, "pause")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "does not allow a pause" in refused.stderr
    put(local_store.db, "policy", json.dumps({"pause": {"allowed": True, "hours_most": 4}}))
    too_long = command(enrolled_config, "pause", "5")
    assert too_long.returncode == 2
    assert "up to 4 hours" in too_long.stderr
    no_number = command(enrolled_config, "pause", "x")
    assert no_number.returncode == 2
    assert no_number.stderr == "dex-agent: Give the hours as a number, such as 2 or 0.5.\n"
    begun = command(enrolled_config, "pause", "0.5")
    assert (begun.returncode, begun.stderr) == (0, "")
    assert begun.stdout.startswith("Paused until ")
    found = pauses.current(local_store.db, time.time())
    assert found is not None
    assert found.until == pytest.approx(time.time() + 1800, abs=60)
    assert "paused" in command(enrolled_config, "status").stdout
    assert "paused" in command(enrolled_config, "show").stdout
    assert command(enrolled_config, "pause", "--end").stdout == "The pause is over.\n"
    assert pauses.current(local_store.db, time.time()) is None
    assert command(enrolled_config, "pause", "--end").stdout == "There is no pause to end.\n"


def test_all_sources_are_known_to_have_a_gap(laptop: Laptop) -> None:
    laptop.live(0.1)
    laptop.pause(0.5)
    laptop.live(1)
    assert set(laptop.summary["coverage"]) == set(COVERED)

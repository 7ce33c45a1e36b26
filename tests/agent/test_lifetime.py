"""Years in a laptop's life: a month away, clocks put forward and back, journeys, a new name."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from fake_time import FakeTime

from agent.agreed.policy import load_policy
from agent.collectors.awake import Awake
from agent.config import Config
from agent.local_time import DAY, HOUR, day_of, midnight_before
from agent.reading import Collector, Happening, Reading
from agent.sending import batches, revisions
from agent.sending.sender import Sender
from agent.service import upkeep
from agent.service.runner import Runner
from agent.signals import LIMITS, Sample
from agent.store import bodies, spool
from agent.store.local_store import LocalStore, dropped_by_reason, get_number, put
from agent.system import facts
from agent.system.clock import Clock


class Composing(Sender):
    """A delivery that makes batches and finds no collector."""

    def __init__(self, store: LocalStore, time: FakeTime) -> None:
        self._store, self._time = store, time

    @property
    def running(self) -> bool:
        return False

    def start(self, store: LocalStore, inherited: list[int], pulse: bool = False) -> None:
        with store.transaction() as db:
            spool.drop_too_old(db, self._time.wall)
            batches.compose(db, self._time.wall, load_policy(db), 20.0)

    def wait(self, seconds: float) -> None:
        pass


@dataclass
class Laptop:
    """In use whenever it is awake, with a crash each time a test asks for one."""

    config: Config
    store: LocalStore
    time: FakeTime
    journal: list[Happening] = field(default_factory=list)

    def __post_init__(self) -> None:
        put(self.store.db, "policy_checked_at", str(self.time.wall + 1000 * DAY))
        self.time.pass_(60 - self.time.elapsed % 60)
        clock = Clock(0.0, lambda: self.time.wall, lambda: self.time.elapsed, lambda: self.time.awake)
        collectors = [
            Collector("crash", ("crash",), 60.0, self._crashes),
            Collector("use", ("active",), 60.0, lambda now, cursor: Reading([Sample("active_s", 60.0)])),
            Collector("awake", (), 60.0, Awake(lambda: self.time.awake).collect),
        ]
        self.runner = Runner(
            self.config,
            self.store,
            clock=clock,
            collectors=lambda options: collectors,
            sender=Composing(self.store, self.time),
        )

    def _crashes(self, now: float, cursor: str | None) -> Reading:
        return Reading(events=self.journal[int(cursor or 0) :], cursor=str(len(self.journal)))

    def crash(self) -> None:
        at = datetime.fromtimestamp(self.time.wall, UTC)
        self.journal.append(Happening("crash", at, app=f"app{len(self.journal)}"))

    def live(self, minutes: int) -> None:
        for _ in range(minutes):
            self.time.pass_(60)
            self.runner.step()

    def sleep(self, seconds: float) -> None:
        self.time.pass_(seconds)
        self.time.awake -= seconds

    @property
    def used_s(self) -> dict[str, float]:
        rows = self.store.db.execute("SELECT day, sum(active_s) FROM minute GROUP BY day ORDER BY day")
        return dict(rows.fetchall())

    def sent(self) -> list[dict[str, Any]]:
        return [bodies.unpacked(batch.body) for batch in spool.waiting(self.store.db)]


@pytest.fixture
def laptop(enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime) -> Laptop:
    local_store.db.execute("PRAGMA synchronous = OFF")  # months of transactions, and no power to fail
    return Laptop(enrolled_config, local_store, fake_time)


def test_thirty_days_without_the_collector_lose_nothing(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each day's last edition and each crash wait; later the oldest go, and are counted."""
    monkeypatch.setattr(upkeep, "HOUSEKEEPING_EVERY", 600.0)
    first = day_of(laptop.time.wall)
    for _ in range(30):
        laptop.crash()
        laptop.live(25)
        laptop.sleep(DAY - 25 * 60)
    laptop.live(25)  # the last days end, and their last editions are due
    newest: dict[str, dict[str, Any]] = {}
    for content in laptop.sent():
        if "summary" in content:
            newest[content["day"]] = content["summary"]
    closed = {day: summary for day, summary in newest.items() if day != day_of(laptop.time.wall)}
    assert (len(closed), min(closed)) == (30, first)
    assert all(summary["app_crashes"] == 1 for summary in closed.values())
    events = [e for content in laptop.sent() for e in content.get("events", []) if e["kind"] == "crash"]
    assert len(events) == 30
    assert dropped_by_reason(laptop.store.db) == {}
    assert spool.used_bytes(laptop.store.db) < LIMITS.spool_bytes / 20
    laptop.sleep(2 * DAY)
    laptop.live(25)
    assert dropped_by_reason(laptop.store.db)["too_old"] >= 2
    assert min(content["day"] for content in laptop.sent()) > first


@pytest.mark.parametrize("jump", [3 * DAY, -3 * DAY, 400 * DAY, -400 * DAY])
def test_a_clock_put_forward_or_back_and_mended_leaves_the_day_as_it_was(laptop: Laptop, jump: float) -> None:
    """The collector's time is known, so the laptop's clock may be what it likes."""
    laptop.time.wall = midnight_before(laptop.time.wall) + 9 * HOUR
    laptop.live(30)
    laptop.runner.clock.correct(0.0)
    today = day_of(laptop.time.wall)
    laptop.time.wall += jump
    laptop.live(30)
    laptop.time.wall -= jump
    laptop.live(30)
    assert laptop.used_s == {today: pytest.approx(90 * 60, abs=130)}
    assert get_number(laptop.store.db, "clock_offset") == 0.0
    closed = laptop.store.db.execute("SELECT day FROM day WHERE closed = 1").fetchall()
    assert closed == []


def test_a_clock_that_is_wrong_before_anybody_could_tell_harms_no_later_day(laptop: Laptop) -> None:
    """A flat battery of the clock: it starts in 2021 and is set once the network is there."""
    right = midnight_before(laptop.time.wall) + 9 * HOUR
    laptop.time.wall = right - 5 * 365 * DAY
    laptop.live(10)
    laptop.time.wall = right + 600
    laptop.live(60)
    today = day_of(right)
    assert laptop.used_s[today] == pytest.approx(3600, abs=130)
    due = revisions.due_days(laptop.store.db, laptop.time.wall + HOUR)
    assert all(content["day"] >= day_of(right - 30 * DAY) for content in laptop.sent()), due
    laptop.live(1)


@pytest.fixture
def travel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def go(place: str) -> None:
        monkeypatch.setenv("TZ", place)
        time.tzset()

    yield go
    monkeypatch.undo()
    time.tzset()


def test_a_laptop_that_travels_east_skips_hours_and_no_minute(laptop: Laptop, travel: Any) -> None:
    """The flight lands after midnight: the day before ends at once, and what was used counts where it was."""
    travel("Pacific/Honolulu")
    laptop.time.wall = midnight_before(laptop.time.wall) + 12 * HOUR
    first = day_of(laptop.time.wall)
    laptop.live(30)
    travel("Pacific/Auckland")
    laptop.live(30)
    second = day_of(laptop.time.wall)
    assert second > first
    assert list(laptop.used_s) == [first, second]
    assert sum(laptop.used_s.values()) == pytest.approx(3600, abs=130)
    assert laptop.store.db.execute("SELECT closed FROM day ORDER BY day").fetchall() == [(1,), (0,)]


def test_a_day_of_twenty_five_hours_is_one_day(laptop: Laptop, travel: Any) -> None:
    travel("Europe/Berlin")
    laptop.time.wall = datetime(2026, 10, 24, 22, 0, tzinfo=UTC).timestamp()  # midnight; clocks go back later
    laptop.live(30)
    laptop.sleep(24 * HOUR)
    laptop.live(29)
    assert set(laptop.used_s) == {"2026-10-25"}
    laptop.live(5)
    assert list(laptop.used_s) == ["2026-10-25", "2026-10-26"]


def test_after_sleep_the_days_that_ended_are_closed_and_due(laptop: Laptop) -> None:
    """The lid was closed soon after the last edition: what was seen since leaves at the next start."""
    laptop.live(30)
    laptop.runner.make_all_due()
    laptop.live(1)
    first = day_of(laptop.time.wall)
    laptop.crash()
    laptop.live(3)
    laptop.sleep(12 * DAY)
    laptop.live(2)
    closed, due_at = laptop.store.db.execute(
        "SELECT closed, due_at FROM day WHERE day = ?", (first,)
    ).fetchone()
    assert closed == 1
    assert due_at is not None
    laptop.live(16)
    last = [c["summary"] for c in laptop.sent() if c["day"] == first and "summary" in c][-1]
    assert (last["app_crashes"], round(last["usage_s"] / 60)) == (1, pytest.approx(34, abs=2))


def test_a_laptop_with_a_new_name_tells_it(local_store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    with local_store.transaction() as db:
        batches.note_facts(db, {**facts.device_facts(), "hostname": "before"})
        db.execute("UPDATE meta SET value = '{}' WHERE key = 'facts_waiting'")
        batches.note_facts(db, {**facts.device_facts(), "hostname": "before"})
        assert json.loads(db.execute("SELECT value FROM meta WHERE key='facts_waiting'").fetchone()[0]) == {}
        batches.note_facts(db, {**facts.device_facts(), "hostname": "after"})
        waiting = db.execute("SELECT value FROM meta WHERE key = 'facts_waiting'").fetchone()[0]
    assert json.loads(waiting)["hostname"] == "after"


def grow(laptop: Laptop, days: int) -> list[int]:
    """Bytes of the store after each tenth of that time, of which four minutes a day are worked."""
    sizes = []
    for day in range(days):
        laptop.crash()
        laptop.live(4)
        laptop.sleep(DAY - 240)
        if (day + 1) % (days // 10) == 0:
            sizes.append(spool.used_bytes(laptop.store.db))
    return sizes


def check_bounded(laptop: Laptop) -> None:
    tables = ("minute", "day", "happening", "sample", "dropped", "meta", "batch")
    counts = {t: laptop.store.db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}  # noqa: S608
    assert all(number < 500 for number in counts.values()), counts


def test_nothing_that_is_kept_grows_for_ever(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred days without a collector: after thirty the store has its size."""
    monkeypatch.setattr(upkeep, "HOUSEKEEPING_EVERY", 300.0)
    sizes = grow(laptop, 100)
    assert sizes[-1] < sizes[3] * 1.1
    check_bounded(laptop)


@pytest.mark.soak
def test_three_years_keep_the_store_small(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "HOUSEKEEPING_EVERY", 300.0)
    sizes = grow(laptop, 3 * 365)
    assert sizes[-1] < sizes[0] * 1.1
    check_bounded(laptop)

"""The service's loop, with clocks that a test moves and a sender that only notes that it was started."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from fake_time import FakeTime
from recording_collector import unsigned

from agent.agreed import policy
from agent.agreed.agreement import built_in_document
from agent.agreed.policy_offer import take
from agent.collectors.awake import Awake
from agent.collectors.options import CollectorOptions
from agent.config import Config
from agent.local_time import DAY, day_of
from agent.reading import Collector, Happening, Reading, SourceDenied
from agent.sending import revisions
from agent.sending.day_summary import summarise
from agent.sending.sender import Sender
from agent.service import upkeep
from agent.service.runner import Runner
from agent.signals import Sample
from agent.store import minutes, observations, spool
from agent.store.local_store import LocalStore, dropped_by_reason, get, get_number, put
from agent.system.clock import Clock

Collect = Callable[[float, str | None], Reading]


class NotingSender(Sender):
    """Starts nothing."""

    def __init__(self) -> None:
        self.started = 0

    @property
    def running(self) -> bool:
        return False

    def start(self, store: LocalStore, inherited: list[int], pulse: bool = False) -> None:
        self.started += not pulse

    def wait(self, seconds: float) -> None:
        pass


class Crashes:
    """A source with one crash per call of `happen`; its cursor is how many were read."""

    def __init__(self, time: FakeTime) -> None:
        self._time = time
        self.happened: list[Happening] = []

    def happen(self) -> None:
        at = datetime.fromtimestamp(self._time.wall, UTC)
        self.happened.append(Happening("crash", at, app=f"app{len(self.happened)}"))

    def collect(self, now: float, cursor: str | None) -> Reading:
        read = int(cursor or 0)
        return Reading((), self.happened[read:], str(len(self.happened)))


class Laptop:
    """A runner on fake clocks that looks every ten seconds."""

    def __init__(self, config: Config, store: LocalStore, time: FakeTime, *more: Collector) -> None:
        self.config, self.store, self.time, self.more = config, store, time, more
        self.crashes = Crashes(time)
        self.sender = NotingSender()
        self.options: list[CollectorOptions] = []
        put(store.db, "policy_checked_at", str(time.wall))
        self.runner = self._start()

    def _start(self) -> Runner:
        clock = Clock(0.0, lambda: self.time.wall, lambda: self.time.elapsed, lambda: self.time.awake)
        return Runner(self.config, self.store, clock=clock, collectors=self._collectors, sender=self.sender)

    def _collectors(self, options: CollectorOptions) -> Sequence[Collector]:
        self.options.append(options)
        return (
            Collector("crash", ("crash",), 10.0, self.crashes.collect),
            Collector("use", ("active",), 60.0, lambda now, cursor: USED),
            Collector("awake", (), 60.0, Awake(lambda: self.time.awake).collect),
            *self.more,
        )

    def restart(self) -> None:
        self.runner = self._start()

    def live(self, seconds: float) -> None:
        for _ in range(int(seconds / 10)):
            self.time.pass_(10)
            self.runner.step()

    @property
    def day(self) -> str:
        return day_of(self.time.wall)


USED = Reading([Sample("active_s", 60.0, attributes={"source": "session"})])


@pytest.fixture
def laptop(enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime) -> Laptop:
    return Laptop(enrolled_config, local_store, fake_time)


@pytest.fixture(autouse=True)
def no_summary_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day's random moments would make pushes of their own."""
    monkeypatch.setattr(revisions, "moments_passed", lambda active_s, secret, day: 0)


def test_a_crash_after_a_quiet_minute_leaves_at_the_next_look(laptop: Laptop) -> None:
    laptop.live(120)
    assert laptop.sender.started == 0
    laptop.crashes.happen()
    laptop.live(10)
    assert laptop.sender.started == 1


def test_a_cursor_that_moved_over_nothing_is_written_with_the_minute(
    enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime
) -> None:
    """A busy kernel log must not make the disk work between minutes."""
    lines = Collector("lines", (), 10.0, lambda now, cursor: Reading(cursor=str(fake_time.elapsed)))
    laptop = Laptop(enrolled_config, local_store, fake_time, lines)
    laptop.live(20)
    assert fake_time.elapsed % 60 == 0
    kept = observations.cursors(local_store.db)["lines"]
    laptop.live(50)
    assert observations.cursors(local_store.db)["lines"] == kept
    laptop.live(10)
    assert observations.cursors(local_store.db)["lines"] != kept


def test_the_first_cursor_of_a_source_is_kept_at_once(
    enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime
) -> None:
    """What happens from then on must not be taken for older than it."""
    found: list[str] = []
    late = Collector("late", (), 10.0, lambda now, cursor: Reading(cursor=found[0] if found else None))
    laptop = Laptop(enrolled_config, local_store, fake_time, late)
    laptop.live(30)
    found.append("from here")
    laptop.live(10)
    assert fake_time.elapsed % 60
    assert observations.cursors(local_store.db)["late"] == "from here"


def test_crashes_in_a_row_leave_once_a_minute(laptop: Laptop) -> None:
    for _ in range(18):
        laptop.crashes.happen()
        laptop.live(10)
    assert laptop.sender.started == 3


def test_a_summary_that_has_just_left_does_not_delay_a_crash(laptop: Laptop) -> None:
    laptop.live(60)
    with laptop.store.transaction() as db:
        revisions.make_all_due(db, laptop.time.wall)
    laptop.live(10)
    assert laptop.sender.started == 1
    with laptop.store.transaction() as db:  # as the sender would have done
        db.execute("UPDATE day SET due_at = NULL")
    laptop.crashes.happen()
    laptop.live(20)
    assert laptop.sender.started == 2


def test_news_of_the_agent_itself_leaves_with_the_next_delivery_and_delays_no_crash(laptop: Laptop) -> None:
    laptop.live(60)
    with laptop.store.transaction() as db:
        observations.note_own(db, laptop.time.wall, "started")
    laptop.live(60)
    assert laptop.sender.started == 0
    laptop.crashes.happen()
    laptop.live(10)
    assert laptop.sender.started == 1


def test_back_off_is_respected_but_not_after_the_clock_was_put_back(laptop: Laptop) -> None:
    laptop.crashes.happen()
    put(laptop.store.db, "send_not_before", str(laptop.time.wall + 1800))
    laptop.live(1700)
    assert laptop.sender.started == 0
    laptop.live(120)
    assert laptop.sender.started >= 1
    put(laptop.store.db, "send_not_before", str(laptop.time.wall + 300 * DAY))
    before = laptop.sender.started
    laptop.live(120)
    assert laptop.sender.started > before


def test_after_sleep_what_waits_is_tried_soon(laptop: Laptop) -> None:
    laptop.crashes.happen()
    laptop.live(10)
    put(laptop.store.db, "send_failures", "7")
    put(laptop.store.db, "send_not_before", str(laptop.time.wall + 7200))
    started = laptop.sender.started
    laptop.time.pass_(3600)
    laptop.time.awake -= 3600
    laptop.live(80)
    assert laptop.sender.started > started


def test_a_full_disk_loses_no_event(laptop: Laptop) -> None:
    laptop.live(60)
    pages = laptop.store.db.execute("PRAGMA page_count").fetchone()[0]
    laptop.store.db.execute(f"PRAGMA max_page_count = {pages}")
    for _ in range(150):
        laptop.crashes.happen()
    laptop.live(120)
    laptop.store.db.execute("PRAGMA max_page_count = 1000000")
    laptop.live(60)
    kept = observations.happenings_of(laptop.store.db, laptop.day)
    assert sorted(h.app for h in kept) == sorted(h.app for h in laptop.crashes.happened)
    assert dropped_by_reason(laptop.store.db)["store_unwritable"] > 0


def test_a_kill_between_looks_neither_loses_nor_doubles(laptop: Laptop) -> None:
    for _ in range(5):
        laptop.crashes.happen()
        laptop.live(10)
        laptop.crashes.happen()
        laptop.restart()
    laptop.live(10)
    kept = observations.happenings_of(laptop.store.db, laptop.day)
    assert sorted(h.app for h in kept) == sorted(f"app{n}" for n in range(10))


def test_time_without_the_agent_counts_as_awake_and_as_a_gap(laptop: Laptop) -> None:
    laptop.live(600)
    laptop.time.pass_(3600)
    laptop.restart()
    laptop.live(600)
    facts = observations.facts_of(laptop.store.db, laptop.day)
    found = summarise(facts, policy.load_policy(laptop.store.db).applications)
    assert found["on_s"] == pytest.approx(600 + 3600 + 600, abs=70)  # the last minute is not over
    assert found["gap_min"]["active"] == pytest.approx(60, abs=3)
    assert found["coverage"]["active"] == "gap"


def test_time_asleep_counts_as_nothing(laptop: Laptop) -> None:
    laptop.live(600)
    laptop.time.pass_(7200)
    laptop.time.awake -= 7200
    laptop.restart()
    laptop.live(600)
    facts = observations.facts_of(laptop.store.db, laptop.day)
    assert sum(m.on_s for m in facts.minutes) == pytest.approx(1200, abs=70)  # the last minute is not over


def test_an_unreadable_source_is_denied_for_the_day_with_its_sentence(
    enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime
) -> None:
    def denied(now: float, cursor: str | None) -> Reading:
        raise SourceDenied("The system's journal may not be read.", "sudo usermod -aG systemd-journal dex")

    laptop = Laptop(
        enrolled_config, local_store, fake_time, Collector("boot", ("boot", "oscrash"), 60.0, denied)
    )
    laptop.live(180)
    facts = observations.facts_of(local_store.db, laptop.day)
    found = summarise(facts, policy.load_policy(local_store.db).applications)
    assert (found["coverage"]["oscrash"], found["coverage"]["crash"]) == ("denied", "ok")
    assert "os_crashes" not in found
    state, _ = observations.source_states(local_store.db)["boot"]
    assert state.grant == "sudo usermod -aG systemd-journal dex"


def test_a_new_day_closes_the_one_before(laptop: Laptop) -> None:
    laptop.live(120)
    first = laptop.day
    laptop.time.pass_(DAY)
    laptop.time.awake -= DAY - 60
    laptop.live(120)
    closed, due_at = laptop.store.db.execute(
        "SELECT closed, due_at FROM day WHERE day = ?", (first,)
    ).fetchone()
    assert closed == 1
    assert due_at <= laptop.time.wall + revisions.SPREAD_AFTER_THE_DAY


def test_a_laptop_that_travels_west_lives_a_day_twice(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the day was closed it goes on, and is closed again at its real end."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    laptop.live(120)
    laptop.time.pass_(DAY)
    laptop.live(60)
    first, second = (row[0] for row in laptop.store.db.execute("SELECT day FROM day ORDER BY day"))
    monkeypatch.setenv("TZ", "Pacific/Honolulu")
    laptop.live(120)
    assert laptop.day == first
    rows = laptop.store.db.execute("SELECT day, closed FROM day ORDER BY day").fetchall()
    assert rows == [(first, 0), (second, 0)]
    laptop.time.pass_(DAY)
    laptop.live(60)
    rows = laptop.store.db.execute("SELECT day, closed FROM day ORDER BY day").fetchall()
    assert rows == [(first, 1), (second, 0)]
    monkeypatch.undo()
    time.tzset()


def test_a_jump_of_the_clock_moves_nothing_once_the_collector_was_asked(laptop: Laptop) -> None:
    laptop.live(60)
    laptop.runner.clock.correct(0.0)
    day = laptop.day
    laptop.time.wall += 3 * DAY
    laptop.live(60)
    rows = laptop.store.db.execute("SELECT DISTINCT day FROM minute").fetchall()
    assert rows == [(day,)]
    assert get_number(laptop.store.db, "clock_offset") == pytest.approx(-3 * DAY, abs=11)
    assert get(laptop.store.db, "policy_checked_at") == ""


def test_a_new_policy_applies_without_a_restart(laptop: Laptop) -> None:
    laptop.live(10)
    document = {
        "version": 2,
        "agreement": unsigned(built_in_document()),
        "references": [{"name": "office", "host": "192.0.2.1", "port": 443}],
    }
    laptop.runner.push()
    with laptop.store.transaction() as db:  # as the sender would have done
        take(db, document, "", "")
    laptop.live(10)
    assert laptop.options[-1].references == (("office", "192.0.2.1", 443),)


def test_a_collector_on_this_laptop_is_no_reference(laptop: Laptop) -> None:
    assert laptop.options[0].references == ()


def test_nothing_is_sent_before_the_enrolment(laptop: Laptop) -> None:
    laptop.config.identity_path.unlink()
    laptop.crashes.happen()
    laptop.live(60)
    assert laptop.sender.started == 0
    assert spool.days_with_events(laptop.store.db) == [laptop.day]


def test_a_quiet_look_writes_nothing(laptop: Laptop) -> None:
    """Disk writes of an idle laptop are its minutes, not its looks."""
    laptop.live(60)
    before = laptop.store.db.total_changes
    laptop.time.pass_(10)
    laptop.runner.tick()
    assert laptop.store.db.total_changes == before


def test_a_month_without_the_collector_stays_within_its_bounds(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty days of half an hour each, with housekeeping; minutes go after two weeks."""
    monkeypatch.setattr(upkeep, "HOUSEKEEPING_EVERY", 600.0)
    put(laptop.store.db, "send_not_before", str(laptop.time.wall + 100 * DAY))
    for _ in range(30):
        laptop.crashes.happen()
        laptop.live(1800)
        laptop.time.pass_(DAY - 1800)
        laptop.time.awake -= DAY - 1800
    days = {row[0] for row in laptop.store.db.execute("SELECT DISTINCT day FROM minute")}
    assert 14 <= len(days) <= 15
    assert len(minutes.of_day(laptop.store.db, max(days))) >= 30

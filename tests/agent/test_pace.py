"""When each source is looked at: always, while somebody is at work, after a bad minute; and on battery."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from fake_time import FakeTime

from agent.agreed.applications import Applications
from agent.collectors.awake import Awake
from agent.collectors.options import CollectorOptions
from agent.config import Config
from agent.local_time import day_of, midnight_before
from agent.reading import Collector, Effort, Happening, Reading, SourceAbsent, When
from agent.sending.day_summary import summarise
from agent.service.runner import Runner
from agent.signals import Sample
from agent.store import observations
from agent.store.local_store import LocalStore
from agent.system.clock import Clock
from agent.system.power import Power


@dataclass
class Looked:
    """A source that only notes when it was looked at."""

    time: FakeTime
    at: list[float] = field(default_factory=list)

    def collect(self, now: float, cursor: str | None) -> Reading:
        self.at.append(self.time.elapsed)
        return Reading()

    def minutes(self, since: float) -> list[int]:
        return [round((at - since) / 60) for at in self.at if at >= since]


@dataclass
class Day:
    """What the minute's sources say, for a test to change."""

    active_s: float | None = 0.0
    pressed: float = 0.0
    hangs: list[Happening] = field(default_factory=list)

    def collect(self, now: float, cursor: str | None) -> Reading:
        if self.active_s is None:
            raise SourceAbsent("Nobody tells.")
        hangs, self.hangs = self.hangs, []
        return Reading([Sample("active_s", self.active_s), Sample("cpu_pressed", self.pressed)], hangs)


Live = Callable[[float], None]


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def looked(fake_time: FakeTime) -> Looked:
    return Looked(fake_time)


@pytest.fixture
def live(enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime, day: Day) -> object:
    """Run some minutes with the day's source and another one."""

    def begin(other: Collector) -> Live:
        clock = Clock(0.0, lambda: fake_time.wall, lambda: fake_time.elapsed, lambda: fake_time.awake)
        use = Collector("use", ("active", "cpu"), 60.0, day.collect)
        runner = Runner(enrolled_config, local_store, clock=clock, collectors=lambda options: (use, other))
        fake_time.pass_(60 - fake_time.elapsed % 60)

        def live(minutes: float) -> None:
            for _ in range(int(minutes * 6)):
                runner.tick()
                fake_time.pass_(10)

        return live

    return begin


def test_some_sources_are_looked_at_while_somebody_is_at_work(
    live: Callable[[Collector], Live], day: Day, looked: Looked, fake_time: FakeTime
) -> None:
    """Once at the start, then every fifteen active minutes, however much time lies between them."""
    go_on = live(Collector("services", (), 900.0, looked.collect, When.ACTIVE))
    go_on(30)
    assert len(looked.at) == 1
    day.active_s = 60.0
    began = fake_time.elapsed
    go_on(20)
    assert looked.minutes(began) == [15]
    day.active_s = 0.0
    go_on(100)
    day.active_s = 60.0
    again = fake_time.elapsed
    go_on(20)
    assert looked.minutes(again) == [10]


def test_what_waits_for_somebody_at_work_and_is_not_there_is_not_told_to_be_fine(
    live: Callable[[Collector], Live], local_store: LocalStore
) -> None:
    """A laptop without Wi-Fi at which nobody has worked yet."""

    def collect(now: float, cursor: str | None) -> Reading:
        raise SourceAbsent("This laptop has no Wi-Fi that tells its signal.")

    go_on = live(Collector("wifi", ("wifi",), 300.0, collect, When.ACTIVE))
    go_on(1)
    state, _since = observations.source_states(local_store.db)["wifi"]
    assert state.state == "absent"


def test_where_nobody_tells_of_active_use_every_minute_counts(
    live: Callable[[Collector], Live], day: Day, looked: Looked, fake_time: FakeTime
) -> None:
    day.active_s = None
    go_on = live(Collector("services", (), 900.0, looked.collect, When.ACTIVE))
    began = fake_time.elapsed
    go_on(40)
    assert looked.minutes(began) == [0, 15, 30]


def test_some_sources_are_looked_at_right_after_a_bad_minute(
    live: Callable[[Collector], Live], day: Day, looked: Looked, fake_time: FakeTime
) -> None:
    go_on = live(Collector("busiest", (), 60.0, looked.collect, When.PRESSED))
    go_on(5)
    assert looked.at == []
    day.pressed = 1.0
    began = fake_time.elapsed
    go_on(2)
    day.pressed = 0.0
    go_on(5)
    day.hangs = [Happening("hang", datetime.fromtimestamp(fake_time.wall, UTC), app="editor")]
    go_on(5)
    assert looked.minutes(began) == [0, 1, 7]


class Use:
    """One source of each cost, and a day that is in use from the first minute."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.active_s = 60.0
        self.waits, self.looks, self.scans = Looked(time), Looked(time), Looked(time)

    def active(self, now: float, cursor: str | None) -> Reading:
        return Reading([Sample("active_s", self.active_s)])

    def cpu(self, now: float, cursor: str | None) -> Reading:
        self.looks.collect(now, cursor)
        return Reading([Sample("cpu_pressed", 1.0, attributes={"source": "psi"})])

    def network(self, now: float, cursor: str | None) -> Reading:
        return Reading([Sample("probe_ok", 0.0, attributes={"reference": "office"})])

    def collectors(self, options: CollectorOptions) -> Sequence[Collector]:
        return (
            Collector("awake", (), 60.0, Awake(lambda: self.time.awake).collect, effort=Effort.WAITS),
            Collector("use", ("active",), 60.0, self.active, effort=Effort.WAITS),
            Collector("crash", ("crash",), 30.0, self.waits.collect, effort=Effort.WAITS),
            Collector("cpu", ("cpu",), 60.0, self.cpu),
            Collector("network", ("network",), 60.0, self.network),
            Collector("patch", ("patch",), 60.0, self.scans.collect, effort=Effort.SCANS),
        )


@dataclass
class OnBattery:
    """A laptop whose plug a test pulls."""

    config: Config
    store: LocalStore
    time: FakeTime
    power: Power = Power.MAINS

    def __post_init__(self) -> None:
        self.time.pass_(120 - self.time.elapsed % 120)
        self.use = Use(self.time)
        clock = Clock(0.0, lambda: self.time.wall, lambda: self.time.elapsed, lambda: self.time.awake)
        self.runner = Runner(
            self.config,
            self.store,
            clock=clock,
            collectors=self.use.collectors,
            power=lambda: self.power,
        )

    def live(self, minutes: float) -> None:
        for _ in range(int(minutes * 6)):
            self.runner.tick()
            self.time.pass_(10)

    @property
    def summary(self) -> dict[str, Any]:
        facts = observations.facts_of(self.store.db, day_of(self.time.wall))
        return summarise(facts, Applications())


@pytest.fixture
def unplugged(enrolled_config: Config, local_store: LocalStore, fake_time: FakeTime) -> OnBattery:
    return OnBattery(enrolled_config, local_store, fake_time)


def test_on_battery_sources_are_read_half_as_often_and_nothing_is_scanned(unplugged: OnBattery) -> None:
    unplugged.live(20)
    use = unplugged.use
    assert [len(looked.at) for looked in (use.waits, use.looks, use.scans)] == [40, 20, 20]
    unplugged.power = Power.BATTERY
    unplugged.live(20)
    assert [len(looked.at) for looked in (use.waits, use.looks, use.scans)] == [60, 30, 20]
    unplugged.power = Power.SAVER
    unplugged.live(20)
    assert [len(looked.at) for looked in (use.waits, use.looks, use.scans)] == [80, 30, 20]
    unplugged.power = Power.MAINS
    unplugged.live(20)
    assert [len(looked.at) for looked in (use.waits, use.looks, use.scans)] == [120, 50, 40]


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_day_on_battery_has_the_same_minutes(unplugged: OnBattery, share: float) -> None:
    """A look stands for two minutes."""
    unplugged.use.active_s = share * 60
    unplugged.live(61)
    unplugged.power = Power.BATTERY
    unplugged.live(121)
    unplugged.power = Power.MAINS
    unplugged.live(60)
    found = unplugged.summary
    assert found["on_s"] == pytest.approx(240 * 60, abs=120)
    assert found["usage_s"] == pytest.approx(share * 240 * 60, abs=120)
    assert found["cpu_min"] == pytest.approx(share * 240, abs=2)
    assert found["offline_min"] == pytest.approx(share * 240, abs=2)
    assert found["gap_min"] == {}
    assert found["coverage"]["cpu"] == "ok"


def test_minutes_spared_by_the_battery_saver_are_a_gap_and_use_goes_on(unplugged: OnBattery) -> None:
    unplugged.live(60)
    unplugged.power = Power.SAVER
    unplugged.live(60)
    found = unplugged.summary
    assert found["usage_s"] == pytest.approx(120 * 60, abs=180)
    assert found["gap_min"]["cpu"] == pytest.approx(60, abs=3)
    assert found["coverage"]["cpu"] == "gap"
    assert "active" not in found["gap_min"]
    assert "crash" not in found["gap_min"]


def test_time_without_the_agent_is_a_gap_on_battery_too(unplugged: OnBattery) -> None:
    unplugged.power = Power.BATTERY
    unplugged.live(60)
    unplugged.time.pass_(1800)  # the process stood still
    unplugged.live(60)
    assert unplugged.summary["gap_min"]["active"] == pytest.approx(28, abs=2)


def test_a_look_at_half_pace_speaks_of_the_day_before_too(unplugged: OnBattery) -> None:
    """Of the two minutes that a look after midnight stands for, the earlier is yesterday's."""
    time = unplugged.time
    time.wall = midnight_before(time.wall) + 24 * 3600 - 3600
    unplugged.power = Power.BATTERY
    yesterday = day_of(time.wall)
    unplugged.live(121)
    facts = observations.facts_of(unplugged.store.db, yesterday)
    today = observations.facts_of(unplugged.store.db, day_of(time.wall))
    assert sum(m.on_s for m in facts.minutes) == pytest.approx(3600, abs=121)
    assert sum(m.on_s for m in today.minutes) == pytest.approx(3600, abs=121)
    assert max(m.on_s for m in (*facts.minutes, *today.minutes)) <= 61

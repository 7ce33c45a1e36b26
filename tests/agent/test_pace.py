"""When each source is looked at: always, while somebody is at work, after a bad minute; and on battery."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from fake_time import FakeTime

from agent.clock import Clock
from agent.collectors.reading import Collector, Happening, Reading, SourceAbsent, When
from agent.config import Config
from agent.local_store import LocalStore
from agent.runner import Runner
from agent.signals import Sample


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
    """Every fifteen active minutes, however much time lies between them."""
    go_on = live(Collector("services", (), 900.0, looked.collect, When.ACTIVE))
    go_on(30)
    assert looked.at == []
    day.active_s = 60.0
    began = fake_time.elapsed
    go_on(20)
    assert looked.minutes(began) == [0, 15]
    day.active_s = 0.0
    go_on(100)
    day.active_s = 60.0
    again = fake_time.elapsed
    go_on(20)
    assert looked.minutes(again) == [10]


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

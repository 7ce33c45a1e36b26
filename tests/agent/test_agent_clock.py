"""The agent's time over wrong clocks, jumps and sleep."""

from fake_time import FakeTime

from agent.clock import Clock, significant

DAY = 86_400.0


def clock_on(fake: FakeTime, offset: float = 0.0) -> Clock:
    return Clock(offset, lambda: fake.wall, lambda: fake.elapsed, lambda: fake.awake)


def test_time_that_passes_is_no_change(fake_time: FakeTime) -> None:
    clock = clock_on(fake_time)
    fake_time.pass_(3600)
    change = clock.look()
    assert (change.jumped, change.slept) == (0.0, 0.0)


def test_sleep_is_told_from_a_jump(fake_time: FakeTime) -> None:
    clock = clock_on(fake_time)
    fake_time.pass_(60)
    fake_time.awake -= 50
    change = clock.look()
    assert (change.jumped, change.slept) == (0.0, 50.0)


def test_before_the_collector_was_asked_a_jump_is_followed(fake_time: FakeTime) -> None:
    """The usual case: the system sets a wrong clock right soon after the start."""
    clock = clock_on(fake_time)
    fake_time.wall += DAY
    assert clock.look().jumped == DAY
    assert clock.now() == fake_time.wall


def test_once_measured_the_time_stays_steady_over_a_jump(fake_time: FakeTime) -> None:
    clock = clock_on(fake_time)
    clock.correct(0.0)
    before = clock.now()
    fake_time.wall -= DAY
    clock.look()
    assert clock.now() == before
    assert clock.offset == DAY
    fake_time.wall += DAY  # somebody mends it
    clock.look()
    assert (clock.now(), clock.offset) == (before, 0.0)


def test_small_differences_are_no_wrong_clock() -> None:
    assert significant(2.0) == 0.0
    assert significant(-DAY) == -DAY

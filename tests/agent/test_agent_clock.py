"""The agent's time over wrong clocks, jumps and sleep."""

import ctypes
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_time import FakeTime

from agent.reading import SourceAbsent
from agent.system import system_clocks
from agent.system.boot_identity import boot_identity, same_boot
from agent.system.clock import Clock, ClockChange, significant

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


def windows(tick_ms: int, unbiased: int) -> Callable[[str], ctypes.CDLL]:
    """A kernel32 with these clocks."""

    def unbiased_time(pointer: Any) -> int:
        pointer._obj.value = unbiased
        return 1

    class Ticks:
        restype: object = None

        def __call__(self) -> int:
            return tick_ms

    return lambda name: SimpleNamespace(  # type: ignore[return-value]
        GetTickCount64=Ticks(), QueryUnbiasedInterruptTime=unbiased_time
    )


def test_sleep_of_windows_is_noticed_by_its_two_clocks(fake_time: FakeTime) -> None:
    """An hour asleep in seventy minutes, more than 49 days after the start."""
    start_ms = 60 * 86_400_000
    now = {"ticks": start_ms, "unbiased": start_ms * 10_000}

    def load(name: str) -> ctypes.CDLL:
        return windows(now["ticks"], now["unbiased"])(name)

    clock = Clock(
        0.0,
        lambda: fake_time.wall,
        lambda: system_clocks.ticks_of_windows(load),
        lambda: system_clocks.unbiased_of_windows(load),
    )
    fake_time.wall += 4200
    now["ticks"] += 4_200_000
    now["unbiased"] += 600 * 10_000_000
    assert clock.look() == ClockChange(jumped=0.0, slept=3600.0)


@pytest.mark.skipif(sys.platform != "linux", reason="the clocks of Linux")
def test_the_clock_that_goes_on_in_sleep_is_ahead_of_the_other() -> None:
    """A time namespace moves it by an hour, as sleep does; needs the right to make one."""
    code = "from agent.system.system_clocks import *; print(elapsed_seconds() - awake_seconds())"
    command = ["unshare", "--time", "--boottime", "3600", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2])
    if done.returncode:
        pytest.skip(f"not run: making a time namespace needs root ({done.stderr.strip():.80})")
    here = system_clocks.elapsed_seconds() - system_clocks.awake_seconds()
    assert float(done.stdout) == pytest.approx(here + 3600, abs=1)


def test_each_system_has_its_two_clocks() -> None:
    assert system_clocks.GOES_ON_IN_SLEEP == {"linux": "CLOCK_BOOTTIME", "darwin": "CLOCK_MONOTONIC_RAW"}
    assert system_clocks.STANDS_STILL_IN_SLEEP["darwin"] == "CLOCK_UPTIME_RAW"
    assert system_clocks.posix_clock("CLOCK_OF_NOBODY")() == pytest.approx(time.monotonic(), abs=1)


def test_one_start_of_the_system_is_told_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    assert same_boot(boot_identity(), boot_identity())
    assert not same_boot("", "")
    assert not same_boot("0c1ab", "0c1ac")
    assert same_boot("1790000000", "1790000003")
    assert not same_boot("1790000000", "1790009000")

    def nothing() -> str:
        raise SourceAbsent("The kernel does not tell.")

    monkeypatch.setattr("agent.system.boot_identity.told_by_system", nothing)
    assert boot_identity().isdigit()
    assert same_boot(boot_identity(), boot_identity())

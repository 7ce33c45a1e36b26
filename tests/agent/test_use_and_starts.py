"""Active use, time awake, starts and how long they took."""

import os

import pytest
from collector_helpers import NOW, Clock

from agent.collectors.active_linux import Active, last_typed
from agent.collectors.awake import Awake
from agent.collectors.boot_linux import BootTime, Starts, blocks, boot_seconds, started_at, unlock_seconds
from agent.collectors.sessions_linux import DesktopSession
from agent.reading import SourceAbsent
from agent.signals import Sample

IDLE, LOCKED, IN_USE = DesktopSession(True, False), DesktopSession(False, True), DesktopSession(False, False)
DAY = 86400.0


def active(desktop, typed=0.0, display=False) -> Sample:
    (sample,) = Active(desktop, lambda: typed, lambda: display).collect(NOW, None).samples
    return sample


@pytest.mark.parametrize(("session", "seconds"), [(IN_USE, 60.0), (IDLE, 0.0), (LOCKED, 0.0)])
def test_a_desktop_session_counts_unless_idle_or_locked(session, seconds):
    assert active(lambda: session) == Sample("active_s", seconds, attributes={"source": "session"})


@pytest.mark.parametrize(("ago", "seconds"), [(5, 60.0), (67, 60.0), (69, 0.0)])
def test_without_a_desktop_typing_into_a_terminal_counts(ago, seconds):
    expected = Sample("active_s", seconds, attributes={"source": "terminal"})
    assert active(lambda: None, NOW - ago) == expected
    assert active(None, NOW - ago) == expected


def test_a_terminal_inside_a_locked_session_does_not_count():
    assert active(lambda: LOCKED, typed=NOW).value == 0.0


def test_use_is_unknown_where_logind_does_not_answer():
    def broken():
        raise OSError(111, "Connection refused")

    with pytest.raises(SourceAbsent, match="Connection refused"):
        active(broken)


def test_use_is_unknown_at_a_desktop_without_logind():
    with pytest.raises(SourceAbsent, match="without logind"):
        active(None, display=True)


def test_the_terminal_that_was_read_last_counts(tmp_path):
    for name, at in (("0", 100), ("1", 300), ("tty1", 200), ("ptmx", 900)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (at, 0))
    assert last_typed(tmp_path, [tmp_path / "tty1"]) == 300
    assert last_typed(tmp_path / "none", [tmp_path / "tty1"]) == 200
    assert last_typed(tmp_path / "none", []) == 0


def test_time_asleep_is_no_time_awake():
    clock = Clock()
    awake = Awake(clock)
    assert not awake.collect(NOW, None).samples
    clock.now += 61  # an hour asleep passes in `now` only
    assert awake.collect(NOW + 3661, None).samples == [Sample("on_s", 61.0)]


def test_each_start_counts_once_whatever_the_clock_says():
    starts = Starts(lambda: "b" * 32, lambda now: now - 50)
    first = starts.collect(NOW, "a" * 32)
    assert first.samples == [Sample("boot", 1.0, NOW - 50)]
    assert not Starts(lambda: "b" * 32, lambda now: now - 99).collect(NOW + 9e6, first.cursor).samples


def test_a_new_agent_tells_of_no_start_of_days_ago():
    old = Starts(lambda: "b" * 32, lambda now: now - 2 * DAY).collect(NOW, None)
    assert not old.samples
    assert old.cursor == "b" * 32


LAPTOP = """FirmwareTimestampMonotonic=9000000
KernelTimestamp=Mon 2026-03-02 08:00:00 CET
UserspaceTimestampMonotonic=6500000
FinishTimestampMonotonic=31000000
"""
CONTAINER = """FirmwareTimestampMonotonic=0
KernelTimestamp=
UserspaceTimestampMonotonic=2462151080
FinishTimestampMonotonic=2462868415
"""
DISKS = """InactiveExitTimestampMonotonic=3000000
ActiveEnterTimestampMonotonic=15000000

InactiveExitTimestampMonotonic=4000000
ActiveEnterTimestampMonotonic=16000000

InactiveExitTimestampMonotonic=0
ActiveEnterTimestampMonotonic=0
"""


def test_a_start_lasts_from_power_on_to_the_end_of_starting():
    assert boot_seconds(blocks(LAPTOP)[0]) == pytest.approx(40.0)


def test_in_a_container_the_kernel_takes_no_part():
    assert boot_seconds(blocks(CONTAINER)[0]) == pytest.approx(0.717335)


def test_disks_that_wait_together_wait_once():
    assert unlock_seconds(blocks(DISKS)) == pytest.approx(13.0)


def boot(manager=LAPTOP, units="", cursor="a" * 32, started=60.0, systemd=True):
    answers = {(): manager, ("systemd-cryptsetup@*.service",): units}
    source = BootTime(
        lambda: "b" * 32,
        lambda now: now - started,
        lambda properties, *units: blocks(answers[units]),
        lambda: systemd,
    )
    return source.collect(NOW, cursor)


def test_the_wait_for_a_passphrase_is_no_part_of_the_start():
    at = NOW - 60
    assert boot(units=DISKS).samples == [
        Sample("boot_s", pytest.approx(27.0), at),
        Sample("boot_locked_s", pytest.approx(13.0), at),
    ]


def test_a_start_is_measured_once():
    reading = boot()
    assert [s.value for s in reading.samples] == [pytest.approx(40.0)]
    assert not boot(cursor=reading.cursor).samples


def test_a_start_that_still_goes_on_is_asked_for_again():
    reading = boot(LAPTOP.replace("31000000", "0"))
    assert not reading.samples
    assert reading.cursor is None


def test_a_start_that_never_ended_is_unknown():
    with pytest.raises(SourceAbsent, match="never ended"):
        boot(LAPTOP.replace("31000000", "0"), started=4000.0)


def test_without_systemd_the_time_of_a_start_is_unknown():
    with pytest.raises(SourceAbsent, match="systemd did not start this machine"):
        boot(systemd=False)


def test_this_machine_started_before_now():
    assert 0 <= started_at(NOW) <= NOW

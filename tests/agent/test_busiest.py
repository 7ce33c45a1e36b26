"""What was at work in a bad minute: whose names, which shares, and that they stay on the laptop."""

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from collector_helpers import NOW, Clock

from agent.agreed.policy import Policy
from agent.collectors import busiest, busiest_linux, load
from agent.collectors.busiest import MOST, REST, Busiest, Usage, shares
from agent.local_time import day_of
from agent.reading import Effort, Happening, Reading, When
from agent.sending import batches, revisions
from agent.signals import Sample
from agent.store import bodies, busy_processes, observations, spool
from agent.store.busy_processes import BusyProcess
from agent.store.local_store import LocalStore

GIB = 2.0**30


def used(**by_name: tuple[float, float]) -> dict[tuple[int, float], Usage]:
    """Processes by name: seconds of processor time so far, and GiB."""
    return {(n, 0.0): Usage(name, cpu, gib * GIB) for n, (name, (cpu, gib)) in enumerate(by_name.items())}


def test_shares_of_all_processors_and_all_memory() -> None:
    before = used(build=(100.0, 1.0), mail=(5.0, 2.0), idle=(9.0, 0.01))
    after = used(build=(101.0, 1.0), mail=(5.2, 2.0), idle=(9.0, 0.01))
    assert shares(before, after, seconds=2.0, memory=8 * GIB) == [
        BusyProcess("build", 0.5, 0.125),
        BusyProcess("mail", pytest.approx(0.1), 0.25),
    ]


def test_processes_of_one_name_count_together() -> None:
    after = {(n, 0.0): Usage("browser", 0.3, GIB) for n in range(4)}
    (one,) = shares({}, after, seconds=2.0, memory=8 * GIB)
    assert (one.name, one.cpu, one.memory) == ("browser", pytest.approx(0.6), 0.5)


def test_a_number_that_is_used_again_is_another_process() -> None:
    before = {(7, 1.0): Usage("old", 500.0, 0.0)}
    after = {(7, 2.0): Usage("new", 0.5, 0.0)}
    assert [(one.name, one.cpu) for one in shares(before, after, 1.0, GIB)] == [("new", 0.5)]


def test_three_names_at_most() -> None:
    after = used(a=(0.1, 0), b=(0.2, 0), c=(0.3, 0), d=(0.4, 0), e=(0.5, 0))
    assert [one.name for one in shares({}, after, 2.0, GIB)] == ["e", "d", "c"]
    assert MOST == 3


def test_a_laptop_that_is_slow_all_day_is_looked_at_now_and_then() -> None:
    clock, looks = Clock(), []

    def look() -> dict[tuple[int, float], Usage]:
        looks.append(clock.now)
        return used(build=(clock.now, 1.0))

    def pause(seconds: float) -> None:
        clock.now += seconds

    watched = Busiest(look, GIB, clock, pause)
    told = []
    for _ in range(20):
        told.append(len(watched.collect(NOW, None).busiest))
        clock.now += 60
    assert looks[1] - looks[0] == busiest.PAUSE
    assert sum(told) == 2
    assert looks[2] - looks[0] >= REST


@pytest.mark.parametrize("make", [lambda: busiest.collector(load.usages, GIB), busiest_linux.collector])
def test_it_is_a_scan_after_bad_minutes_and_feeds_no_signal(make) -> None:
    made = make()
    assert (made.when, made.effort, made.covers) == (When.PRESSED, Effort.SCANS, ())


# Linux

STAT = (
    b"4711 (Isolated) We) R 1 4711 4711 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9 0 88000 900000000 2048 "
    b"18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)


def test_a_name_with_brackets_does_not_shift_the_numbers() -> None:
    began, usage = busiest_linux.usage_of(STAT)
    assert (began, usage.name, usage.memory) == (88000.0, "Isolated) We", 2048 * busiest_linux.PAGE)
    assert usage.cpu_s == pytest.approx(300 / busiest_linux.TICK)


def test_processes_that_end_meanwhile_are_left_out(tmp_path: Path) -> None:
    for number, text in ((1, STAT), (2, b""), (3, b"3 (x) R 1"), (4, b"4 (x) R" + b" x" * 50)):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "stat").write_bytes(text)
    (tmp_path / "5").mkdir()
    (tmp_path / "self").mkdir()
    assert list(busiest_linux.usages(str(tmp_path))) == [(1, 88000.0)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_both_ways_of_reading_agree_about_this_process() -> None:
    """Memory and processor time move on between two looks, but not far."""
    by_file = {pid: usage for (pid, _), usage in busiest_linux.usages().items()}[os.getpid()]
    by_psutil = {pid: usage for (pid, _), usage in load.usages().items()}[os.getpid()]
    assert by_file.name == psutil.Process().name()[:15]
    assert by_file.cpu_s == pytest.approx(by_psutil.cpu_s, abs=0.5)
    assert by_file.memory == pytest.approx(by_psutil.memory, rel=0.2)


def _work() -> None:
    while True:
        pass


@pytest.fixture
def worker() -> Iterator[int]:
    process = multiprocessing.get_context("fork").Process(target=_work, daemon=True)
    process.start()
    yield process.pid
    process.kill()
    process.join()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_at_work_is_seen(worker: int) -> None:
    before = busiest_linux.usages()
    time.sleep(0.4)
    after = busiest_linux.usages()
    (key,) = [key for key in after if key[0] == worker]
    assert after[key].cpu_s - before[key].cpu_s >= 0.05


# Where they stay


def test_names_stay_on_the_laptop_and_are_shown_plainly(local_store: LocalStore) -> None:
    hostile = "evil\x1b[31m\u202ename" + "x" * 1000
    reading = Reading(
        samples=[Sample("on_s", 60.0), Sample("active_s", 60.0), Sample("cpu_pressed", 1.0)],
        events=[Happening("crash", datetime.fromtimestamp(NOW - 5, UTC), app="editor")],
        busiest=[BusyProcess(hostile, 0.9, 0.1), BusyProcess("secretproject", 0.5, 0.2)],
    )
    with local_store.transaction() as db:
        observations.record(db, observations.Tick(NOW, {"busiest": reading}))
        revisions.make_all_due(db, NOW)
        batches.compose(db, NOW, Policy({}), 20.0)
    (kept,) = busy_processes.of_day(local_store.db, day_of(NOW)).values()
    assert [one.name[:12] for one in kept] == ["evil[31mname", "secretprojec"]
    assert len(kept[0].name) <= 200
    (batch,) = spool.waiting(local_store.db)
    sent = json.dumps(bodies.unpacked(batch.body))
    assert '"cpu_min": 1.0' in sent
    assert "secretproject" not in sent
    assert "evil" not in sent

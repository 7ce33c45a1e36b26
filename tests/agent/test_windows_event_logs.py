"""The live readers of Windows event logs tell of recorded computers exactly what is true of them, whenever
they look, are started anew, or the log is cleared.
"""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from recorded_windows import WindowsComputer, entries_of, entry_of

from agent.collectors import (
    boot_windows,
    failures_windows,
    oscrash_windows,
    signin_windows,
    updates_windows,
)
from agent.collectors.eventlog_windows import Entry
from agent.reading import Reading, SourceAbsent
from agent.records import windows_log
from agent.records.event_xml import events as events_of_xml
from agent.records.findings import Findings
from agent.records.model import Record

TRUTH = json.loads((Path(__file__).parents[1] / "recorded" / "expected.json").read_text())
SYSTEMS = ["win10-belkasoft/System", "win10-rathbun/System", "win7-shieldbase/System", "misc/omer-system"]
SYSTEMS += ["misc/2-vss_7-System"]
APPLICATIONS = ["win10-belkasoft/Application", "win10-rathbun/Application", "win7-ieuser/Application"]
APPLICATIONS += ["server2012r2-szechuan/Application", "misc/Application_no_crc32"]


def follow(make, computer: WindowsComputer, channel: str, step: int) -> list[Reading]:
    """A new reader for every look, as after a restart, a second after the newest entry; the last later."""
    cursor, readings = None, []
    for more in iter(lambda: computer.write(channel, step) if readings else True, False):
        assert more
        now = computer.newest_time(channel) + 1 if readings else 0.0
        readings.append(make(computer).collect(now, cursor))
        cursor = readings[-1].cursor or cursor
    readings.append(make(computer).collect(computer.newest_time(channel) + 3600, cursor))
    return readings


def told(readings: list[Reading]) -> Counter:
    return Counter((e.kind, e.app, e.at, *sorted(e.detail.items())) for r in readings for e in r.events)


def truth_of(name: str) -> list[dict]:
    return next(t["records"] for t in TRUTH if t["file"] == f"windows/eventlog/{name}.evtx")


@cache
def records_of(name: str) -> list[Record]:
    """What `dex-agent parse` makes of the same log."""
    return records_in(entries_of(name))


def records_in(*logs: Iterable[Entry]) -> list[Record]:
    found = Findings()
    for entries in logs:
        texts = (e.xml().partition("?>")[2] for e in entries if e.provider in windows_log.PROVIDERS)
        windows_log.read(events_of_xml(texts), found)
    return found.together()


def from_file(name: str, kinds: set[str], detail: str) -> Counter:
    return Counter(
        (r.signal, r.app or "", r.time, *((detail, r.detail[detail]) for _ in range(detail in r.detail)))
        for r in records_of(name)
        if r.signal in kinds and not r.echo_s
    )


@pytest.mark.parametrize("step", [7, 10_000])
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_end_without_shutdown_once(name, step):
    computer = WindowsComputer(System=entries_of(name))
    readings = follow(oscrash_windows.SystemCrashes, computer, "System", step)
    assert told(readings) == from_file(name, {"oscrash"}, "cause")


@pytest.mark.parametrize("step", [50, 10_000])
@pytest.mark.parametrize("name", SYSTEMS)
def test_every_update_of_windows_once(name, step):
    computer = WindowsComputer(System=entries_of(name))
    readings = follow(updates_windows.Updates, computer, "System", step)
    assert told(readings) == from_file(name, {"update"}, "result")


@pytest.mark.parametrize("step", [50, 10_000])
@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_failure_of_an_application_once(name, step):
    computer = WindowsComputer(Application=entries_of(name))
    readings = follow(failures_windows.Failures, computer, "Application", step)
    plain = Counter(failure[:3] for failure in told(readings).elements())
    assert plain == from_file(name, {"crash", "hang"}, "none")


def test_the_recorded_computers_did_fail():
    crashes = [f for name in APPLICATIONS for f in from_file(name, {"crash", "hang"}, "none")]
    ends = [f for name in SYSTEMS for f in from_file(name, {"oscrash"}, "cause")]
    assert (len(crashes), len(ends)) == (2, 7)


@pytest.mark.parametrize("name", ["win10-belkasoft/System", "win10-rathbun/System"])
def test_starts_are_whole_ones_and_fast_ones(name):
    computer = WindowsComputer(System=entries_of(name))
    readings = follow(boot_windows.Starts, computer, "System", 50)
    starts = [s for r in readings for s in r.samples]
    whole = sum(r["type"] == "os_start" for r in truth_of(name))
    document = next(t for t in TRUTH if t["file"] == f"windows/eventlog/{name}.evtx")
    fast = document.get("kernel_boot_type_counts", {}).get("1", 0)
    assert len(starts) == whole + fast
    assert {s.name for s in starts} == {"boot"}


def test_a_start_takes_until_the_sign_in_screen():
    channel = boot_windows.PERFORMANCE
    computer = WindowsComputer(**{channel: entries_of("win10-belkasoft/Diagnostics-Performance")})
    samples = [s for r in follow(boot_windows.BootTime, computer, channel, 1) for s in r.samples]
    assert len(samples) == 13
    # 26.334 s of main path, of which 22.575 s started the desktop and 0.975 s loaded the profile; the
    # 258.993 s before somebody signed in are in none of them.
    assert samples[2].value == pytest.approx(2.784)
    assert all(2 < s.value < 32 for s in samples)


@pytest.mark.parametrize("step", [5, 5000])
def test_sign_ins_are_put_together_from_three_channels(step):
    names = dict(zip(signin_windows.CHANNELS, ("Winlogon", "UserProfileService", "GroupPolicy"), strict=True))
    months = range(
        *(int(datetime(*day, tzinfo=UTC).timestamp() * 1e6) for day in ((2020, 8, 9), (2021, 2, 10)))
    )
    computer = WindowsComputer(
        **{
            c: [e for e in entries_of(f"win10-belkasoft/{n}") if e.written in months]
            for c, n in names.items()
        }
    )
    whole = records_in(*computer.channels.values())
    true = Counter((r.time.timestamp(), r.value) for r in whole if r.signal == "signin")
    cursor, samples = None, []
    for now in _write_in_order(computer, step):
        reading = signin_windows.SignIns(computer).collect(now, cursor)
        cursor = reading.cursor or cursor
        samples += reading.samples
    assert Counter(s.at for s in samples if s.name == "signin") == Counter(at for at, _ in true.elements())
    lengths = Counter((s.at, s.value) for s in samples if s.name == "signin_s")
    assert lengths == Counter({signin: n for signin, n in true.items() if signin[1] >= 0.5})
    assert len(true) == 7


def _write_in_order(computer: WindowsComputer, step: int):
    """All channels together, in the order of time; yields the time of each look."""
    yield 0.0
    waiting = sorted(((e.written, c) for c, entries in computer.channels.items() for e in entries))
    for number, (written, channel) in enumerate(waiting, 1):
        computer.write(channel, 1)
        if number % step == 0:
            yield written / 1e6 + 1
    yield waiting[-1][0] / 1e6 + 3600


def test_the_first_look_tells_of_nothing_that_was_there_before():
    computer = WindowsComputer(Application=entries_of("server2012r2-szechuan/Application"))
    computer.write("Application", 100_000)
    first = failures_windows.Failures(computer).collect(0.0, None)
    assert (first.events, computer.walked) == ([], 1)
    again = failures_windows.Failures(computer).collect(0.0, first.cursor)
    assert again == first
    assert computer.walked == 2


@pytest.mark.parametrize("afterwards", [1, 2000])
def test_a_log_that_was_cleared_is_read_from_its_new_start(afterwards):
    """With fewer entries than before, and with more: then the mark's number belongs to another entry."""
    name = "win10-belkasoft/System"
    entries = entries_of(name)
    first_end = next(i for i, e in enumerate(entries) if e.id == 41)
    computer = WindowsComputer(System=entries[first_end - 40 :])
    computer.write("System", 5)
    cursor = oscrash_windows.SystemCrashes(computer).collect(0.0, None).cursor
    computer.clear("System")
    computer.write("System", 50 + afterwards)
    assert (computer.visible["System"] < int(cursor.split()[0])) == (afterwards == 1)
    reading = oscrash_windows.SystemCrashes(computer).collect(computer.newest_time("System") + 600, cursor)
    everything = from_file(name, {"oscrash"}, "cause")
    assert told([reading]) == everything if afterwards > 1 else len(reading.events) == 1


def failure(number: int, record: int, *values: str) -> Entry:
    """SYNTHETIC, by position as all recorded ones."""
    provider = {1000: "Application Error", 1001: "Windows Error Reporting"}[number]
    data = "".join(f"<Data>{value}</Data>" for value in values)
    return entry_of(
        f'<?xml version="1.0"?><Event><System><Provider Name="{provider}"/><EventID>{number}</EventID>'
        f'<TimeCreated SystemTime="2025-05-06T07:00:{record:02}Z"/><EventRecordID>{record}</EventRecordID>'
        f"</System><EventData>{data}</EventData></Event>",
        record,
    )


def test_a_failure_that_is_reported_again_minutes_later_stays_one():
    report = "0a1b2c3d-1111-2222-3333-444455556666"
    crash = failure(1000, 1, "EXCEL.EXE", "16.0", *[""] * 4, "c0000005", *[""] * 5, report)
    again = ["bucket", "4", "APPCRASH", "", "0", "EXCEL.EXE", "16.0", *[""] * 12, report]
    other = [*again[:-1], report.replace("0a1b", "ffff")]
    entries = (crash, failure(1001, 2, *again), failure(1001, 3, *again), failure(1001, 4, *other))
    computer = WindowsComputer(Application=entries)
    readings = follow(failures_windows.Failures, computer, "Application", 1)
    assert [(e.app, e.at.second) for r in readings for e in r.events] == [("EXCEL.EXE", 1), ("EXCEL.EXE", 4)]
    assert [e.detail for r in readings for e in r.events] == [{"signal": "c0000005"}, {}]


def test_a_log_of_which_nothing_is_left_tells_what_comes_next():
    computer = WindowsComputer(System=entries_of("win7-shieldbase/System"))
    cursor = oscrash_windows.SystemCrashes(computer).collect(0.0, None).cursor
    assert cursor == "0 0"
    computer.write("System", 100_000)
    reading = oscrash_windows.SystemCrashes(computer).collect(computer.newest_time("System") + 600, cursor)
    assert told([reading]) == from_file("win7-shieldbase/System", {"oscrash"}, "cause")


def test_a_windows_without_one_of_the_channels_has_no_sign_ins():
    with pytest.raises(SourceAbsent, match="no event log Microsoft-Windows-Winlogon/Operational"):
        signin_windows.SignIns(WindowsComputer()).collect(0.0, None)

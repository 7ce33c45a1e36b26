"""Recorded reports of macOS, put where macOS puts them: each crash, hang and end of the system once."""

import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from collector_helpers import NOW

from agent.collectors import oscrash_macos
from agent.collectors.oscrash_macos import SystemCrashes
from agent.collectors.reports_macos import OF_A_PERSON, Failures, Reports, record_of
from agent.reading import SourceAbsent, SourceDenied
from agent.records.macos_reports import ips_record

SAMPLES = Path(__file__).parents[1] / "recorded" / "samples" / "macos"
CRASHES = [
    *("ips/llvm-a.out.ips", "ips/llvm-asi.ips", "ips/llvm-leb.ips", "ips/sleep-monterey.ips"),
    *("ips/ios14-textbody.ips", "ips/ios-crash-ips-format.ips", "ips/xctest-concated.ips"),
    *("crash/llvm-a.out.crash", "crash/llvm-multithread-test.crash", "crash/slack.crash"),
    *("crash/agent_custom_set.crash", "crash/app_custom_set.crash", "crash/app_default_set.crash"),
    "crash/assetsd_custom_set.crash",
]
NO_FAILURES = ["spindump/slack-spindump.txt", "spindump/slack-sampling.txt"]

# SYNTHETIC, by the documented form: spindump's report of a hang.
HANG = """Date/Time:        2024-05-06 08:00:00.000 +0000
Command:          Notes
Version:          4.11 (1234)
Event:            hang
Duration:         4.20s (process was unresponsive for 2 seconds before sampling)
Steps:            42

"""
PANIC = (
    '{"bug_type":"210","timestamp":"2024-05-06 08:00:00.00 +0000","incident_id":"AB"}\n'
    '{"date":"2024-05-06 07:58:00.00 +0000"}'
)


class Mac:
    def __init__(self, folder: Path) -> None:
        self.system, self.people = folder / "DiagnosticReports", folder / "Users"
        self.persons = self.people / "anna" / OF_A_PERSON
        self.persons.mkdir(parents=True)
        (self.people / ".localized").write_text("")
        (self.people / "Shared").mkdir()
        (self.system / "Retired").mkdir(parents=True)
        self.now = NOW
        self.cursor: str | None = None

    def look(self) -> list:
        """By a reader that knows nothing but the cursor."""
        reading = Failures(Reports(str(self.system), str(self.people), lambda: self.now)).collect(
            self.now, self.cursor
        )
        self.cursor = reading.cursor
        return list(reading.events)

    def put(self, name: str, folder: Path | None = None, ending: str = "") -> None:
        source = SAMPLES / name
        shutil.copy(source, (folder or self.persons) / (source.name + ending))


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path)


def test_each_recorded_failure_once_and_nothing_else(mac):
    mac.put("ips/llvm-leb.ips", mac.system)
    assert mac.look() == []  # it was there before the agent
    told = []
    for i, name in enumerate([*CRASHES, *NO_FAILURES, "ips/forcereset-panic-ios16.ips"]):
        if name != "ips/llvm-leb.ips":
            mac.put(name, mac.system if i % 2 else None, ".diag" if name.endswith(".txt") else "")
        told += mac.look()
        for old in mac.persons.glob("*.crash"):
            old.rename(mac.system / "Retired" / old.name)
    assert Counter(event.kind for event in told) == {"crash": len(CRASHES) - 1}
    assert {"sleep", "a.out", "Slack"} <= {event.app for event in told}
    assert mac.look() == []


def test_a_crash_says_program_version_signal_and_time(mac):
    mac.look()
    mac.put("ips/sleep-monterey.ips")
    (crash,) = mac.look()
    true = ips_record((SAMPLES / "ips/sleep-monterey.ips").read_text())
    assert (crash.app, crash.at) == ("sleep", true.time)
    assert crash.detail == {"signal": true.detail["signal"]}


def test_a_hang_is_told_once_though_it_retires(mac):
    mac.look()
    (mac.persons / "Notes_2024-05-06_mac.hang").write_text(HANG)
    (hang,) = mac.look()
    assert (hang.kind, hang.app, hang.at) == ("hang", "Notes", datetime(2024, 5, 6, 8, tzinfo=UTC))
    (mac.persons / "Retired").mkdir()
    (mac.persons / "Notes_2024-05-06_mac.hang").rename(mac.persons / "Retired" / "Notes_2024-05-06_mac.hang")
    assert mac.look() == []


def test_a_report_that_retired_before_the_look_is_told(mac):
    mac.look()
    mac.put("ips/sleep-monterey.ips", mac.system / "Retired")
    assert [event.app for event in mac.look()] == ["sleep"]


def test_a_report_that_is_still_written_is_read_when_it_is_whole(mac):
    mac.look()
    whole = (SAMPLES / "ips/sleep-monterey.ips").read_text()
    report = mac.persons / "sleep.ips"
    for part in (whole[:40], whole):
        report.write_text(part)
        os.utime(report, (mac.now, mac.now))
        told = mac.look()
        mac.now += 10
    assert [event.app for event in told] == ["sleep"]


def test_what_stays_damaged_is_left_alone_after_a_minute(mac):
    mac.look()
    report = mac.persons / "damaged.ips"
    report.write_text('{"bug_type":"3')
    os.utime(report, (mac.now, mac.now))
    assert mac.look() == []
    assert "damaged.ips" not in mac.cursor
    mac.now += 61
    assert mac.look() == []
    assert "damaged.ips" in mac.cursor


def test_links_pipes_and_folders_are_no_reports(mac, tmp_path):
    mac.look()
    elsewhere = tmp_path / "elsewhere.ips"
    shutil.copy(SAMPLES / "ips/sleep-monterey.ips", elsewhere)
    (mac.persons / "link.ips").symlink_to(elsewhere)
    (mac.persons / "folder.ips").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(mac.persons / "pipe.ips")
    (mac.system / "notes.txt").write_text("no report")
    assert mac.look() == []


def test_many_new_reports_are_read_in_several_looks(mac, monkeypatch):
    monkeypatch.setattr("agent.collectors.reports_macos.MOST_NEW", 3)
    mac.look()
    for i in range(7):
        mac.put("ips/sleep-monterey.ips", ending=f".{i}.ips")
    assert [len(mac.look()) for _ in range(4)] == [1, 1, 1, 0]  # one incident each: the same report


def test_folders_of_people_that_may_not_be_read_make_crashes_unknown(mac, monkeypatch):
    real = os.scandir

    def scandir(path):
        if str(path) == str(mac.persons):
            raise PermissionError(13, "denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(SourceDenied, match="may not read the reports"):
        mac.look()


def test_a_system_without_such_folders_keeps_no_reports(tmp_path):
    with pytest.raises(SourceAbsent, match="no reports"):
        Reports(str(tmp_path / "none"), str(tmp_path)).after(None)


# Ends of the system

LAST = (SAMPLES / "boot" / "last-osx-10.14.6.txt").read_text()
CLEAN = """reboot    ~                         Mon May  6 08:01
shutdown  ~                         Mon May  6 07:50
reboot    ~                         Sun May  5 09:00
"""
CUT_OFF = """reboot    ~                         Mon May  6 08:01
reboot    ~                         Sun May  5 09:00
shutdown  ~                         Sat May  4 20:00
"""


class Last:
    """`last` that takes one look's time to answer; None is a failure."""

    def __init__(self, text: str | None) -> None:
        self.text, self.asked, self.looks = text, 0, 0

    def __call__(self, command):
        assert command == oscrash_macos.LAST
        self.asked += 1
        self.looks = 0
        return self

    def answer(self):
        self.looks += 1
        if self.text is None:
            raise OSError("failed")
        return self.text if self.looks > 1 else None


class NextStart:
    """A Mac that was followed, and then started again 10 s before the first look."""

    def __init__(self, mac: Mac, last: Last) -> None:
        self.mac, self.last, self.now = mac, last, NOW + 10
        self.reader = self.new_reader()
        self.cursor = (
            SystemCrashes(self.reports, lambda: "first", lambda: NOW - 9e4).collect(NOW, None).cursor
        )

    @property
    def reports(self) -> Reports:
        return Reports(str(self.mac.system), None)

    def new_reader(self) -> SystemCrashes:
        return SystemCrashes(self.reports, lambda: "second", lambda: NOW, self.last)

    def look(self) -> list:
        reading = self.reader.collect(self.now, self.cursor)
        self.cursor = reading.cursor or self.cursor
        self.now += 60
        return [event.detail["cause"] for event in reading.events]

    def looks(self) -> list:
        return [cause for _ in range(10) for cause in self.look()]


@pytest.mark.parametrize(("text", "told"), [(CLEAN, []), (CUT_OFF, ["unknown"])])
def test_a_start_that_no_shutdown_precedes_follows_an_end_without_one(mac, text, told):
    start = NextStart(mac, Last(text))
    assert start.looks() == told
    assert start.last.asked == 1


def test_recorded_starts_of_a_mac():
    lines = [line for line in LAST.splitlines() if line.startswith(("reboot", "shutdown"))]
    starts = [i for i, line in enumerate(lines[:-1]) if line.startswith("reboot")]
    judged = [oscrash_macos.was_shut_down("\n".join(lines[i:])) for i in starts]
    assert (len(judged), judged.count(False), None in judged) == (29, 1, False)


def test_a_panic_and_the_missing_shutdown_are_one_end(mac):
    start = NextStart(mac, Last(CUT_OFF))
    start.look()
    (mac.system / "panic-full-2024-05-06-080000.0002.ips").write_text(PANIC)
    mac.put("ips/sleep-monterey.ips", mac.system)
    assert start.looks() == ["panic"]


def test_a_restart_of_the_agent_meanwhile_tells_once(mac):
    start = NextStart(mac, Last(CUT_OFF))
    told = []
    for _ in range(10):
        told += start.look()
        if start.last.asked == 1:
            start.reader = start.new_reader()
    assert told == ["unknown"]


@pytest.mark.parametrize("text", [None, "", "wtmp begins Sat May  4 2024\n", CLEAN.splitlines()[0]])
def test_records_that_do_not_tell_make_the_end_unknown_and_are_not_read_every_minute(mac, text):
    start = NextStart(mac, Last(text))
    start.now += 300
    for _ in range(5):
        with suppress(SourceAbsent):
            start.look()
    with pytest.raises(SourceAbsent, match="do not say how its last run ended"):
        start.look()
    assert start.last.asked == 1
    (mac.system / "panic.ips").write_text(PANIC)
    start.now += 7 * 3600
    assert start.looks() == ["panic"]


def test_the_content_of_a_report_decides_and_not_its_name(tmp_path):
    panic = tmp_path / "Notes.crash"
    panic.write_text(PANIC)
    assert record_of(panic).signal == "oscrash"
    assert json.loads(json.dumps(record_of(panic).to_json()))["detail"] == {"cause": "panic"}


def test_what_others_put_beside_the_reports_stops_nothing(mac):
    """People write into their own folders what they like."""
    mac.look()
    whole = (SAMPLES / "ips/sleep-monterey.ips").read_text()
    (mac.persons / "huge.ips").write_text(whole)
    os.truncate(mac.persons / "huge.ips", 2**31)
    (mac.persons / "brackets.ips").write_text('{"bug_type":"309"}\n' + "[" * 3_000_000)
    (mac.persons / "line.crash").write_text("Process: " + "x" * 10_000_000)
    header = {"bug_type": "309", "app_name": "\u202ea\x07" + "b" * 10_000_000}
    (mac.persons / "\x1b[31m\u202ename.ips").write_text(json.dumps(header) + "\n{}")
    header["app_name"] = "\u202ea\x07\x1b[2J/" + "b" * 1_000_000
    (mac.persons / "name.ips").write_text(json.dumps(header) + "\n{}")
    for report in mac.persons.iterdir():
        os.utime(report, (NOW - 1000, NOW - 1000))
    assert sorted(event.app for event in mac.look()) == ["b" * 200, "sleep"]
    assert mac.look() == []


def test_a_report_that_retires_while_it_is_looked_for_is_told_at_the_next_look(mac, monkeypatch):
    mac.look()
    mac.put("ips/sleep-monterey.ips")
    (mac.persons / "Retired").mkdir()

    def read(path):
        if path.parent == mac.persons:
            path.rename(mac.persons / "Retired" / path.name)
        return record_of(path)

    monkeypatch.setattr("agent.collectors.reports_macos.record_of", read)
    assert mac.look() == []
    assert [event.app for event in mac.look()] == ["sleep"]

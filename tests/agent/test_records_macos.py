"""Reports of macOS that no recording at hand holds. SYNTHETIC: made from the known fields of the reports."""

import json
import plistlib
from datetime import datetime

import pytest
from parsed_output import parsed, parsed_text


def report(bug_type: str, body: str, **header: str) -> str:
    first = {
        "bug_type": bug_type,
        "timestamp": "2025-05-06 07:08:09.00 +0200",
        "incident_id": "A-1",
        **header,
    }
    return f"{json.dumps(first)}\n{body}"


def hang(event: str) -> str:
    return (
        "Date/Time:        2025-05-06 07:08:09.000 +0200\nEnd time:         2025-05-06 07:08:14.000 +0200\n"
        f"OS Version:       macOS 14.4 (Build 23E214)\nReport Version:   48\n\n{event}"
        "Command:          Numbers\nPath:             /Applications/Numbers.app/Contents/MacOS/Numbers\n"
        "Identifier:       com.apple.iWork.Numbers\nVersion:          14.0 (7039.0.91)\n\n"
        "Duration:         5.02s\nSteps:            502 (10ms sampling interval)\n\n"
        "------------------------------------------------------------\nProcess:          Numbers [501]\n"
    )


def test_a_hang_lasts_as_long_as_it_says(tmp_path):
    (record,) = parsed_text(tmp_path, hang("Event:            hang\n"))
    assert (record["signal"], record["app"], record["version"]) == ("hang", "Numbers", "14.0 (7039.0.91)")
    assert (record["time"], record["value"], record["unit"]) == ("2025-05-06T05:08:09Z", 5.02, "s")


def test_a_hang_behind_a_header_line_is_the_same(tmp_path):
    (record,) = parsed_text(tmp_path, report("288", hang("Event:            hang\n")))
    assert record["signal"] == "hang"


@pytest.mark.parametrize("event", ["", "Event:            cpu usage\n", "Event:            disk writes\n"])
def test_other_spindumps_are_no_hang(tmp_path, event):
    assert parsed_text(tmp_path, hang(event)) == []


def test_a_panic_report_in_two_parts(tmp_path):
    body = '{"date": "2025-05-06 07:00:01.25 +0200", "panicString": "panic(cpu 2 caller 0xfffffe00): abort"}'
    (record,) = parsed_text(tmp_path, report("210", body + "\nhardware text of the bridge chip { not JSON"))
    assert (record["signal"], record["detail"]) == ("oscrash", {"cause": "panic"})
    assert record["time"] == "2025-05-06T05:00:01.250000Z"


@pytest.mark.parametrize("bug_type", ["151", "298", "202", "145", "115", "409", "313"])
def test_reports_that_are_no_failure_of_an_application(tmp_path, bug_type):
    text = "Date/Time:  2025-05-06 07:08:09 +0200\nCommand: Mail\nEvent: cpu usage\nDuration: 90.0s\n"
    assert parsed_text(tmp_path, report(bug_type, '{"largestProcess": "Mail"}')) == []
    assert parsed_text(tmp_path, report(bug_type, text)) == []


def test_one_incident_in_two_folders_is_one_crash(tmp_path):
    first, retired = tmp_path / "a.ips", tmp_path / "b.ips"
    for path in (first, retired):
        path.write_text(report("309", '{"procName": "Mail", "pid": 7}', app_name="Mail"))
    assert len(parsed(first, retired)) == 1


def test_a_crash_whose_body_was_cut_off_is_still_a_crash(tmp_path):
    body = '{"procName": "Mail", "captureTime": "2025-05-06 07:08:08.5 +0200", "exception": {"type": "EXC_C'
    (record,) = parsed_text(tmp_path, report("309", body, app_name="Mail", app_version="16.0"))
    assert (record["app"], record["version"]) == ("Mail", "16.0")
    assert record["time"] == "2025-05-06T05:08:08.500000Z"


def test_a_signal_in_place_of_the_exception(tmp_path):
    text = "Process:         Demo [12]\nVersion:         ???\nDate/Time:       2025-05-06 07:08:09 +0000\n"
    (record,) = parsed_text(
        tmp_path, text + "Exception Type:  SIGTRAP\nCrashed Thread:  0\n\nThread 0 Crashed:\n"
    )
    assert (record["version"], record["detail"]) == (None, {"signal": "SIGTRAP"})


def test_only_updates_of_the_system_count(tmp_path):
    day = datetime(2025, 5, 6)
    names = [
        "macOS 14.5",
        "Security Update 2025-001",
        "XProtectPlistConfigData",
        "Safari",
        "Numbers",
        "Gatekeeper",
    ]
    history = [{"date": day, "displayName": n, "displayVersion": "1"} for n in names]
    history.append({"date": day, "displayName": "macOS data", "contentType": "config-data"})
    records = parsed_text(tmp_path, plistlib.dumps(history))
    assert [r["detail"]["title"] for r in records] == ["macOS 14.5", "Security Update 2025-001"]


def test_the_cause_of_the_last_shutdown(tmp_path):
    line = "2025-05-{:02}  07:08:09.000000+0200 0x74 Default 0x0 0 0 kernel: Previous shutdown cause: {}\n"
    log = "".join(line.format(day, cause) for day, cause in enumerate((5, 0, 3, -62), start=1))
    assert [r["detail"]["cause"] for r in parsed_text(tmp_path, log)] == [
        "power_loss",
        "held_button",
        "unknown",
    ]


def test_a_reset_counter_is_no_crash(tmp_path):
    assert parsed_text(tmp_path, "Incident Identifier: A\nReset count: 3\nBoot failure count: 0\n") == []


def test_older_systems_write_the_cause_with_capitals(tmp_path):
    line = "2015-05-01 07:08:09 pc kernel[0]: Previous Shutdown Cause: 3\n"
    assert [r["detail"]["cause"] for r in parsed_text(tmp_path, line)] == ["held_button"]


def test_a_version_that_nobody_knew_is_left_out(tmp_path):
    text = "Process:         Demo [12]\nVersion:         ??? (???)\n"
    text += "Date/Time:       2011-12-07 13:27:34.816 -0800\n"
    (record,) = parsed_text(
        tmp_path, text + "\nException Type:  EXC_BREAKPOINT (SIGTRAP)\nCrashed Thread:  0\n"
    )
    assert (record["version"], record["time"]) == (None, "2011-12-07T21:27:34.816000Z")


def test_a_report_as_the_console_shows_it_is_one_crash(tmp_path):
    """With its translation before it, and what it triggered in place of the thread that crashed."""
    translated = (
        "-------------------------------------\nTranslated Report (Full Report Below)\n"
        "-------------------------------------\nProcess:             Demo [12]\n"
        "Path:                /Applications/Demo.app/Contents/MacOS/Demo\nVersion:             1.0 (7)\n\n"
        "Date/Time:           2026-04-25 22:50:47.5835 +0200\nIncident Identifier: A-1\n\n"
        "Triggered by Thread: 0, Dispatch Queue: com.apple.main-thread\n\n"
        "Exception Type:    EXC_BAD_ACCESS (SIGSEGV)\n\nThread 0 Crashed:\n0   Demo  0x1 main + 1\n\n"
    )
    full = report("309", '{"procName": "Demo", "pid": 12}', app_name="Demo")
    (record,) = parsed_text(tmp_path, f"{translated}-----------\nFull Report\n-----------\n\n{full}")
    assert (record["app"], record["version"]) == ("Demo", "1.0 (7)")
    assert record["detail"] == {"exception": "EXC_BAD_ACCESS", "signal": "SIGSEGV"}


def test_a_hang_that_was_sampled_in_part_lasts_as_long_as_it_was(tmp_path):
    text = hang("Event:            hang\n").replace(
        "Duration:         5.02s\n",
        "Duration:         38.98s\n"
        "Duration Sampled: 1.10s (process was unresponsive for 38 seconds before sampling)\n",
    )
    (record,) = parsed_text(tmp_path, text)
    assert record["value"] == 38.98


@pytest.mark.parametrize(
    "line",
    [
        'panic(cpu 2 caller 0xffffff80003ed5fc): "Possible memory corruption"@/x/pmap_internal.h:844',
        "panic(cpu 0 caller 0xFFFF0003): 0x300 - Data access",
        "Panic(CPU 2): Unresponsive processor (this CPU did not acknowledge interrupts) TLB state:0x0",
        "Panic(CPU 5, time 19727350040662): NMIPI for spinlock acquisition timeout, spinlock: 0xffff",
    ],
)
def test_panics_of_code_and_of_processors_that_no_longer_answer(tmp_path, line):
    text = (
        f"Anonymous UUID:       9D6B\n\nSat Jun 25 16:46:04 2016\n\n*** Panic Report ***\n{line}\nBacktrace\n"
    )
    (record,) = parsed_text(tmp_path, text)
    assert (record["signal"], record["detail"]) == ("oscrash", {"cause": "panic"})
    assert record["time"].startswith("2016-06-2")

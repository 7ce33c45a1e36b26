"""Windows events that no recording at hand holds. SYNTHETIC: made from documented fields."""

import io
import json
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from parsed_output import parsed

from agent.parse import parse_files
from agent.records import event_xml, windows_log
from agent.records.dedupe import once
from agent.records.findings import Findings
from agent.records.model import Record
from agent.records.windows_events import is_windows_update

ERROR = 'Name="Application Error" Guid="{a0e9b465-b939-57d7-b27d-95d8e925ff57}"'
HANG = 'Name="Application Hang" Guid="{c631c3dc-c676-59e4-2db3-5c0af00f9675}"'
WER = 'Name="Windows Error Reporting"'
POWER = 'Name="Microsoft-Windows-Kernel-Power"'
STOPPED = 'Name="Microsoft-Windows-WER-SystemErrorReporting" EventSourceName="BugCheck"'
KERNEL = 'Name="Microsoft-Windows-Kernel-General"'
LOG = 'Name="EventLog"'
WINLOGON = 'Name="Microsoft-Windows-Winlogon"'
POLICY = 'Name="Microsoft-Windows-GroupPolicy"'
PROFILES = 'Name="Microsoft-Windows-User Profiles Service"'
PERFORMANCE = 'Name="Microsoft-Windows-Diagnostics-Performance"'

START = datetime(2025, 5, 6, 7, 0, tzinfo=UTC)
REPORT = "0a1b2c3d-1111-2222-3333-444455556666"

_ids = count(1)


def event(provider: str, number: int, after_s: float = 0, activity: str = "", **data: str) -> str:
    """One event as the Event Log API renders it; data named p0, p1... is data without names."""
    unnamed = all(name[0] == "p" and name[1:].isdigit() for name in data)
    items = "".join(
        f"<Data>{v}</Data>" if unnamed else f'<Data Name="{k}">{v}</Data>' for k, v in data.items()
    )
    when = (START + timedelta(seconds=after_s)).isoformat().replace("+00:00", "0000Z")
    return (
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>'
        f"<Provider {provider}/><EventID>{number}</EventID><TimeCreated SystemTime='{when}'/>"
        f"<EventRecordID>{next(_ids)}</EventRecordID><Correlation ActivityID='{{{activity}}}'/>"
        f"<Channel>any</Channel><Computer>PC1.example.org</Computer></System><EventData>{items}</EventData></Event>"
    )


def read(*events: str) -> list[Record]:
    found = Findings()
    windows_log.read(event_xml.events(["\n".join(events)]), found)
    return found.together()


def test_named_data_of_recent_windows():
    crash, hang = read(
        event(
            *(ERROR, 1000),
            AppName="EXCEL.EXE",
            AppVersion="16.0.17928.20114",
            ExceptionCode="0xc0000374",
            ProcessId="0x2a4c",
            AppPath="C:\\Users\\somebody\\EXCEL.EXE",
            IntegratorReportId=REPORT,
        ),
        event(
            HANG,
            1002,
            5,
            AppName="ms-teams.exe",
            AppVersion="24.1",
            ReportId="b" * 36,
            HangType="Top level window",
        ),
    )
    assert (crash.signal, crash.app, crash.version) == ("crash", "EXCEL.EXE", "16.0.17928.20114")
    assert crash.detail == {"exception": "c0000374"}
    assert (hang.signal, hang.app, hang.value) == ("hang", "ms-teams.exe", None)


def wer(name: str, report: str = REPORT, app: str = "EXCEL.EXE") -> str:
    parameters = [app, "16.0", *[""] * 8]
    values = [
        "",
        "0",
        name,
        "Nicht verf\u00fcgbar",
        "0",
        *parameters,
        "",
        "C:\\store",
        "",
        "0",
        report,
        "268435456",
    ]
    return event(WER, 1001, 30, **{f"p{i}": v for i, v in enumerate(values)})


def test_one_crash_is_one_though_four_events_tell_it():
    crash = event(ERROR, 1000, AppName="EXCEL.EXE", AppVersion="16.0", IntegratorReportId=REPORT.upper())
    records = read(crash, wer("APPCRASH"), wer("APPCRASH"), wer("APPCRASH"))
    assert [r.time for r in records] == [START]


@pytest.mark.parametrize(
    ("name", "signal"),
    [("BEX64", "crash"), ("CLR20r3", "crash"), ("AppHangB1", "hang"), ("AppHangXProcB1", "hang")]
    + [
        (other, None)
        for other in ("WindowsUpdateFailure3", "RADAR_PRE_LEAK_64", "LiveKernelEvent", "PnPDriverNotFound")
    ],
)
def test_only_reports_of_failing_applications_count(name, signal):
    assert [r.signal for r in read(wer(name))] == ([signal] if signal else [])


def test_the_name_of_a_service_and_no_version_are_left_out():
    (crash,) = read(event(ERROR, 1000, p0="svchost.exe_AppXSvc", p1="0.0.0.0", p2="", p3="unknown"))
    assert (crash.app, crash.version) == ("svchost.exe", None)


def test_another_provider_with_the_same_id_is_another_event():
    assert read(event(WINLOGON, 1002, p0="x.exe"), event('Name="Something"', 1000, p0="x.exe")) == []


def incident(*events: str) -> list[tuple[object, object]]:
    return [(r.detail["cause"], r.detail.get("code")) for r in read(*events)]


def test_a_modern_stop_error_counts_once():
    assert incident(
        event(KERNEL, 12),
        event(LOG, 6008, 2, p0="07:00:00"),
        event(LOG, 6009, 2),
        event(LOG, 6005, 2),
        event(POWER, 41, 1, BugcheckCode="159", PowerButtonTimestamp="0"),
        event(STOPPED, 1001, 9, param1="0x0000009f (0x3, 0xffff, 0xffff, 0xffff)", param2="C:\\MEMORY.DMP"),
        event(KERNEL, 12, 900),
        event(LOG, 6009, 902),
        event(LOG, 6005, 902),
    ) == [("stop_error", "0x9f")]


def test_a_stop_error_whose_code_only_the_report_knows():
    assert incident(
        event(POWER, 41, BugcheckCode="0", PowerButtonTimestamp="0"),
        event(STOPPED, 1001, 9, param1="0x00000133 (0x1, 0x2, 0x3, 0x4)"),
    ) == [("stop_error", "0x133")]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        ({"PowerButtonTimestamp": "133000000000000000"}, "held_button"),
        ({"PowerButtonTimestamp": "0", "LongPowerButtonPressDetected": "true"}, "held_button"),
        ({"PowerButtonTimestamp": "0", "LongPowerButtonPressDetected": "false"}, "power_loss"),
    ],
)
def test_a_held_button_is_told_from_a_power_loss(data, cause):
    assert incident(event(POWER, 41, BugcheckCode="0", **data)) == [(cause, None)]


def test_two_unclean_ends_in_a_row_are_two():
    boot = [event(KERNEL, 12), event(LOG, 6008, p0=""), event(LOG, 6005), event(POWER, 41, BugcheckCode="0")]
    again = [event(KERNEL, 12, 60), event(LOG, 6008, 60, p0=""), event(LOG, 6005, 60)]
    assert incident(*boot, *again) == [("power_loss", None), ("unknown", None)]


def test_the_report_of_a_stop_error_adds_no_second_incident():
    power = event(POWER, 41, BugcheckCode="209", PowerButtonTimestamp="0")
    blue = wer("BlueScreen", "c" * 36, "d1")
    assert incident(power, blue) == [("stop_error", "0xd1")]
    assert incident(blue) == [("stop_error", "0xd1")]


def test_a_boot_after_an_update_is_marked():
    data = {"BootTime": "41000", "MainPathBootTime": "30000", "BootPostBootTime": "11000"}
    (boot,) = read(
        event(PERFORMANCE, 100, **data, BootIsRebootAfterInstall="true", UserLogonWaitDuration="258993")
    )
    assert (boot.value, boot.unit) == (41.0, "s")
    assert boot.detail["after_update"] is True
    assert boot.detail["logon_wait_s"] == 258.993


def test_an_unclean_end_whose_boot_begins_with_its_6008_is_one():
    clean = [event(LOG, 6009), event(LOG, 6005), event(KERNEL, 12)]
    unclean = [event(LOG, 6008, 60, p0=""), event(LOG, 6009, 60), event(LOG, 6005, 60), event(KERNEL, 12, 55)]
    assert incident(*clean, *unclean, event(POWER, 41, 57, BugcheckCode="0")) == [("power_loss", None)]


def test_a_shutdown_shorter_than_its_own_part_is_no_measurement():
    assert read(event(PERFORMANCE, 200, ShutdownTime="900000", ShutdownKernelTime="4042316761")) == []


@pytest.mark.parametrize("total", ["4042318675", "0", "-5", "soon", ""])
def test_a_boot_or_shutdown_of_no_sensible_length_is_no_measurement(total):
    assert read(event(PERFORMANCE, 200, ShutdownTime=total), event(PERFORMANCE, 100, BootTime=total)) == []


def test_a_domain_signin_of_many_seconds_is_put_together():
    records = read(
        event(WINLOGON, 1, 0),
        event(WINLOGON, 2, 3, Win32Status="0"),
        event(PROFILES, 1, 3, Session="1"),
        event(PROFILES, 2, 5, Session="1"),
        event(POLICY, 4001, 5, activity="A1"),
        event(POLICY, 4000, 6, activity="B2"),
        event(POLICY, 8001, 17, activity="A1", PolicyElaspedTimeInSeconds="12"),
    )
    assert [(r.signal, r.value) for r in records] == [("signin", 17.0)]
    assert records[0].detail == {"authentication_s": 3.0, "profile_s": 2.0, "policy_s": 12.0}


def test_unlocking_and_a_refused_password_are_no_signin():
    unlock = [event(WINLOGON, 1), event(WINLOGON, 2, 1, Win32Status="0")]
    refused = [event(WINLOGON, 1, 10), event(WINLOGON, 2, 13, Win32Status="1326")]
    assert read(*unlock, *refused) == []


def test_policy_whose_begin_has_left_the_log_still_counts_its_whole_seconds():
    (record,) = read(event(POLICY, 8001, 60, activity="A1", PolicyElaspedTimeInSeconds="7"))
    assert record.value == 7.0


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("2025-05 Cumulative Update for Windows 11 Version 24H2 for x64-based Systems (KB5058411)", True),
        ("Kumulatives Update f\u00fcr Windows 11, Version 23H2 (KB5034765), 2024-02", True),
        ("Security Update (KB5068861) (26100.7171)", True),
        ("Windows 11, version 24H2", True),
        ("9WZDNCRFJBH4-Microsoft.Windows.Photos", False),
        ("Twitter", False),
        (
            "Security Intelligence-Update f\u00fcr Microsoft Defender Antivirus - KB2267602 (Version 1.4)",
            False,
        ),
        ("Security Update for Microsoft Office 2016 (KB4011574) 64-Bit Edition", False),
        ("Definition Update for Microsoft Endpoint Protection - KB2461484 (Definition 1.2)", False),
        ("Intel - Display - 31.0.101.2125", False),
    ],
)
def test_only_updates_of_windows_itself_count(title, expected):
    assert is_windows_update(title) is expected


def test_a_hint_is_dropped_only_beside_a_fact():
    fact = Record("crash", START, app="a")
    hint = Record("crash", START + timedelta(seconds=4), app="a", echo_s=5)
    assert once([hint, fact]) == [fact]
    assert once([hint]) == [hint]


def test_a_record_cannot_say_more_than_its_fields():
    with pytest.raises(ValueError, match="cannot say"):
        Record("crash", detail={"command_line": "secret"})


def test_an_event_copied_from_the_viewer_is_read(tmp_path):
    """The viewer puts words before it, and a browser that shows XML a dash before each element."""
    text = event(ERROR, 1000, AppName="python.exe", AppVersion="3.12.10")
    words = "Log Name:      Application\r\nDescription:\r\nFaulting application: R&D <x>\r\nEvent Xml:\r\n"
    copied = words + text + words
    dashed = text.replace("<Event ", "- <Event ").replace("<System>", "\n- <System>\n  ")
    for content in (copied, dashed):
        path = tmp_path / "event.txt"
        path.write_text(content)
        assert [record["app"] for record in parsed(path)] == ["python.exe"]


def test_a_fast_start_is_a_boot_and_no_unclean_end():
    """After a fast start or a changed clock the kernel calls the last shutdown "not good", and it was."""
    boot = 'Name="Microsoft-Windows-Kernel-Boot"'
    data = {"BootTime": "18500", "MainPathBootTime": "8500", "BootPostBootTime": "10000"}
    records = read(
        event(KERNEL, 12),
        event(boot, 20, 1, LastShutdownGood="false", LastBootGood="true"),
        event(boot, 27, 1, BootType="1"),
        event(LOG, 6005, 5),
        event(PERFORMANCE, 100, 120, **data, BootIsRebootAfterInstall="false"),
    )
    assert [(r.signal, r.value) for r in records] == [("boot", 18.5)]


def as_json(number: int, provider: str, **data: str) -> dict:
    """An event as `evtx_dump` prints it."""
    return {
        "Event": {
            "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
            "System": {
                "Provider": {"#attributes": {"Name": provider}},
                "EventID": {"#attributes": {"Qualifiers": 0}, "#text": number},
                "TimeCreated": {"#attributes": {"SystemTime": "2025-05-06T07:00:00.000000Z"}},
                "EventRecordID": 7,
                "Computer": "PC1",
            },
            "EventData": data,
        }
    }


@pytest.mark.parametrize("indent", [None, 2], ids=["one per line", "of many lines"])
def test_events_that_evtx_dump_printed_are_read(tmp_path, indent):
    crash = as_json(1000, "Application Error", AppName="python.exe", AppVersion="3.12.10")
    texts = [json.dumps(crash, indent=indent), json.dumps(as_json(1, "Something"), indent=indent)]
    path = tmp_path / "events.jsonl"
    path.write_text("".join(f"Record {i}\n{text}\n" for i, text in enumerate(texts)))
    assert [record["app"] for record in parsed(path)] == ["python.exe"]
    path.write_text(path.read_text()[:-20])
    complaints = io.StringIO()
    assert parse_files([str(path)], io.StringIO(), complaints) == 1
    assert "1 are damaged or cut short" in complaints.getvalue()


def test_events_are_found_wherever_a_long_text_is_cut_into_pieces():
    text = "".join(f"a < b & c {event(ERROR, 1000, AppName=name)}" for name in ("a.exe", "b.exe"))
    for size in (1, 7, 100, 10_000):
        pieces = [text[i : i + size] for i in range(0, len(text), size)]
        found = Findings()
        windows_log.read(event_xml.events(pieces), found)
        assert [r.app for r in found.records] == ["a.exe", "b.exe"]

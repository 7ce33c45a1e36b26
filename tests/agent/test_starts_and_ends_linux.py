"""When a Linux laptop started, and which ends were unclean, by journals and other logs. SYNTHETIC."""

import json
import struct
from datetime import UTC, datetime, timedelta

import pytest
from linux_records import BOOT, NOW, US
from parsed_output import parsed, parsed_text

from agent.records import journal, last_text
from agent.records.findings import BootEnd, Findings
from agent.records.kernel_log import kernel_record
from agent.records.model import Record
from agent.records.systemd_analyze import duration_s


def startup(**fields: str) -> Record | None:
    entry = {
        "MESSAGE_ID": journal.STARTUP_FINISHED,
        "_PID": "1",
        "_BOOT_ID": BOOT,
        "__REALTIME_TIMESTAMP": US,
    }
    return journal.record_of(entry | fields)


def test_a_boot_is_measured_from_the_firmware_on():
    record = startup(
        FIRMWARE_USEC="6000000", LOADER_USEC="1500000", KERNEL_USEC="2500000", USERSPACE_USEC="9000000"
    )
    assert record is not None
    assert (record.time, record.value, record.unit) == (NOW, 19.0, "s")
    assert record.detail["firmware_s"] == 6.0


def test_the_start_of_a_user_manager_is_no_boot():
    assert startup(_PID="1733", USERSPACE_USEC="591000") is None
    container = startup(MESSAGE_ID=journal.USER_STARTUP_FINISHED, USERSPACE_USEC="591000")
    assert container is not None
    assert container.value == 0.591


def test_last_with_shutdown_rows_tells_which_boot_had_none():
    rows = [
        "reboot   system boot  6.1.0-18-amd64   Tue Jan  2 09:00   still running",
        "reboot   system boot  6.1.0-18-amd64   Mon Jan  1 09:00   still running",
        "shutdown system down  6.1.0-18-amd64   Sun Dec 31 20:00 - 09:00  (13:00)",
        "anna     tty2         tty2             Sun Dec 31 09:00 - 20:00  (11:00)",
        "",
        "wtmp begins Sun Dec 31 09:00:00 2023",
    ]
    (record,) = last_text.records_of(rows, "last")
    assert record.detail == {"cause": "unknown"}
    assert record.time is not None
    assert record.time.astimezone().strftime("%F %R") == "2024-01-02 09:00"  # the year turned in between


def test_last_without_them_counts_a_boot_once_however_many_sessions_crashed():
    rows = [
        "anna  tty2    Tue Jan  2 09:01   still logged in",
        "reboot   system boot  6.1.0   Tue Jan  2 09:00   still running",
        "anna  pts/1   Mon Jan  1 10:00 - crash  (23:00)",
        "anna  tty2    Mon Jan  1 09:01 - crash  (23:59)",
        "reboot   system boot  6.1.0   Mon Jan  1 09:00 - crash (1+00:00)",
    ]
    assert len(last_text.records_of(rows, "last")) == 1


def ends(*found: BootEnd) -> list[tuple[str, datetime | None]]:
    return [(r.signal, r.time) for r in Findings(ends=list(found)).together()]


def test_a_boot_that_one_of_several_journals_saw_go_down_is_clean():
    system = BootEnd(BOOT, NOW, stopped=False, cut_off=True)
    assert ends(system) == [("oscrash", NOW)]
    assert ends(system, BootEnd(BOOT, NOW + timedelta(minutes=1), stopped=True, cut_off=False)) == []


def test_a_file_that_does_not_hold_the_end_proves_nothing():
    assert ends(BootEnd(BOOT, NOW, stopped=False, cut_off=False)) == []


def test_a_panic_in_the_journal_explains_the_unclean_end():
    panic = kernel_record("Kernel panic - not syncing: Fatal exception", NOW, BOOT)
    assert panic is not None
    found = Findings(records=[panic], ends=[BootEnd(BOOT, NOW, stopped=False, cut_off=True)])
    assert [r.detail["cause"] for r in found.together()] == ["panic"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1min 9.608s", 69.608),
        ("5min 2.727s", 302.727),
        ("14ms", 0.014),
        ("1h 2min 3s", 3723.0),
        ("250us", 0.00025),
    ],
)
def test_durations_of_systemd(text, expected):
    assert duration_s(text) == pytest.approx(expected)


def test_last_with_dates_of_iso(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    rows = [
        "reboot   system boot  6.1.0-18-amd64   2024-01-02T09:00:00+01:00   still running",
        "reboot   system boot  6.1.0-18-amd64   2024-01-01T09:00:00+01:00   still running",
        "shutdown system down  6.1.0-18-amd64   2023-12-31T20:00:00+01:00 - 2024-01-01T09:00:00+01:00",
        "",
        "wtmp begins 2023-12-31T09:00:00+01:00",
    ]
    (record,) = parsed_text(tmp_path, "\n".join(rows) + "\n")
    assert (record["signal"], record["time"]) == ("oscrash", "2024-01-02T08:00:00Z")


def test_a_start_that_the_systems_log_tells(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    finished = "Startup finished in 1.717s (kernel) + 2.352s (initrd) + 18.974s (userspace) = 23.043s."
    lines = [
        f"2025-05-06T07:08:09+0000 pc systemd[1]: {finished}",
        f"2025-05-06T07:08:09+0000 pc mallory[9]: {finished}",
        f"2025-05-06T07:08:09+0000 pc systemd[1733]: {finished}",
        "2025-05-06T07:08:10+0000 pc systemd[1733]: Startup finished in 591ms.",
    ]
    (boot,) = parsed_text(tmp_path, "\n".join(lines) + "\n")
    assert (boot["signal"], boot["time"], boot["value"]) == ("boot", "2025-05-06T07:08:09Z", 23.043)


def login_records(*entries: tuple[int, str, str], size: int = 384) -> bytes:
    """utmp(5): type, user, time; of x86 (384 bytes) or of other 64-bit processors (400 bytes)."""
    raw = []
    for kind, user, when in entries:
        seconds = int(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp())
        record = bytearray(size)
        struct.pack_into("<hxxi32s4s32s", record, 0, kind, 1, b"~", b"~~", user.encode())
        struct.pack_into("<I" if size == 384 else "<q", record, 340 if size == 384 else 344, seconds)
        raw.append(bytes(record))
    return b"".join(raw)


LOGINS = (
    *(
        (2, "reboot", "2025-05-01T08:00"),
        (7, "anna", "2025-05-01T08:01"),
        (1, "shutdown", "2025-05-01T17:00"),
    ),
    *(
        (2, "reboot", "2025-05-02T08:00"),
        (1, "runlevel", "2025-05-02T08:00"),
        (7, "anna", "2025-05-02T08:01"),
    ),
    *(
        (2, "reboot", "2025-05-02T09:30"),
        (1, "shutdown", "2025-05-02T17:00"),
        (2, "reboot", "2025-05-03T08:00"),
    ),
)


@pytest.mark.parametrize("size", [384, 400])
def test_login_records_tell_which_start_no_shutdown_precedes(tmp_path, size):
    path = tmp_path / "wtmp"
    path.write_bytes(login_records(*LOGINS, size=size) + b"\2\0\0")  # written while it was copied
    (record,) = parsed(path)
    assert (record["signal"], record["time"]) == ("oscrash", "2025-05-02T09:30:00Z")
    assert "anna" not in str(record)


def test_login_records_without_any_shutdown_tell_nothing(tmp_path):
    path = tmp_path / "wtmp"
    path.write_bytes(login_records(*(entry for entry in LOGINS if entry[1] != "shutdown")))
    assert parsed(path) == []


def test_a_start_that_a_log_and_a_journal_tell_is_one(tmp_path):
    log, saved = tmp_path / "syslog", tmp_path / "saved.json"
    finished = "Startup finished in 2.500s (kernel) + 9.000s (userspace) = 11.500s."
    log.write_text(f"2025-05-06T07:08:09+0000 pc systemd[1]: {finished}\n")
    phases = {"KERNEL_USEC": "2500000", "USERSPACE_USEC": "9000000", "__REALTIME_TIMESTAMP": US}
    entry = {"MESSAGE_ID": journal.STARTUP_FINISHED, "_PID": "1", "_BOOT_ID": BOOT, **phases}
    saved.write_text(json.dumps(entry) + "\n")
    for paths in ([log, saved], [saved, log], [log, log], [saved, saved]):
        assert [record["value"] for record in parsed(*paths)] == [11.5]

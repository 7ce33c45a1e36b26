"""Linux sources that no recording at hand holds. SYNTHETIC: made from the documented fields and wordings."""

import gzip
import io
import json
import shutil
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from collector_helpers import RECORDED

from agent.parse import parse_files
from agent.records import abrt, apport, journal, journal_export, last_text
from agent.records.dedupe import once
from agent.records.detect import kind_of
from agent.records.errors import Unreadable
from agent.records.findings import BootEnd, Findings
from agent.records.journal_text import coredumpctl_records
from agent.records.kernel_log import from_lines, kernel_record
from agent.records.model import Record
from agent.records.systemd_analyze import duration_s
from agent.records.unpacked import opened

BOOT = "0123456789abcdef0123456789abcdef"
NOW = datetime(2025, 5, 6, 7, 8, 9, tzinfo=UTC)
US = str(int(NOW.timestamp() * 1e6))

DUMP = {
    "MESSAGE_ID": journal.COREDUMP,
    "MESSAGE": "Process 4711 (soffice.bin) of user 1000 terminated abnormally without generating a coredump.",
    "COREDUMP_PID": "4711",
    "COREDUMP_SIGNAL": "11",
    "COREDUMP_SIGNAL_NAME": "SIGSEGV",
    "COREDUMP_TIMESTAMP": US,
    "COREDUMP_COMM": "soffice.bin",
    "COREDUMP_EXE": "/usr/lib/libreoffice/program/soffice.bin",
    "COREDUMP_PACKAGE_VERSION": "24.2.7",
    "_BOOT_ID": BOOT,
    "_EXE": "/usr/lib/systemd/systemd-coredump",
    "_TRANSPORT": "journal",
}


def parse(tmp_path: Path, text: str) -> list[dict]:
    path = tmp_path / "given"
    path.write_text(text)
    out, complaints = io.StringIO(), io.StringIO()
    assert parse_files([str(path)], out, complaints) == 0, complaints.getvalue()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_core_dump_is_a_crash_of_its_program():
    record = journal.record_of(DUMP)
    assert record == Record(
        *("crash", NOW, "soffice.bin", "24.2.7"), detail={"signal": "SIGSEGV"}, key=f"core:{BOOT}:4711"
    )


def test_a_forged_core_dump_is_not_believed():
    assert journal.record_of(DUMP | {"_EXE": "/usr/bin/logger"}) is None
    assert journal.record_of({k: v for k, v in DUMP.items() if k != "_EXE"}) is None
    newer = DUMP | {"_EXE": "", "_SYSTEMD_UNIT": "systemd-coredump@3-900-0.service"}
    assert journal.record_of(newer) is not None


def test_a_core_that_somebody_asked_for_is_no_crash():
    assert journal.record_of(DUMP | {"COREDUMP_SIGNAL": "3", "COREDUMP_SIGNAL_NAME": "SIGQUIT"}) is None


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


def oom(message_id: str, **fields: str) -> Record | None:
    entry = {"MESSAGE_ID": message_id, "_PID": "1", "_BOOT_ID": BOOT, "__REALTIME_TIMESTAMP": US}
    return journal.record_of(entry | fields)


def test_a_kill_by_oomd_names_the_application_of_the_unit():
    record = oom(journal.OOMD_KILL, USER_UNIT="app-gnome-org.mozilla.firefox\\x2desr-552136.scope")
    assert record is not None
    assert (record.app, record.detail) == ("org.mozilla.firefox-esr", {"killer": "systemd-oomd"})
    assert oom(journal.OOMD_KILL, _PID="977", _EXE="/usr/bin/logger", UNIT="x.service") is None


def test_one_oom_kill_is_one_though_kernel_and_systemd_tell_it():
    line = "Memory cgroup out of memory: Killed process 812 (python3) total-vm:120kB, anon-rss:30kB"
    kernel = kernel_record(line, NOW, BOOT)
    unit = oom(journal.UNIT_OUT_OF_MEMORY, UNIT="train.service")
    assert kernel is not None
    assert unit is not None
    assert once([unit, kernel]) == [kernel]
    assert once([unit]) == [unit]


def test_a_resume_tells_how_long_the_machine_slept():
    stop = {
        "MESSAGE_ID": journal.SLEEP_STOP,
        "_EXE": "/usr/lib/systemd/systemd-sleep",
        "_BOOT_ID": BOOT,
        "__REALTIME_TIMESTAMP": US,
    }
    record = journal.resume(stop, NOW - timedelta(hours=1))
    assert record is not None
    assert (record.time, record.detail) == (NOW, {"asleep_s": 3600.0})
    assert journal.record_of(stop | {"_EXE": "/usr/bin/logger"}) is None


def test_fields_that_journalctl_gives_as_lists_are_read():
    assert journal.text({"A": ["first", "second"]}, "A") == "first"
    assert journal.text({"A": list(b"caf\xc3\xa9")}, "A") == "caf\u00e9"
    assert journal.text({"A": None}, "A") == ""
    assert journal.text({"A": [300, -1, "x"]}, "A") == ""


def test_the_process_that_an_old_kernel_only_chose_is_not_counted():
    lines = [
        "[  1.000000] Out of memory: Kill process 7 (parent) score 900 or sacrifice child",
        "[  1.000001] Killed process 8 (child) total-vm:327128kB, anon-rss:306328kB",
    ]
    assert [r.app for r in from_lines(lines, "dmesg")] == ["child"]


@pytest.mark.parametrize(
    ("line", "app", "signal"),
    [
        (
            "Web Content[812]: segfault at 0 ip 00007f1 sp 00007ff error 4 in libxul.so[7f00]",
            "Web Content",
            "SIGSEGV",
        ),
        ("traps: chrome[77] trap int3 ip:5581 sp:7ffe error:0 in chrome[5580]", "chrome", "SIGTRAP"),
        ("traps: a.out[78] general protection fault ip:401 sp:7ff error:0 in a.out[400]", "a.out", "SIGSEGV"),
        ("traps: a.out[79] trap divide error ip:401 sp:7ff error:0 in a.out[400]", "a.out", "SIGFPE"),
        ("foo[80]: unhandled level 3 translation fault (11) at 0x0000, esr 0x92000047", "foo", "SIGSEGV"),
        (
            "net[81]: unhandled exception: DABT (lower EL), ESR 0x9206, level 2 translation fault in net[a0]",
            "net",
            "SIGSEGV",
        ),
        ("ub[82]: unhandled exception: BRK (lower EL), ESR 0xf2, User debug trap in ub[a0]", "ub", "SIGTRAP"),
        ("sh[83] control protection ip:401139 sp:7ff ssp:7f1 error:1(near ret) in sh[401]", "sh", "SIGSEGV"),
        ("traps: a[84] trap fpu exception ip:401 sp:7ff error:0 in a[400]", "a", "SIGFPE"),
        ("traps: a[85] trap stack segment ip:401 sp:7ff error:0 in a[400]", "a", "SIGBUS"),
        ("a[86]: segfault (11) at 0 nip 10000 lr 0 code 1 in a[10000+10]", "a", "SIGSEGV"),
        ("a[87]: unhandled signal 11 code 0x1 at 0x0000000000000000 in a[10000+10]", "a", "SIGSEGV"),
        ("a[88]: segfault at 0000000000000000 rip 0000000000400 rsp 00007ff error 4", "a", "SIGSEGV"),
    ],
)
def test_traps_of_programs_are_crashes(line, app, signal):
    record = kernel_record(line)
    assert record is not None
    assert (record.signal, record.app, record.detail["signal"]) == ("crash", app, signal)


@pytest.mark.parametrize(
    "line",
    [
        "Killed process 8 (my (old) app) total-vm:327128kB, anon-rss:306328kB, UID:1000 pgtables:1kB",
        "Out of memory: Killed process 8 (my (old) app).",
        "Killed process 8, UID 48, (my (old) app) total-vm:177404kB, anon-rss:1780kB, file-rss:676kB",
        "Out of memory: Killed process 8, UID 48, (my (old) app).",
        "Memory cgroup out of memory: Killed process 8 (my (old) app) total-vm:1kB",
        "Out of memory (oom_kill_allocating_task): Killed process 8 (my (old) app) total-vm:1kB",
    ],
)
def test_kills_for_want_of_memory_in_the_wording_of_many_kernels(line):
    record = kernel_record(line)
    assert record is not None
    assert (record.signal, record.app) == ("oom", "my (old) app")


@pytest.mark.parametrize(
    "line",
    [
        "x86/split lock detection: #AC: game/812 took a split_lock trap at address: 0x7f",
        "oom_reaper: reaped process 8 (game), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
        'audit: type=1701 audit(1.2:3): pid=9 comm="game" exe="/usr/bin/game" sig=11 res=1',
        "Tasks in /user.slice are going to be killed due to memory.oom.group set",
    ],
)
def test_lines_that_only_sound_like_it(line):
    assert kernel_record(line) is None


FAULT = "Web Content[812]: segfault at 0 ip 00007f1 sp 00007ff error 4 in libxul.so[7f00]"


@pytest.mark.parametrize(
    ("before", "time"),
    [
        ("[  119.156884] ", None),
        ("<6>[  119.156884][ T812] ", None),
        ("[  119.156884] pc kernel: ", None),
        ("[Tue May  6 07:08:09 2025] ", "2025-05-06T07:08:09+00:00"),
        ("2025-05-06T07:08:09,123456+00:00 ", "2025-05-06T07:08:09.123456+00:00"),
        ("2025-05-06T07:08:09.123456+00:00 pc kernel: [  119.156884] ", "2025-05-06T07:08:09.123456+00:00"),
        ("2025-05-06T07:08:09+0000 kernel: ", "2025-05-06T07:08:09+00:00"),
        ("Tue 2025-05-06 07:08:09 UTC pc kernel: ", "2025-05-06T07:08:09+00:00"),
        ("May 06 07:08:09.123456 pc kernel: ", None),
        ("May  6 07:08:09 pc kernel: [  119.156884] ", None),
        ("May  6 07:08:09 kernel: ", None),
    ],
)
def test_a_kernel_log_in_the_forms_of_dmesg_and_journalctl(tmp_path, monkeypatch, before, time):
    monkeypatch.setenv("TZ", "UTC")
    (record,) = parse(tmp_path, f"{before}usb 1-1: new device\n{before}{FAULT}\n")
    assert (record["signal"], record["app"]) == ("crash", "Web Content")
    assert record["time"] == (time and time.replace("+00:00", "Z"))


@pytest.mark.parametrize(
    "before", ["May  6 07:08:09 pc mallory[9]: ", "Tue 2025-05-06 07:08:09 UTC mallory: kernel: "]
)
def test_a_program_cannot_write_the_kernels_lines(before):
    assert list(from_lines([f"{before}{FAULT}"], "kern.log")) == []


def test_a_trap_line_beside_its_core_dump_is_no_second_crash():
    # The kernel names the thread, the core dump the process: their numbers differ.
    trap = kernel_record("GpuWatchdog[4712]: segfault at 0 ip 0000 sp 0000 error 6", NOW, BOOT)
    dump = journal.record_of(DUMP)
    assert trap is not None
    assert dump is not None
    assert once([trap, dump]) == [dump]


def test_a_panic_that_is_written_twice_is_one_and_a_program_cannot_write_one():
    lines = [
        "May  6 07:08:09 pc kernel: [ 12.000001] Linux version 6.8.0",
        "2025-05-06T07:08:09.123456+02:00 pc kernel: [ 99.000001] Kernel panic - not syncing: Fatal",
        "May  6 07:08:10 pc kernel: [ 99.000002] ---[ end Kernel panic - not syncing: Fatal ]---",
        "May  6 07:09:00 pc kernel: [ 0.000000] Linux version 6.8.0",
        "May  6 07:09:01 pc mallory[9]: Kernel panic - not syncing: believe me",
        "May  6 07:09:02 pc kernel: [ 0.000000] Linux version 6.8.0",
        "May  6 07:10:00 pc kernel: [ 50.000000] Kernel panic - not syncing: again",
    ]
    records = once(from_lines(lines, "kern.log"))
    assert [(r.signal, r.detail["cause"]) for r in records] == [("oscrash", "panic")] * 2
    assert records[0].time == datetime(2025, 5, 6, 5, 8, 9, 123456, tzinfo=UTC)


def test_saved_listings_of_a_journal_are_read_like_the_journal(tmp_path):
    verbose = "Tue 2025-05-06 07:08:09.000000 UTC [s=1;i=2]\n" + "".join(
        f"    {k}={v}\n" for k, v in DUMP.items()
    )
    saved_json = json.dumps(DUMP | {"COREDUMP_CMDLINE": "soffice secret.odt"})
    for text in (verbose, saved_json, verbose + "\n" + verbose):
        assert [(r["signal"], r["app"]) for r in parse(tmp_path, text)] == [("crash", "soffice.bin")]


def exported(**fields: str) -> bytes:
    """`journalctl -o export`: a value of several lines is counted."""
    lines = [f"__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP={US}\n".encode()]
    for name, value in fields.items():
        raw = value.encode()
        counted = f"{name}\n".encode() + len(raw).to_bytes(8, "little") + raw + b"\n"
        lines.append(counted if "\n" in value else f"{name}={value}\n".encode())
    return b"".join([*lines, b"\n"])


def test_an_export_is_read_with_the_counted_values_of_its_core_dumps(tmp_path):
    maps = {"COREDUMP_PROC_MAPS": "7f00-7f01 r-xp\n\n7f02-7f03 rw-p\n", "COREDUMP_OPEN_FDS": "0:/secret\n"}
    path = tmp_path / "given"
    path.write_bytes(
        exported(**maps, **DUMP) + exported(MESSAGE="a\nb") + exported(**DUMP | {"COREDUMP_PID": "4712"})
    )
    found = Findings()
    with opened(str(path)) as source:
        kind_of(source).read(source, found)
    assert [r.app for r in found.records] == ["soffice.bin", "soffice.bin"]


def test_a_message_cannot_pretend_to_be_another_entry_of_an_export():
    forged = "innocent\n\n__CURSOR=s=1;i=3\n" + "".join(f"{k}={v}\n" for k, v in DUMP.items())
    assert list(journal_export.records_of(io.BytesIO(exported(MESSAGE=forged, _PID="9")))) == []
    long = "x" * journal_export.LONGEST_VALUE
    one_line = f"{long}__CURSOR=1\r" + "\r".join(f"{k}={v}" for k, v in DUMP.items())
    assert list(journal_export.records_of(io.BytesIO(exported(MESSAGE=one_line, _PID="9")))) == []


@pytest.mark.parametrize("length", [2**31, 2**62 - 1, 2**64 - 1])
def test_a_counted_value_longer_than_any_file_is_damage(length):
    stream = exported(**DUMP) + b"MESSAGE\n" + length.to_bytes(8, "little") + b"x" * 100
    records = journal_export.records_of(io.BytesIO(stream))
    assert next(records).app == "soffice.bin"
    with pytest.raises(Unreadable, match="cut short"):
        next(records)


@pytest.mark.parametrize("cut", [30, 5])
def test_an_export_that_was_cut_short_gives_what_is_left(cut):
    whole = exported(**DUMP) + exported(MESSAGE="two\nlines of a message that is long enough")
    records = journal_export.records_of(io.BytesIO(whole[:-cut]))
    assert next(records).app == "soffice.bin"
    with pytest.raises(Unreadable, match="cut short"):
        next(records)


def test_a_long_entry_in_json_is_read_and_a_broken_one_is_told(tmp_path):
    long = json.dumps(DUMP | {"COREDUMP_PROC_MAPS": "7f00-7f01 r-xp\n" * 20_000})
    pretty = json.dumps(DUMP, indent="\t", separators=(",", " : "))
    assert [r["app"] for r in parse(tmp_path, f"{long}\n")] == ["soffice.bin"]
    assert [r["app"] for r in parse(tmp_path, f"{pretty}\n{pretty}\n")] == ["soffice.bin"]
    path = tmp_path / "cut"
    path.write_text(f"{long}\n{long[:-1000]}")
    out, complaints = io.StringIO(), io.StringIO()
    assert parse_files([str(path)], out, complaints) == 1
    assert out.getvalue().count("\n") == 1
    assert "1 entries are damaged" in complaints.getvalue()


@pytest.mark.skipif(not shutil.which("journalctl"), reason="journalctl is not installed")
@pytest.mark.parametrize("form", ["export", "json", "json-pretty", "json-seq", "json-sse", "verbose"])
def test_every_form_in_which_journalctl_prints_entries_says_the_same(tmp_path, form):
    recording = RECORDED / "journal" / "fedora33-cockpit.journal.gz"
    file = tmp_path / "system.journal"
    file.write_bytes(gzip.decompress(recording.read_bytes()))
    command = ["journalctl", f"--file={file}", "--quiet", "--all", f"--output={form}", "--no-pager"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    (boot,) = parse(tmp_path, done.stdout.decode("utf-8", "replace"))
    assert (boot["signal"], boot["time"], boot["value"]) == ("boot", "2021-03-08T10:36:07.986036Z", 23.043725)


def test_coredumpctl_with_a_package_version():
    lines = [
        "           PID: 99 (evince)",
        "        Signal: 6 (ABRT)",
        "     Timestamp: Tue 2025-05-06 07:08:09 UTC (1h ago)",
        "    Executable: /usr/bin/evince",
        "       Package: evince/46.3-1.fc40",
    ]
    (record,) = coredumpctl_records(lines, "file")
    assert (record.time, record.app, record.version) == (NOW, "evince", "46.3-1.fc40")
    assert record.detail == {"signal": "SIGABRT"}


def test_apport_is_read_up_to_the_core_only():
    def lines():
        yield from (
            "ProblemType: Crash\n",
            "Date: Tue May  6 07:08:09 2025\n",
            "ExecutablePath: /usr/bin/gedit\n",
        )
        yield from ("ProcCmdline: gedit private.txt\n", "Signal: 6\n", "CoreDump: base64\n")
        raise AssertionError("read on into the core")

    record = apport.record_of(apport.fields(lines()))
    assert record is not None
    assert (record.app, record.detail) == ("gedit", {"signal": "SIGABRT"})
    assert apport.record_of({"ProblemType": "KernelOops"}) is None


def test_an_abrt_directory_is_one_report(tmp_path):
    problem = tmp_path / "ccpp-2025-05-06-07:08:09-99"
    problem.mkdir()
    elements = {
        "type": "CCpp",
        "time": "1746515289",
        "executable": "/usr/bin/evince",
        "cmdline": "evince secret.pdf",
    }
    for name, value in (elements | {"pkg_version": "46.3", "pkg_release": "1.fc40"}).items():
        (problem / name).write_text(value)
    out = io.StringIO()
    assert parse_files([str(problem)], out, io.StringIO()) == 0
    record = json.loads(out.getvalue())
    assert (record["signal"], record["time"]) == ("crash", "2025-05-06T07:08:09Z")
    assert (record["app"], record["version"]) == ("evince", "46.3-1.fc40")
    assert "secret" not in out.getvalue()
    assert abrt.record_of({"type": "Kerneloops", "time": "1"}) is None
    vmcore = abrt.record_of({"type": "vmcore", "time": "1746515289"})
    assert vmcore is not None
    assert (vmcore.signal, vmcore.detail) == ("oscrash", {"cause": "panic"})


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
    (record,) = parse(tmp_path, "\n".join(rows) + "\n")
    assert (record["signal"], record["time"]) == ("oscrash", "2024-01-02T08:00:00Z")


def test_the_table_of_coredumpctl(tmp_path):
    table = [
        "TIME                           PID  UID  GID SIG     COREFILE EXE                         SIZE",
        "Tue 2025-05-06 07:08:09 UTC  10001 1000 1000 SIGSEGV present  /usr/lib/x y/gnome-shell    62.5M",
        "Tue 2025-05-06 07:08:10 UTC  10002 1000 1000 SIGQUIT none     /usr/bin/java               -",
        "Tue 2018-05-06 07:08:11 UTC    991    0    0   6 missing /usr/bin/editor",
    ]
    found = [(r["time"], r["app"], r["detail"]["signal"]) for r in parse(tmp_path, "\n".join(table) + "\n")]
    assert found == [
        ("2018-05-06T07:08:11Z", "editor", "SIGABRT"),
        ("2025-05-06T07:08:09Z", "gnome-shell", "SIGSEGV"),
    ]


def test_a_start_that_the_systems_log_tells(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    finished = "Startup finished in 1.717s (kernel) + 2.352s (initrd) + 18.974s (userspace) = 23.043s."
    lines = [
        f"2025-05-06T07:08:09+0000 pc systemd[1]: {finished}",
        f"2025-05-06T07:08:09+0000 pc mallory[9]: {finished}",
        f"2025-05-06T07:08:09+0000 pc systemd[1733]: {finished}",
        "2025-05-06T07:08:10+0000 pc systemd[1733]: Startup finished in 591ms.",
    ]
    (boot,) = parse(tmp_path, "\n".join(lines) + "\n")
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
    out, complaints = io.StringIO(), io.StringIO()
    assert parse_files([str(path)], out, complaints) == 0, complaints.getvalue()
    (record,) = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (record["signal"], record["time"]) == ("oscrash", "2025-05-02T09:30:00Z")
    assert "anna" not in out.getvalue()


def test_login_records_without_any_shutdown_tell_nothing(tmp_path):
    path = tmp_path / "wtmp"
    path.write_bytes(login_records(*(entry for entry in LOGINS if entry[1] != "shutdown")))
    out, complaints = io.StringIO(), io.StringIO()
    assert parse_files([str(path)], out, complaints) == 0
    assert out.getvalue() == ""


def test_a_start_that_a_log_and_a_journal_tell_is_one(tmp_path):
    log, saved = tmp_path / "syslog", tmp_path / "saved.json"
    finished = "Startup finished in 2.500s (kernel) + 9.000s (userspace) = 11.500s."
    log.write_text(f"2025-05-06T07:08:09+0000 pc systemd[1]: {finished}\n")
    phases = {"KERNEL_USEC": "2500000", "USERSPACE_USEC": "9000000", "__REALTIME_TIMESTAMP": US}
    entry = {"MESSAGE_ID": journal.STARTUP_FINISHED, "_PID": "1", "_BOOT_ID": BOOT, **phases}
    saved.write_text(json.dumps(entry) + "\n")
    for paths in ([log, saved], [saved, log], [log, log], [saved, saved]):
        out = io.StringIO()
        assert parse_files([str(path) for path in paths], out, io.StringIO()) == 0
        assert [json.loads(line)["value"] for line in out.getvalue().splitlines()] == [11.5]

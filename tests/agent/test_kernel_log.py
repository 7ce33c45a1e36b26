"""Lines of the kernel in the wording of many releases. SYNTHETIC: no recording at hand holds them."""

from datetime import UTC, datetime

import pytest
from parsed_output import parsed_text

from agent.records.dedupe import once
from agent.records.kernel_log import from_lines, kernel_record


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
    (record,) = parsed_text(tmp_path, f"{before}usb 1-1: new device\n{before}{FAULT}\n")
    assert (record["signal"], record["app"]) == ("crash", "Web Content")
    assert record["time"] == (time and time.replace("+00:00", "Z"))


@pytest.mark.parametrize(
    "before", ["May  6 07:08:09 pc mallory[9]: ", "Tue 2025-05-06 07:08:09 UTC mallory: kernel: "]
)
def test_a_program_cannot_write_the_kernels_lines(before):
    assert list(from_lines([f"{before}{FAULT}"], "kern.log")) == []


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

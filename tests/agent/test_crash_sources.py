"""Who tells of crashes, and what each of them says."""

import os
import signal
import struct
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from collector_helpers import NOW, RECORDED
from waiting import eventually

from agent.collectors import exits_linux, reports_linux
from agent.collectors.crash_linux import Coredumps, Crashes, Exits, sources_for
from agent.collectors.kernel_linux import KernelBuffer, KernelJournal, KernelLog
from agent.collectors.reports_linux import abrt_reports, apport_reports
from agent.reading import SourceAbsent, SourceDenied
from agent.records.journal import COREDUMP
from agent.records.model import Record

WHEN = datetime(2026, 3, 2, 8, tzinfo=UTC)
CRASH = Record("crash", WHEN, app="/usr/bin/editor", detail={"signal": "SIGSEGV"}, key="1")
HANDLER = "/usr/lib/systemd/systemd-coredump"


class Told:
    """A source that tells what it was given, or refuses."""

    def __init__(self, *records: Record, refusal: Exception | None = None) -> None:
        self.records, self.refusal = list(records), refusal
        self.cursors: list[str | None] = []

    def after(self, cursor, now=NOW):
        self.cursors.append(cursor)
        if self.refusal:
            raise self.refusal
        return self.records, "next"


def look(sources, pattern="core", cursor=None):
    return Crashes(lambda: pattern, lambda pattern: sources).collect(NOW, cursor)


@pytest.mark.parametrize(
    ("pattern", "sources"),
    [
        (f"|{HANDLER} %P %u %g %s %t 9223372036854775808 %h %d", ["coredump"]),
        ("|/usr/share/apport/apport -p%p -s%s -c%c -d%d -P%P -u%u -g%g -- %E", ["exits", "apport"]),
        ("|/usr/libexec/abrt-hook-ccpp %s %c %p %u %g %t P %I %h", ["exits", "abrt"]),
        ("core", ["exits"]),
    ],
)
def test_the_kernels_setting_decides_who_is_asked(pattern, sources):
    assert list(sources_for(pattern)) == sources


def test_a_crash_becomes_an_event_with_the_programs_own_name():
    reading = look({"coredump": Told(CRASH)})
    (event,) = reading.events
    assert (event.kind, event.at, event.app, event.detail) == ("crash", WHEN, "editor", {"signal": "SIGSEGV"})
    assert reading.cursor == "coredump next"


def test_a_source_gets_its_own_place_back_and_no_other():
    told = Told()
    look({"apport": told}, cursor="apport here")
    look({"apport": told}, cursor="exits now")
    assert told.cursors == ["here", None]


def test_the_next_best_source_is_taken():
    assert look({"exits": Told(refusal=SourceDenied("no")), "apport": Told(CRASH)}).events


def test_without_any_source_the_crashes_are_unknown_and_the_page_can_say_what_to_install(
    monkeypatch, tmp_path
):
    (tmp_path / "apt-get").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceAbsent, match="Only root may follow") as refused:
        look({"exits": Told(refusal=SourceDenied("Only root may follow how programs end."))})
    assert refused.value.grant == "sudo apt install systemd-coredump"


def test_a_denied_journal_stays_denied():
    with pytest.raises(SourceDenied, match="may not read"):
        look({"coredump": Told(refusal=SourceDenied("may not read"))})


def coredumps(*entries):
    class OneLook:
        def after(self, cursor, matches, limit=500):
            return list(entries), "next"

    records, _ = Coredumps(HANDLER, OneLook, lambda: None).after("before")
    return [record.app for record in records]


def entry(**fields):
    return {"MESSAGE_ID": COREDUMP, "COREDUMP_EXE": "/usr/bin/editor", "COREDUMP_SIGNAL": "11"} | fields


def test_a_forged_entry_is_no_crash():
    assert coredumps(entry()) == []
    assert coredumps(entry(_EXE="/usr/bin/logger")) == []
    assert coredumps(entry(_EXE="/home/somebody/systemd-coredump")) == []


def test_the_handlers_entry_is_a_crash():
    assert coredumps(entry(_EXE=os.path.realpath(HANDLER))) == ["editor"]


def test_a_handler_that_was_gone_too_soon_is_known_by_its_unit():
    assert coredumps(entry(_SYSTEMD_UNIT="systemd-coredump@0-63-0.service")) == ["editor"]


def test_a_handler_that_was_seen_too_early_is_known_by_its_unit():
    early = entry(_EXE="/usr/lib/systemd/systemd", _SYSTEMD_UNIT="systemd-coredump@1-122-0.service")
    assert coredumps(early) == ["editor"]
    assert coredumps(entry(_EXE="/usr/lib/systemd/systemd", _SYSTEMD_UNIT="user@1000.service")) == []


REPORT = (RECORDED / "apport" / "usr_bin_sleep.1000.crash").read_bytes()


def test_a_new_report_of_apport_counts_once_even_when_it_is_written_anew(tmp_path):
    reports = apport_reports(tmp_path)
    (tmp_path / "_usr_bin_old.1000.crash").write_bytes(REPORT.replace(b"/usr/bin/sleep", b"/usr/bin/old"))
    seen, cursor = reports.after(None)
    assert not seen
    (tmp_path / "_usr_bin_sleep.1000.crash").write_bytes(REPORT)
    new, cursor = reports.after(cursor)
    assert [(r.app, dict(r.detail)) for r in new] == [("sleep", {"signal": "SIGSEGV"})]
    (tmp_path / "_usr_bin_sleep.1000.crash").write_bytes(REPORT + b"Tags: looked at\n")
    again, cursor = reports.after(cursor)
    assert not again
    second = REPORT.replace(b"14:39:28", b"15:39:28")
    (tmp_path / "_usr_bin_sleep.1000.crash").write_bytes(second)
    assert len(reports.after(cursor)[0]) == 1


def test_a_report_that_may_not_be_read_is_denied(tmp_path, monkeypatch):
    reports = apport_reports(tmp_path)
    (tmp_path / "a.crash").write_bytes(REPORT)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(reports_linux, "first_text", refuse)
    with pytest.raises(SourceDenied, match="may not read the crash reports"):
        reports.after(None)


def test_a_problem_of_abrt_is_a_crash(tmp_path):
    reports = abrt_reports(tmp_path)
    _, cursor = reports.after(None)
    problem = tmp_path / "ccpp-2026-03-02-08:00:00-1234"
    problem.mkdir()
    for name, value in {"type": "CCpp", "executable": "/usr/bin/editor", "time": "1772438400"}.items():
        (problem / name).write_text(value)
    (record,) = reports.after(cursor)[0]
    assert (record.app, record.time) == ("editor", WHEN)


def test_what_others_put_beside_the_reports_is_neither_waited_for_nor_read(tmp_path):
    """Everybody may write into apport's folder."""
    reports = apport_reports(tmp_path)
    cursor = reports.after(None)[1]
    os.mkfifo(tmp_path / "pipe.crash")
    (tmp_path / "zero.crash").symlink_to("/dev/zero")
    (tmp_path / "elsewhere").write_bytes(REPORT)
    (tmp_path / "link.crash").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder.crash").mkdir()
    (tmp_path / "begun.crash").write_text("ProblemType: Crash\n")
    (tmp_path / "noise.crash").write_bytes(os.urandom(5000))
    (tmp_path / "line.crash").write_text("ProcMaps: " + "x" * 10_000_000)
    (tmp_path / "huge.crash").write_bytes(REPORT[:1000].replace(b"/usr/bin/sleep", b"/usr/bin/huge"))
    os.truncate(tmp_path / "huge.crash", 2**31)
    (tmp_path / "\x1b[31m\u202ename.crash").write_bytes(REPORT)
    found, cursor = reports.after(cursor)
    assert sorted(r.app for r in found) == ["huge", "sleep"]
    assert reports.after(cursor)[0] == []


def test_of_very_many_reports_the_newest_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reports_linux, "MOST_REPORTS", 3)
    reports = apport_reports(tmp_path)
    cursor = reports.after(None)[1]
    for i in range(9):
        path = tmp_path / f"{9 - i}.crash"
        path.write_bytes(REPORT.replace(b"/usr/bin/sleep", b"/usr/bin/p%d" % i))
        os.utime(path, (1000 + i, 1000 + i))
    assert sorted(r.app for r in reports.after(cursor)[0]) == ["p6", "p7", "p8"]


def test_pipes_and_links_in_a_problem_of_abrt_are_passed_over(tmp_path):
    reports = abrt_reports(tmp_path)
    cursor = reports.after(None)[1]
    for name in ("ccpp-1", "ccpp-2", "ccpp-3", "ccpp-4"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "type").write_text("CCpp")
        (tmp_path / name / "executable").write_text(f"/usr/bin/{name}")
    (tmp_path / "ccpp-1" / "time").write_text("1772438400")
    (tmp_path / "ccpp-1" / "pkg_version").write_text("1" * 5_000_000)
    os.mkfifo(tmp_path / "ccpp-2" / "time")
    (tmp_path / "ccpp-3" / "time").symlink_to("/dev/zero")
    (tmp_path / "ccpp-5").symlink_to(tmp_path / "ccpp-1")
    found, cursor = reports.after(cursor)
    assert [(r.app, r.time) for r in found] == [("ccpp-1", WHEN)]
    (tmp_path / "ccpp-4" / "time").write_text("1772438400")  # it was not written to its end yet
    assert [r.app for r in reports.after(cursor)[0]] == ["ccpp-4"]


def test_a_folder_that_is_gone_has_no_reports(tmp_path):
    assert apport_reports(tmp_path / "none").after("{}") == ([], "{}")


# The kernel's own log

SEGFAULT = "segvtest[12016]: segfault at 0 ip 00005620bbec2132 sp 00007ffcca5504e0 error 6 in segvtest[1132]"
KILLED = "Out of memory: Killed process 1012 (heapster) total-vm:1kB, anon-rss:2kB"


@pytest.fixture
def ring(tmp_path):
    """A kernel log of three lines, each of which is one read of the device."""
    path = tmp_path / "kmsg"

    class Ring(KernelBuffer):
        lines: list[str]

        def _line(self):
            return self.lines.pop(0) if self.lines else ""

    path.touch()
    made = Ring(path, lambda: "b" * 32, lambda: 1000.0)
    made.lines = [f"6,7,{900_000_000},-;{SEGFAULT}\n SUBSYSTEM=x\n"]
    return made


def test_lines_before_the_first_look_do_not_count_and_later_ones_do_once(ring):
    records, cursor = ring.after(None, NOW)
    assert (records, cursor) == ([], f"{'b' * 32} 7")
    ring.lines = [f"6,7,900000000,-;{SEGFAULT}\n", f"3,8,990000000,-;{KILLED}\n"]
    records, cursor = ring.after(cursor, NOW)
    assert [(r.signal, r.app) for r in records] == [("oom", "heapster")]
    assert records[0].time == datetime.fromtimestamp(NOW - 10, UTC)


def test_all_lines_of_a_new_start_count(ring):
    records, _ = ring.after(f"{'a' * 32} 99", NOW)
    assert [r.app for r in records] == ["segvtest"]


def test_a_line_that_a_program_wrote_is_not_the_kernels(ring):
    ring.lines = [f"12,8,990000000,-;{SEGFAULT}\n"]
    assert ring.after(f"{'b' * 32} 7", NOW)[0] == []


def kernel(records, recorded=False, refusal=None):
    log = KernelLog(
        lambda: recorded, Told(refusal=SourceAbsent("no journal")), Told(*records, refusal=refusal)
    )
    return [event.kind for event in log.collect(NOW, None).events]


def test_faults_are_told_only_while_nothing_else_tells_of_crashes():
    fault = Record("crash", WHEN, app="x", key="trap:1", echo_s=5.0)
    killed = Record("oom", WHEN, app="y", key="oom:1")
    assert sorted(kernel([fault, killed])) == ["crash", "oom"]
    assert kernel([fault, killed], recorded=True) == ["oom"]


def test_a_kernel_log_that_may_not_be_read_is_denied():
    with pytest.raises(SourceDenied):
        kernel([], refusal=SourceDenied("Only root may read the kernel's log."))


def test_systemds_word_about_memory_comes_from_the_journal():
    class OneLook:
        def after(self, cursor, matches, limit=500):
            line = {"_TRANSPORT": "kernel", "MESSAGE": KILLED, "__REALTIME_TIMESTAMP": "1772438400000000"}
            return [line], "next"

    records, _ = KernelJournal(OneLook, lambda: None).after("before", NOW)
    assert [(r.signal, r.app) for r in records] == [("oom", "heapster")]


# The kernel's account of ended processes: its shape


def account(code: int, pid: int = 77, main_thread: int = 77, version: int = 13) -> bytes:
    """A message as the kernel sends it: headers, then `struct taskstats` (linux/taskstats.h)."""
    body = bytearray(416)
    struct.pack_into("=H", body, 0, version)
    struct.pack_into("=I", body, 4, code)
    body[80:86] = b"editor"
    struct.pack_into("=I", body, 128, pid)
    struct.pack_into("=I", body, 136, 1_772_438_390)
    struct.pack_into("=Q", body, 144, 10_000_000)
    struct.pack_into("=I", body, 368, main_thread)
    return bytes(36) + bytes(body)


def test_an_account_of_a_fault_tells_who_why_and_when():
    record = exits_linux.parse(account(11 | 0x80))  # with a core
    assert (record.app, record.detail, record.time) == ("editor", {"signal": "SIGSEGV"}, WHEN)


def test_before_kernels_told_the_main_thread_only_that_had_an_exit_code():
    assert exits_linux.parse(account(6, main_thread=0, version=11))


@pytest.mark.parametrize(
    "message",
    [
        account(9),
        account(15),
        account(3),
        account(1 << 8),
        account(11, main_thread=70),
        account(11)[:99],
        b"",
    ],
    ids=["killed", "asked to end", "quit", "exit status 1", "another thread", "cut short", "empty"],
)
def test_other_ends_are_no_crash(message):
    assert exits_linux.parse(message) is None


# The kernel's account of ended processes: for real, where this account may have it


@pytest.fixture
def exits():
    try:
        listening = exits_linux.ExitSocket()
    except (SourceDenied, SourceAbsent) as refusal:
        pytest.skip(f"not run: {refusal}")
    yield listening
    listening.close()


def ended_by(number: signal.Signals) -> str:
    """The name of a program of its own that this signal ended: other tests may crash theirs meanwhile."""
    name = f"dex{os.getpid()}-{number:d}"
    code = f"import time; open('/proc/self/comm', 'w').write('{name}'); time.sleep(60)"
    program = subprocess.Popen([sys.executable, "-c", code])
    assert eventually(lambda: Path(f"/proc/{program.pid}/comm").read_text().strip() == name, 20)
    program.send_signal(number)
    assert program.wait(10) == -number
    return name


def test_a_program_that_a_fault_ended_is_told_of_by_name(exits):
    subprocess.run(["true"], check=True)
    names = {ended_by(signal.SIGKILL), ended_by(signal.SIGSEGV)}
    records = eventually(lambda: [r for r in exits.crashes() if r.app in names])
    assert [r.detail for r in records] == [{"signal": "SIGSEGV"}]
    assert abs((records[0].time - datetime.now(UTC)).total_seconds()) < 10
    assert not [r for r in exits.crashes() if r.app in names]


MANY_THREADS = """
import os, threading, time
open("/proc/self/comm", "w").write("manythreads")
for _ in range(40):
    threading.Thread(target=time.sleep, args=(9,)).start()
os.abort()
"""


def test_a_program_of_many_threads_crashes_once(exits, monkeypatch):
    messages, parse = [], exits_linux.parse
    monkeypatch.setattr(exits_linux, "parse", lambda message: messages.append(message) or parse(message))
    subprocess.run([sys.executable, "-c", MANY_THREADS], check=False, timeout=30)
    records = eventually(lambda: [r for r in exits.crashes() if r.app == "manythreads"])
    assert [r.detail for r in records] == [{"signal": "SIGABRT"}]
    assert len([m for m in messages if b"manythreads" in m]) == 1  # the rest never left the kernel


def test_a_crash_reaches_the_agent_on_this_machine_where_nothing_else_records_them(exits):
    exits.close()
    crashes = Crashes(lambda: "core", lambda pattern: {"exits": Exits()})
    cursor = crashes.collect(NOW, None).cursor
    name = ended_by(signal.SIGABRT)
    events = eventually(lambda: [e for e in crashes.collect(NOW, cursor).events if e.app == name])
    assert [(e.kind, e.detail) for e in events] == [("crash", {"signal": "SIGABRT"})]

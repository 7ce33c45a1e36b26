"""Crashes and kills that a Linux laptop's journal, Apport and ABRT tell, each once. SYNTHETIC."""

from datetime import timedelta

from linux_records import BOOT, DUMP, NOW, US
from parsed_output import parsed

from agent.records import abrt, apport, journal
from agent.records.dedupe import once
from agent.records.kernel_log import kernel_record
from agent.records.model import Record


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


def test_a_trap_line_beside_its_core_dump_is_no_second_crash():
    # The kernel names the thread, the core dump the process: their numbers differ.
    trap = kernel_record("GpuWatchdog[4712]: segfault at 0 ip 0000 sp 0000 error 6", NOW, BOOT)
    dump = journal.record_of(DUMP)
    assert trap is not None
    assert dump is not None
    assert once([trap, dump]) == [dump]


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
    (record,) = parsed(problem)
    assert (record["signal"], record["time"]) == ("crash", "2025-05-06T07:08:09Z")
    assert (record["app"], record["version"]) == ("evince", "46.3-1.fc40")
    assert "secret" not in str(record)
    assert abrt.record_of({"type": "Kerneloops", "time": "1"}) is None
    vmcore = abrt.record_of({"type": "vmcore", "time": "1746515289"})
    assert vmcore is not None
    assert (vmcore.signal, vmcore.detail) == ("oscrash", {"cause": "panic"})

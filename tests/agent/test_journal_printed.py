"""Journals that somebody printed or exported are read like the journal. SYNTHETIC but for one recording."""

import gzip
import io
import json
import subprocess

import pytest
from collector_helpers import RECORDED, needs_journalctl
from linux_records import DUMP, NOW, US
from parsed_output import parsed_text

from agent.parse import parse_files
from agent.records import journal_export
from agent.records.detect import kind_of
from agent.records.errors import Unreadable
from agent.records.findings import Findings
from agent.records.journal_text import coredumpctl_records
from agent.records.unpacked import opened


def test_saved_listings_of_a_journal_are_read_like_the_journal(tmp_path):
    verbose = "Tue 2025-05-06 07:08:09.000000 UTC [s=1;i=2]\n" + "".join(
        f"    {k}={v}\n" for k, v in DUMP.items()
    )
    saved_json = json.dumps(DUMP | {"COREDUMP_CMDLINE": "soffice secret.odt"})
    for text in (verbose, saved_json, verbose + "\n" + verbose):
        assert [(r["signal"], r["app"]) for r in parsed_text(tmp_path, text)] == [("crash", "soffice.bin")]


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
    assert [r["app"] for r in parsed_text(tmp_path, f"{long}\n")] == ["soffice.bin"]
    assert [r["app"] for r in parsed_text(tmp_path, f"{pretty}\n{pretty}\n")] == ["soffice.bin"]
    path = tmp_path / "cut"
    path.write_text(f"{long}\n{long[:-1000]}")
    out, complaints = io.StringIO(), io.StringIO()
    assert parse_files([str(path)], out, complaints) == 1
    assert out.getvalue().count("\n") == 1
    assert "1 entries are damaged" in complaints.getvalue()


@needs_journalctl
@pytest.mark.parametrize("form", ["export", "json", "json-pretty", "json-seq", "json-sse", "verbose"])
def test_every_form_in_which_journalctl_prints_entries_says_the_same(tmp_path, form):
    recording = RECORDED / "journal" / "fedora33-cockpit.journal.gz"
    file = tmp_path / "system.journal"
    file.write_bytes(gzip.decompress(recording.read_bytes()))
    command = ["journalctl", f"--file={file}", "--quiet", "--all", f"--output={form}", "--no-pager"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    (boot,) = parsed_text(tmp_path, done.stdout.decode("utf-8", "replace"))
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


def test_the_table_of_coredumpctl(tmp_path):
    table = [
        "TIME                           PID  UID  GID SIG     COREFILE EXE                         SIZE",
        "Tue 2025-05-06 07:08:09 UTC  10001 1000 1000 SIGSEGV present  /usr/lib/x y/gnome-shell    62.5M",
        "Tue 2025-05-06 07:08:10 UTC  10002 1000 1000 SIGQUIT none     /usr/bin/java               -",
        "Tue 2018-05-06 07:08:11 UTC    991    0    0   6 missing /usr/bin/editor",
    ]
    found = [
        (r["time"], r["app"], r["detail"]["signal"]) for r in parsed_text(tmp_path, "\n".join(table) + "\n")
    ]
    assert found == [
        ("2018-05-06T07:08:11Z", "editor", "SIGABRT"),
        ("2025-05-06T07:08:09Z", "gnome-shell", "SIGSEGV"),
    ]

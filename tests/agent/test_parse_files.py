"""Whatever file is given, `dex-agent parse` answers with records or one sentence, and reads the rest."""

import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.parse import main_parse, parse_files
from agent.records import detect

SAMPLES = Path(__file__).parents[1] / "recorded" / "samples"
GOOD = SAMPLES / "macos/ips/sleep-monterey.ips"
REPORT_ID = "efc65f51-657f-11e6-8eb4-000c290d8d3a"  # of the crash in win7-ieuser


def parse(*paths: object) -> tuple[int, list[dict], str]:
    out, complaints = io.StringIO(), io.StringIO()
    code = parse_files([str(p) for p in paths], out, complaints)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], complaints.getvalue()


def refused(path: object) -> str:
    """The sentence for one bad file; a good one beside it is read nevertheless."""
    code, records, complaint = parse(path, GOOD)
    assert code == 1
    assert [r["app"] for r in records] == ["sleep"]
    assert complaint.count("\n") == 1
    return complaint


def test_a_line_has_exactly_the_promised_fields(capsys):
    assert main_parse([str(GOOD)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert list(record) == ["signal", "time", "app", "version", "value", "unit", "detail"]
    assert record["time"] == "2022-01-06T13:09:22.619200Z"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is empty."),
        (b"just some words\n", "it is of no kind that can be read."),
        (os.urandom(4096), "it is of no kind that can be read."),
        (b"ElfFile\x00 and then nothing", "it begins like a Windows event log but is damaged."),
        (b"LPKSHHRH and then nothing", "it is a journal file that was cut short."),
        (b"bplist00 and then nothing", "it is a property list but damaged."),
        (b'{"bug_type":"309", broken\n{}', "it is a report of macOS whose first line is damaged."),
        (b"<Event><System><Provider Name='x'/>", "is not well formed."),
        (
            b"<!DOCTYPE e [<!ENTITY a 'aa'>]><Event><System><Provider Name='x'/></System></Event>",
            "it is XML with a document type, which no event log has.",
        ),
        (gzip.compress(GOOD.read_bytes())[:-40], "it is a packed file that is damaged or was cut short."),
    ],
)
def test_bad_content_gets_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert refused(path).endswith(f"{sentence}\n")


def test_what_is_no_regular_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "not a regular file" in refused(tmp_path / "pipe")
    assert "not a regular file" in refused(tmp_path / "zero")
    assert "cannot be read" in refused(tmp_path / "loop")
    assert "is a directory" in refused(tmp_path)
    assert "No such file" in refused(tmp_path / "missing")
    assert "cannot be read" in refused("a\0b")


def test_a_file_of_gigabytes_is_refused_at_once(tmp_path):
    path = tmp_path / "kern.log"
    path.write_text("Kernel panic - not syncing: Fatal exception\n")
    os.truncate(path, 3 * 2**30)
    assert "larger than the 256 MiB" in refused(path)


def test_a_file_that_unpacks_without_end_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("agent.records.unpacked.MOST_UNPACKED", 10_000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(bytes(5_000_000)))
    assert "unpacked it is larger" in refused(path)


def test_hostile_names_reach_neither_terminal_nor_record(tmp_path):
    path = tmp_path / "evil\x1b[31m\u202egnp.ips"
    path.write_text("nothing")
    assert "\x1b" not in refused(path)
    assert "\u202e" not in refused(path)
    name = "a\u202eb\x07\x1b[2J/../" + "z" * 1_000_000
    header = {"bug_type": "309", "app_name": name, "timestamp": "2022-01-06 15:09:22.00 +0200"}
    path.write_text(json.dumps(header) + "\n{}")
    _, records, _ = parse(path)
    assert records[0]["app"] == "z" * 200


def test_a_log_that_was_cut_off_gives_what_is_left(tmp_path):
    whole = gzip.decompress((SAMPLES / "windows/eventlog/win7-shieldbase/System.evtx.gz").read_bytes())
    path = tmp_path / "System.evtx"
    path.write_bytes(whole[: len(whole) // 2])
    code, records, complaint = parse(path)
    assert (code, len(records)) == (1, 9)
    assert complaint.endswith("it is a Windows event log that was cut short.\n")


def test_a_stale_header_hides_no_record():
    """The header declares 3 of 15 chunks; a reader that believes it finds 326 of 1,881 records."""
    _, records, _ = parse(SAMPLES / "windows/eventlog/misc/omer-system.evtx.gz")
    assert len(records) == 11


def test_without_the_evtx_package_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("agent.records.evtx_file.evtx", None)
    assert "pip install employee-dex[parse]" in refused(SAMPLES / "windows/eventlog/misc/omer-system.evtx.gz")


def test_a_report_file_and_the_event_log_of_a_crash_count_once(tmp_path):
    report = tmp_path / "Report.wer"  # synthetic: the fields of a Report.wer, the id of a recorded crash
    lines = [
        "Version=1",
        "EventType=APPCRASH",
        "EventTime=131160246840000000",
        f"ReportIdentifier={REPORT_ID}",
    ]
    lines += ["Sig[0].Name=Application Name", "Sig[0].Value=rundll32.exe", "Sig[1].Value=6.1.7600.16385"]
    report.write_bytes("\r\n".join(lines).encode("utf-16"))
    log = SAMPLES / "windows/eventlog/win7-ieuser/Application.evtx.gz"
    _, alone, _ = parse(report)
    assert [(r["signal"], r["app"], r["version"]) for r in alone] == [
        ("crash", "rundll32.exe", "6.1.7600.16385")
    ]
    _, together, _ = parse(log, report)
    assert [r["app"] for r in together] == ["rundll32.exe"]


def test_the_same_file_given_twice_says_nothing_twice():
    for name in ("win7-shieldbase/System.evtx.gz", "win10-belkasoft/GroupPolicy.evtx.gz"):
        log = SAMPLES / "windows/eventlog" / name
        _, once, _ = parse(log)
        _, twice, _ = parse(log, log)
        assert once == twice


def test_a_reader_that_goes_away_is_no_error():
    program = f"from agent.parse import main_parse; main_parse([{str(GOOD)!r}])"
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-c", program], stdout=writing, stderr=subprocess.PIPE, timeout=60)
    os.close(writing)
    assert done.stderr == b""


KINDS = [
    *("windows/eventlog/misc/omer-system.evtx.gz", "windows/eventxml/Application-Hang_1002.xml"),
    *(
        "macos/ips/sleep-monterey.ips",
        "macos/updates/InstallHistory.plist",
        "macos/spindump/slack-spindump.txt",
    ),
    *("linux/journal/fedora33-cockpit.journal.gz", "linux/apport/usr_bin_sleep.1000.crash"),
    *("linux/updates/apt_history.log", "linux/kernel/npd-oom_kill.txt"),
]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("left", [None, 100], ids=["vanishes", "shrinks"])
def test_a_file_that_vanishes_or_shrinks_while_it_is_read_is_told(tmp_path, monkeypatch, name, left):
    sample = SAMPLES / name
    path = tmp_path / "given"
    path.write_bytes(gzip.decompress(sample.read_bytes()) if sample.suffix == ".gz" else sample.read_bytes())

    def kind_of(source):
        kind = detect.kind_of(source)
        if source.path == path:
            path.unlink() if left is None else os.truncate(path, left)
        return kind

    monkeypatch.setattr("agent.parse.detect", SimpleNamespace(kind_of=kind_of))
    code, records, complaint = parse(path, GOOD)
    assert "sleep" in {r["app"] for r in records}
    assert complaint.count("\n") == code
    if left is None:
        assert code == 1

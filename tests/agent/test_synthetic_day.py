"""A day of a Linux laptop with what no recording at hand holds. SYNTHETIC: see tests/synthetic/README.md."""

import gzip
from pathlib import Path

import pytest
from collector_helpers import needs_journalctl
from parsed_output import parsed

from agent.collectors import libsystemd_linux
from agent.collectors.crash_linux import Coredumps
from agent.collectors.journal_linux import EMPTY, LibraryJournal
from agent.records.journal import FIELDS

SYNTHETIC = Path(__file__).parents[1] / "synthetic"
DAY = [
    ("boot", "2025-05-06T07:03:39Z", None, 19.0),
    ("crash", "2025-05-06T07:05:00Z", "soffice.bin", None),
    ("crash", "2025-05-06T07:05:50Z", "evince", None),
    ("oom", "2025-05-06T07:06:40Z", "chrome", None),
    ("oom", "2025-05-06T07:08:20Z", "org.mozilla.firefox", None),
    ("resume", "2025-05-06T08:10:00Z", None, None),
]


@pytest.fixture
def journal(tmp_path):
    """The folder in which the journal file is."""
    (tmp_path / "system.journal").write_bytes(
        gzip.decompress((SYNTHETIC / "linux_day.journal.gz").read_bytes())
    )
    return tmp_path


def parse(path: Path) -> list[dict]:
    records = parsed(path)
    assert "secret" not in str(records)
    return records


def told(records: list[dict]) -> list[tuple]:
    return [(r["signal"], r["time"], r["app"], r["value"]) for r in records]


def test_an_export_tells_the_day():
    records = parse(SYNTHETIC / "linux_day.export")
    assert told(records) == DAY
    assert records[0]["detail"] == {"firmware_s": 6.0, "loader_s": 1.5, "kernel_s": 2.5, "userspace_s": 9.0}
    assert (records[1]["version"], records[1]["detail"]) == ("24.8.4-1", {"signal": "SIGSEGV"})


@needs_journalctl
def test_a_journal_file_tells_the_same_day_and_that_it_ended_well(journal):
    records = parse(journal / "system.journal")
    assert told(records) == DAY
    assert records[-1]["detail"] == {"asleep_s": 3600.0}


def test_the_agent_counts_the_crashes_of_the_day(journal):
    library = libsystemd_linux.load()
    if library is None:
        pytest.skip("not run: needs libsystemd (Debian: libsystemd0)")
    handler = "/usr/lib/systemd/systemd-coredump"
    crashes = Coredumps(handler, lambda: LibraryJournal(library, FIELDS, journal), lambda: None)
    records, _ = crashes.after(EMPTY)
    assert [(r.app, dict(r.detail)) for r in records] == [
        ("soffice.bin", {"signal": "SIGSEGV"}),
        ("evince", {"signal": "SIGABRT"}),
    ]

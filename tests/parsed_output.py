"""Recorded samples as beginnings of damaged files, and what `dex-agent parse` may answer to any file."""

import gzip
import io
import json
import time
from pathlib import Path
from typing import Any

from agent.parse import parse_files
from agent.records.model import DETAIL_FIELDS, LONGEST_TEXT

SAMPLES = Path(__file__).parent / "recorded" / "samples"
SLOWEST_S = 10.0

# Words at which readers decide: mutations that only flip bytes rarely hit them.
WORDS = (
    *(b"\n", b"\r\n", b"\x00", b"{", b"}", b"[", b"<Event>", b"<Data>", b"ElfFile\x00", b"bplist00"),
    *(b"\xff\xfe", b"SQLite format 3\x00", b"|install|", b"|patch  |", b"__CURSOR=", b"[ALPM] upgraded a "),
    *(b"Kernel panic - not syncing", b"]: segfault at 0 ip", b"Killed process 1 (", b"unhandled exception: "),
    *(b"Start-Date: 2025-01-01", b"SUBDEBUG Upgrade: ", b"Process: a [1]\n", b"Exception Type:"),
    *(b"Event: hang\n", b"Duration: 9e9s\n", b"PID: 1 (a)\n", b"MESSAGE_ID=", b"wtmp begins "),
    *(b"COREDUMP_TIMESTAMP=99999999999999999999\n", b"reboot   system boot  ", b"Feb 30 25:61"),
    *(b"9999-12-31T23:59:59.9-23:59", b"0000-00-00 00:00:00", b"\xe2\x80\xae", b"9" * 5000, b" " * 5000),
)


def samples(*, without: str) -> list[bytes]:
    """The contents of all samples that lie in no folder of this name, unpacked."""
    files = [p for p in sorted(SAMPLES.rglob("*")) if p.is_file() and without not in p.parts]
    return [gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in files]


def check(content: bytes, path: Path) -> None:
    """Records of the promised form, or one sentence; and soon."""
    path.write_bytes(content)
    out, complaints = io.StringIO(), io.StringIO()
    began = time.monotonic()
    code = parse_files([str(path)], out, complaints)
    assert time.monotonic() - began < SLOWEST_S
    assert code == (1 if complaints.getvalue() else 0)
    assert complaints.getvalue().count("\n") == code
    for line in out.getvalue().splitlines():
        check_record(json.loads(line))


def check_record(record: dict[str, object]) -> None:
    detail = record["detail"]
    assert isinstance(detail, dict)
    assert set(detail) <= DETAIL_FIELDS[str(record["signal"])]
    texts = [record["app"], record["version"], *detail.values()]
    assert all(len(t) <= LONGEST_TEXT and t.isprintable() for t in texts if isinstance(t, str))


def parsed(*paths: Path) -> list[dict[str, Any]]:
    """The records of files that are read without a complaint."""
    out, complaints = io.StringIO(), io.StringIO()
    code = parse_files([str(path) for path in paths], out, complaints)
    assert (code, complaints.getvalue()) == (0, "")
    return [json.loads(line) for line in out.getvalue().splitlines()]


def parsed_text(folder: Path, content: str | bytes) -> list[dict[str, Any]]:
    """Those of a file of this content."""
    path = folder / "given"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return parsed(path)

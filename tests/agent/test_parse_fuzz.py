"""Damaged and hostile files end in records or in one sentence, never in an exception, and soon."""

import gzip
import io
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.parse import parse_files
from agent.records.model import DETAIL_FIELDS, LONGEST_TEXT

SAMPLES = Path(__file__).parents[1] / "recorded" / "samples"
SLOWEST_S = 10.0

SEEDS = [
    gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes()
    for p in sorted(SAMPLES.rglob("*"))
    if p.is_file() and "journal" not in p.parts  # journalctl reads those
]
# Words at which readers decide: mutations that only flip bytes rarely hit them.
WORDS = [
    *(
        b"\n",
        b"\r\n",
        b"\x00",
        b"{",
        b"}",
        b"[",
        b"<Event>",
        b"<Data>",
        b"ElfFile\x00",
        b"bplist00",
        b"\xff\xfe",
    ),
    *(
        b"Kernel panic - not syncing",
        b"]: segfault at 0 ip",
        b"Killed process 1 (",
        b"Start-Date: 2025-01-01",
    ),
    *(
        b"Process: a [1]\n",
        b"Exception Type:",
        b"Event: hang\n",
        b"Duration: 9e9s\n",
        b"PID: 1 (a)\n",
        b"MESSAGE_ID=",
    ),
    *(
        b"COREDUMP_TIMESTAMP=99999999999999999999\n",
        b"reboot   system boot  ",
        b"wtmp begins ",
        b"Feb 30 25:61",
    ),
    *(b"9999-12-31T23:59:59.9-23:59", b"0000-00-00 00:00:00", b"\xe2\x80\xae", b"9" * 5000, b" " * 5000),
]

edits = st.lists(
    st.tuples(
        st.floats(0, 1), st.integers(0, 5000), st.one_of(st.binary(max_size=40), st.sampled_from(WORDS))
    ),
    max_size=12,
)


def damaged(seed: bytes, changes: list[tuple[float, int, bytes]], end: float) -> bytes:
    """The seed with stretches replaced, each at a fraction of its length, and cut off at a fraction."""
    content = bytearray(seed)
    for where, length, replacement in changes:
        start = int(where * len(content))
        content[start : start + length] = replacement
    return bytes(content[: max(1, int(end * len(content)))])


def check(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    out, complaints = io.StringIO(), io.StringIO()
    began = time.monotonic()
    code = parse_files([str(path)], out, complaints)
    assert time.monotonic() - began < SLOWEST_S
    assert code == (1 if complaints.getvalue() else 0)
    assert complaints.getvalue().count("\n") == code
    for line in out.getvalue().splitlines():
        record = json.loads(line)
        assert set(record["detail"]) <= DETAIL_FIELDS[record["signal"]]
        texts = [record["app"], record["version"], *record["detail"].values()]
        assert all(len(t) <= LONGEST_TEXT and t.isprintable() for t in texts if isinstance(t, str))


def fuzz(examples: int, folder: Path) -> None:
    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(seed=st.sampled_from(SEEDS), changes=edits, end=st.floats(0.01, 1))
    def run(seed: bytes, changes: list[tuple[float, int, bytes]], end: float) -> None:
        check(damaged(seed, changes, end), folder / "given")

    run()


def test_damaged_files_never_break_the_reader(tmp_path):
    fuzz(300, tmp_path)


@pytest.mark.soak
def test_damaged_files_never_break_the_reader_for_long(tmp_path):
    fuzz(20_000, tmp_path)

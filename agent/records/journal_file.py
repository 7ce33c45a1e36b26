"""A journal file, read by journalctl: only the fields and the entries that we know ever leave it."""

import glob
import json
import os
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from agent.records import journal, times
from agent.records.errors import Unreadable
from agent.records.findings import BootEnd, Findings

MAGIC = b"LPKSHHRH"
TIMEOUT_S = 120.0  # for one file
LONGEST_UNSYNCED_S = 600.0  # journald writes to the disk every 5 minutes; more than that is damage
MOST_BOOTS = 500  # looked at in one file
LONGEST_LINE = 256 * 1024

# systemd's journal-def.h: state, sizes of header and arena, time of the last entry
_STATE, _SIZES, _TAIL_REALTIME, _HEADER_READ = 16, 88, 192, 200
_ONLINE = 1

# Process 1 names these units only when the whole system goes down; user managers do at each log-out.
_SHUTTING_DOWN = ("_PID=1", "UNIT=shutdown.target", "UNIT=umount.target", "UNIT=final.target")


def read(path: Path, given: str, into: Findings) -> None:
    """`given` is the file's own name, whose "~" tells that journald found it not closed."""
    tail = _tail_of(path)
    reader = _Journalctl(path)
    _read_records(reader, into)
    newest = next(reader.entries("-n", "1"), {})
    lost_s = _lost_s(newest, tail)
    if lost_s > LONGEST_UNSYNCED_S:
        raise Unreadable("it is a journal of which entries are damaged")
    if next(reader.entries("-n", "1", "_UID=0"), None) is not None:  # else a user's: it does not end a boot
        into.ends += _ends(reader, journal.text(newest, "_BOOT_ID"), given.endswith("~") or lost_s > 0)


def _read_records(reader: "_Journalctl", into: Findings) -> None:
    asleep_since: dict[str, datetime | None] = {}
    ids = [f"MESSAGE_ID={i}" for i in journal.MESSAGE_IDS]
    for entry in reader.entries(*ids, "+", "_TRANSPORT=kernel"):
        kind, boot = journal.text(entry, "MESSAGE_ID"), journal.text(entry, "_BOOT_ID")
        if kind == journal.SLEEP_START:
            asleep_since[boot] = journal.moment(entry)
        is_resume = kind == journal.SLEEP_STOP
        record = (
            journal.resume(entry, asleep_since.pop(boot, None)) if is_resume else journal.record_of(entry)
        )
        if record is not None:
            into.records.append(record)


def _lost_s(newest: journal.Entry, tail: datetime | None) -> float:
    """How much of a file that was not closed is missing at its end, in seconds."""
    when = times.unix_us(journal.text(newest, "__REALTIME_TIMESTAMP"))
    return max(0.0, (tail - when).total_seconds()) if tail and when else 0.0


def _ends(reader: "_Journalctl", newest: str, left_open: bool) -> Iterator[BootEnd]:
    """For each boot, `newest` being the last of the file and `left_open` whether that was cut off."""
    for boot in reader.boots():
        last = next(reader.entries("-n", "1", f"_BOOT_ID={boot}"), {})
        when = times.unix_us(journal.text(last, "__REALTIME_TIMESTAMP"))
        cut_off = boot != newest or left_open
        stopped = journal.text(last, "MESSAGE_ID") == journal.JOURNAL_STOPPED
        if cut_off and not stopped:  # where /var is a file system of its own, the farewell is not on it
            stopped = next(reader.entries("-n", "1", f"_BOOT_ID={boot}", *_SHUTTING_DOWN), None) is not None
        yield BootEnd(boot, when, stopped, cut_off)


def _tail_of(path: Path) -> datetime | None:
    """When the last entry was written, by the header of a file that was not closed; None for a closed one.

    A header that knows of entries that cannot be read is what a power cut leaves.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER_READ)
    if len(header) < _HEADER_READ or sum(struct.unpack_from("<QQ", header, _SIZES)) > path.stat().st_size:
        raise Unreadable("it is a journal file that was cut short")
    if header[_STATE] != _ONLINE:
        return None
    return times.unix_us(struct.unpack_from("<Q", header, _TAIL_REALTIME)[0])


class _Journalctl:
    """Runs journalctl on one file, all runs within TIMEOUT_S."""

    def __init__(self, path: Path) -> None:
        # --file is a pattern, hence the escape
        self._command = ["journalctl", f"--file={glob.escape(str(path))}", "--no-pager", "--quiet"]
        self._end = time.monotonic() + TIMEOUT_S

    def entries(self, *arguments: str) -> Iterator[journal.Entry]:
        wanted = f"--output-fields={','.join(journal.FIELDS)}"
        for line in self._lines("-o", "json", wanted, *arguments):
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict):
                yield entry

    def boots(self) -> list[str]:
        return list(self._lines("-F", "_BOOT_ID"))[:MOST_BOOTS]

    def _lines(self, *arguments: str) -> Iterator[str]:
        environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"} | {"LC_ALL": "C"}
        with tempfile.TemporaryFile() as complaints:
            try:
                process = subprocess.Popen(
                    [*self._command, *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    env=environment,
                )
            except FileNotFoundError as error:
                raise Unreadable("it is a journal, and reading one needs the program journalctl") from error
            yield from self._bounded(process)
            complaints.seek(0)
            complaint = complaints.readline(500).decode("utf-8", "replace").strip()
        if complaint:
            raise Unreadable(f"journalctl cannot read all of it: {complaint}")

    def _bounded(self, process: "subprocess.Popen[bytes]") -> Iterator[str]:
        with process:
            clock = threading.Timer(max(0.0, self._end - time.monotonic()), process.kill)
            clock.start()
            try:
                while process.stdout and (line := process.stdout.readline(LONGEST_LINE)):
                    yield line.decode("utf-8", "replace").strip()
            finally:
                clock.cancel()
                process.kill()
        if time.monotonic() > self._end:
            raise Unreadable(f"journalctl did not finish reading it in {TIMEOUT_S:.0f} seconds")

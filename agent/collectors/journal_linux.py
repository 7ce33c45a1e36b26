"""The systemd journal: only entries that match, only the fields asked for, from a cursor on.

Whole entries are never read: that of a crash carries command line, environment and open files. Through
libsystemd a look without news costs microseconds; where the library cannot be loaded `journalctl` does it.
"""

import json
import os
import pwd
import select
import subprocess
import time
from collections.abc import Callable, Sequence
from ctypes import byref, c_size_t, c_uint8, c_uint64, c_void_p, string_at
from pathlib import Path
from typing import Protocol

from agent.collectors import libsystemd_linux
from agent.reading import SourceAbsent, SourceDenied

Entry = dict[str, object]
Matches = Sequence[Sequence[str]]
"""Alternatives, each a list of FIELD=value that must all hold; of one field any of its values."""

JOURNALS = (Path("/var/log/journal"), Path("/run/log/journal"))
LOCAL_ONLY = 1  # SD_JOURNAL_LOCAL_ONLY; users' own files are included, a user's crash stands in hers
FIELD_BYTES = 4096  # longer values are cut by the library
AT_MOST = 500  # entries per look; the rest waits for the next one
JOURNALCTL_SECONDS = 30.0
JOURNALCTL_BYTES = 8 * 1024 * 1024

ANYTHING: Matches = ()
EMPTY = "-"
"""Cursor of a journal in which nothing was written yet."""


class Journal(Protocol):
    def after(self, cursor: str | None, matches: Matches, limit: int = AT_MOST) -> tuple[list[Entry], str]:
        """Matching entries after the cursor, oldest first, and the cursor of the last one.

        None stands for now: no entries, and a cursor that holds for all to come. A cursor whose file is
        gone stands for the nearest entry that is left.
        """

    def newest(self, matches: Matches, count: int) -> list[Entry]:
        """The last `count` matching entries, newest first."""


class LibraryJournal:
    """The journal through libsystemd. Entries have the fields asked for, and cursor and times as
    `journalctl` names them.
    """

    def __init__(
        self, library: libsystemd_linux.Library, fields: Sequence[str], folder: Path | None = None
    ) -> None:
        self._handle = c_void_p()
        self._lib, self._fields = library, [field.encode() for field in fields]
        if folder is None:
            library.call("sd_journal_open", byref(self._handle), LOCAL_ONLY)
        else:
            library.call("sd_journal_open_directory", byref(self._handle), os.fsencode(folder), 0)
        self._call("set_data_threshold", FIELD_BYTES)
        self._call("get_fd")  # from here on process() notices new entries
        self._at: tuple[str, Matches] | None = None

    def after(self, cursor: str | None, matches: Matches, limit: int = AT_MOST) -> tuple[list[Entry], str]:
        news = self._call("process")
        if cursor is None:
            return [], self._end()
        if self._at == (cursor, matches):
            if not news:
                return [], cursor
        else:
            self._seek(cursor, matches)
        entries: list[Entry] = []
        while len(entries) < limit and self._call("next"):
            entry = self._entry()
            if entry and (entries or entry["__CURSOR"] != cursor):
                entries.append(entry)
        if entries:
            cursor = str(entries[-1]["__CURSOR"])
        self._at = (cursor, matches) if len(entries) < limit else None
        return entries, cursor

    def newest(self, matches: Matches, count: int) -> list[Entry]:
        self._call("process")
        self._match(matches)
        self._call("seek_tail")
        entries: list[Entry] = []
        while len(entries) < count and self._call("previous"):
            if entry := self._entry():
                entries.append(entry)
        return entries

    def __del__(self) -> None:
        if self._handle:
            self._lib.close("sd_journal_close", self._handle)

    def _call(self, name: str, *arguments: object) -> int:
        return self._lib.call(f"sd_journal_{name}", self._handle, *arguments)

    def _cursor(self) -> str:
        return self._lib.text("sd_journal_get_cursor", self._handle)

    def _end(self) -> str:
        """Cursor of the last entry of all: one of the last match might not exist yet."""
        newest = self.newest(ANYTHING, 1)
        return str(newest[0]["__CURSOR"]) if newest else EMPTY

    def _seek(self, cursor: str, matches: Matches) -> None:
        self._match(matches)
        if cursor == EMPTY:
            self._call("seek_head")
        else:
            self._call("seek_cursor", cursor.encode())

    def _match(self, matches: Matches) -> None:
        self._at = None
        self._lib.close("sd_journal_flush_matches", self._handle)
        for alternative in matches:
            self._call("add_disjunction")
            for match in alternative:
                data = match.encode()
                self._call("add_match", data, len(data))

    def _entry(self) -> Entry | None:
        """The entry at which the library stands; None if the file is damaged there."""
        written, awake, boot = c_uint64(), c_uint64(), (c_uint8 * 16)()
        try:
            self._call("get_realtime_usec", byref(written))
            self._call("get_monotonic_usec", byref(awake), boot)
            cursor = self._cursor()
        except OSError:
            return None
        entry: Entry = {
            "__CURSOR": cursor,
            "__REALTIME_TIMESTAMP": str(written.value),
            "__MONOTONIC_TIMESTAMP": str(awake.value),
        }
        for field in self._fields:
            data, length = c_void_p(), c_size_t()
            try:
                self._call("get_data", field, byref(data), byref(length))
            except OSError:
                continue  # this entry has no such field
            value = string_at(data, length.value).partition(b"=")[2]
            entry[field.decode()] = value.decode("utf-8", "replace")
        return entry


class CommandJournal:
    """The journal through `journalctl`: 5 ms of processor time and one process per look."""

    def __init__(
        self,
        fields: Sequence[str],
        folder: Path | None = None,
        run: Callable[[list[str]], str] | None = None,
    ) -> None:
        self._output = f"--output-fields={','.join(fields)}"
        self._where = ["--directory", str(folder)] if folder else []
        self._run = run or _journalctl

    def after(self, cursor: str | None, matches: Matches, limit: int = AT_MOST) -> tuple[list[Entry], str]:
        if cursor is None:
            last = self.newest(ANYTHING, 1)
            return [], str(last[0]["__CURSOR"]) if last else EMPTY
        since = [] if cursor == EMPTY else ["--after-cursor", cursor]
        entries = self._entries([*since, *_as_arguments(matches)])[:limit]
        return entries, str(entries[-1]["__CURSOR"]) if entries else cursor

    def newest(self, matches: Matches, count: int) -> list[Entry]:
        return self._entries(["--reverse", "--lines", str(count), *_as_arguments(matches)])

    def _entries(self, arguments: list[str]) -> list[Entry]:
        # without --all, values of more than 4096 bytes are left out
        text = self._run(["journalctl", "--quiet", "--output=json", self._output, *self._where, *arguments])
        return [entry for line in text.splitlines() if (entry := _object(line)) is not None]


def _as_arguments(matches: Matches) -> list[str]:
    arguments: list[str] = []
    for alternative in matches:
        arguments += ["+", *alternative] if arguments else list(alternative)
    return arguments


def _object(line: str) -> Entry | None:
    """None for what is no entry, or only the beginning of one."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _journalctl(command: list[str]) -> str:
    """What it prints, of very much only the beginning."""
    printed = bytearray()
    end = time.monotonic() + JOURNALCTL_SECONDS
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout
            while len(printed) < JOURNALCTL_BYTES:
                if not select.select([process.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
                    process.kill()
                    raise TimeoutError("journalctl does not answer")
                piece = os.read(process.stdout.fileno(), 65536)
                if not piece:
                    break
                printed += piece
            process.kill()
    except OSError as error:
        raise SourceAbsent(f"The journal cannot be read: {error}.") from None
    return printed.decode("utf-8", "replace")


def require_readable(folders: Sequence[Path] = JOURNALS) -> None:
    """Raises SourceAbsent or SourceDenied unless this account may read the system's journal.

    Opening it proves nothing: whoever may not read the system's part gets an empty journal.
    """
    found = [file for folder in folders for file in folder.glob("*/system.journal")]
    if not found:
        raise SourceAbsent("This machine keeps no systemd journal.")
    if not any(os.access(file, os.R_OK) for file in found):
        raise SourceDenied(
            f"The account {account()} may not read the system's journal.",
            f"sudo usermod -aG systemd-journal {account()}  # then start the agent anew",
        )


def require_kept(folders: Sequence[Path] = JOURNALS) -> None:
    """Raises SourceAbsent if the journal is forgotten at each start of the machine."""
    if not any(folders[0].glob("*/system.journal")):
        raise SourceAbsent(
            "The journal of this machine does not outlast a restart.",
            "sudo mkdir -p /var/log/journal && sudo systemctl restart systemd-journald",
        )


def account() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def open_journal(fields: Sequence[str], folder: Path | None = None) -> Journal:
    """The journal of this machine, or the files of one folder."""
    library = libsystemd_linux.load()
    if library is None or not library.has("sd_journal_open"):
        return CommandJournal(fields, folder)
    return LibraryJournal(library, fields, folder)

"""Crashes of applications, from whatever the kernel hands a dying program to (core(5), core_pattern).

systemd-coredump writes journal entries, apport and ABRT write report files. Where none of them is in
charge, root may still ask the kernel how programs end.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from agent.collectors.exits_linux import ExitSocket
from agent.collectors.happenings import happenings
from agent.collectors.journal_linux import Journal, open_journal, require_readable
from agent.collectors.programs import is_program
from agent.collectors.reports_linux import abrt_reports, apport_reports
from agent.reading import Collector, Effort, Reading, SourceAbsent, SourceDenied
from agent.records import journal as entries
from agent.records.model import Record

EVERY = 30.0  # a crash is to be seen within a minute

CORE_PATTERN = Path("/proc/sys/kernel/core_pattern")

CRASH = frozenset({"crash"})
UNIT = "systemd-coredump@"

INSTALL = {
    "apt-get": "sudo apt install systemd-coredump",
    "dnf": "sudo dnf install systemd-udev",
    "zypper": "sudo zypper install systemd-coredump",
}


class CrashSource(Protocol):
    def after(self, cursor: str | None) -> tuple[list[Record], str]:
        """Crashes since the cursor, none at the first look, and the next cursor. May raise SourceDenied or
        SourceAbsent.
        """


class Coredumps:
    """Entries of systemd-coredump, and of that very program: any user can write an entry with its id.

    The journal's writer does not always find out which program wrote an entry: it looks too late, or so early
    on a busy laptop that it finds systemd itself. So the unit is believed, which no user can choose.
    """

    MATCHES = ((f"MESSAGE_ID={entries.COREDUMP}",),)

    def __init__(
        self,
        handler: str,
        open_journal: Callable[[], Journal] = lambda: open_journal(entries.FIELDS),
        require: Callable[[], None] = require_readable,
    ) -> None:
        self._program = os.path.realpath(handler)
        self._open, self._require = open_journal, require
        self._journal: Journal | None = None

    def after(self, cursor: str | None) -> tuple[list[Record], str]:
        self._require()
        self._journal = self._journal or self._open()
        found, cursor = self._journal.after(cursor, self.MATCHES)
        believed = [entry for entry in found if self._is_by_handler(entry)]
        return [record for entry in believed if (record := entries.coredump(entry))], cursor

    def _is_by_handler(self, entry: entries.Entry) -> bool:
        by_unit = entries.text(entry, "_SYSTEMD_UNIT").startswith(UNIT)
        return by_unit or entries.text(entry, "_EXE") == self._program


class Exits:
    """The kernel's own account. What ends while nobody listens stays unknown: there is nothing to resume."""

    def __init__(self, listen: Callable[[], ExitSocket] = ExitSocket) -> None:
        self._listen = listen
        self._socket: ExitSocket | None = None

    def after(self, cursor: str | None) -> tuple[list[Record], str]:
        self._socket = self._socket or self._listen()
        return list(self._socket.crashes()), "now"


def sources_for(core_pattern: str) -> dict[str, CrashSource]:
    """Who can tell of crashes under this setting, the best first.

    Apport keeps one report per program until somebody has looked at it, so the kernel's account, where this
    account may have it, knows more.
    """
    handler = core_pattern.removeprefix("|").split(" ")[0]
    if "systemd-coredump" in handler:
        return {"coredump": Coredumps(handler)}
    if "apport" in handler:
        return {"exits": Exits(), "apport": apport_reports()}
    if "abrt" in handler:
        return {"exits": Exits(), "abrt": abrt_reports()}
    return {"exits": Exits()}


class Crashes:
    """The cursor is the name of the source and its own cursor. `recorded` is whether the last look found a
    source.
    """

    recorded = False

    def __init__(
        self,
        core_pattern: Callable[[], str] = lambda: CORE_PATTERN.read_text("utf-8", "replace").strip(),
        sources_for: Callable[[str], dict[str, CrashSource]] = sources_for,
    ) -> None:
        self._core_pattern, self._sources_for = core_pattern, sources_for
        self._known: str | None = None
        self._sources: dict[str, CrashSource] = {}

    def collect(self, now: float, cursor: str | None) -> Reading:
        pattern = self._core_pattern()
        if pattern != self._known:
            self._known, self._sources = pattern, self._sources_for(pattern)
        name, _, rest = (cursor or "").partition(" ")
        refusals: list[SourceDenied | SourceAbsent] = []
        self.recorded = False
        for source, crashes in self._sources.items():
            try:
                records, following = crashes.after(rest if source == name else None)
            except (SourceDenied, SourceAbsent) as refusal:
                refusals.append(refusal)
                continue
            self.recorded = True
            return Reading(events=happenings(records, CRASH, now), cursor=f"{source} {following}")
        raise nothing_records(pattern, refusals[-1]) if list(self._sources) == ["exits"] else refusals[-1]


def nothing_records(core_pattern: str, refusal: Exception) -> SourceAbsent:
    command = next((command for tool, command in INSTALL.items() if is_program(tool)), "")
    return SourceAbsent(
        f"Nothing on this machine records crashes of programs (kernel.core_pattern is “{core_pattern}”). "
        f"{refusal}",
        command,
    )


def collector(crashes: Crashes) -> Collector:
    return Collector("crash", ("crash",), EVERY, crashes.collect, effort=Effort.WAITS)

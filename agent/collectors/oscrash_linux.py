"""Runs of the system that ended without a shutdown: power loss, a held button, a kernel that died.

The journal of a run that was shut down ends with "Journal stopped"; one that ends otherwise was cut off.
Where the journal lives on a volume that goes earlier, systemd hands it back first, and that entry is the
last one. Why a run was cut off is known only if the kernel could still say that it gave up.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent.collectors.happenings import happenings
from agent.collectors.journal_linux import (
    ANYTHING,
    Entry,
    Journal,
    open_journal,
    require_kept,
    require_readable,
)
from agent.reading import Collector, Effort, Reading
from agent.records import journal as entries
from agent.records.kernel_log import kernel_record
from agent.records.model import Record
from agent.system.boot_id_linux import boot_id

EVERY = 60.0

OSCRASH = frozenset({"oscrash"})
MOST_RUNS = 50  # looked at after a long absence of the agent
LAST_WORDS = 20  # kernel lines of a run among which a panic is looked for
HANDED_BACK_SECONDS = 120.0  # before the end
HANDED_BACK = (
    "UNIT=systemd-journal-flush.service",
    "_PID=1",
    "MESSAGE_ID=de5b426a63be47a7b6ac3eaac82e2f6f",  # unit stopping
    "MESSAGE_ID=9d1aaa27d60140bd96365438aad20286",  # unit stopped
)

PSTORE = (Path("/sys/fs/pstore"), Path("/var/lib/systemd/pstore"))
PANIC_HEAD = b"Panic#"  # first line of a record; other kinds, like Oops#, are no end


def runs(journal: Journal, first: str, current: str) -> Iterator[tuple[str, Entry]]:
    """Boot id and last entry of each run from `first` up to the one before `current`."""
    boot, seen = first, {current}
    while boot not in seen and len(seen) <= MOST_RUNS:
        seen.add(boot)
        last = journal.newest(_of(boot), 1)
        if not last:
            return  # the journal does not reach back so far
        yield boot, last[0]
        following, _ = journal.after(str(last[0]["__CURSOR"]), ANYTHING, 1)
        boot = entries.text(following[0], "_BOOT_ID") if following else current


def was_shut_down(journal: Journal, boot: str, last: Entry) -> bool:
    stopped = entries.text(last, "MESSAGE_ID") == entries.JOURNAL_STOPPED
    if stopped and entries.text(last, "_TRANSPORT") == "driver":
        return True
    handed_back = journal.newest(_of(boot, *HANDED_BACK), 1)
    return bool(handed_back) and _seconds(last) - _seconds(handed_back[0]) < HANDED_BACK_SECONDS


def end_of(journal: Journal, boot: str, last: Entry, panics: Callable[[float], bool]) -> list[Record | None]:
    """What tells of a run that was cut off: that it ended, and the kernel's last words if there are any."""
    when = datetime.fromtimestamp(_seconds(last), UTC)
    words = journal.newest(_of(boot, "_TRANSPORT=kernel"), LAST_WORDS)
    found = [kernel_record(entries.text(word, "MESSAGE"), when, boot) for word in words]
    if panics(_seconds(last)):
        found.append(kernel_record("Kernel panic - not syncing", when, boot))
    return [*found, entries.unclean_end(boot, when)]


def kept_panic(since: float, folders: Sequence[Path] = PSTORE) -> bool:
    """Whether the firmware kept a panic for us after this moment. Only root may look."""
    for folder in folders:
        try:
            for file in folder.rglob("dmesg-*"):
                if file.stat().st_mtime >= since and file.read_bytes()[:64].startswith(PANIC_HEAD):
                    return True
        except OSError:
            continue
    return False


def _of(boot: str, *more: str) -> tuple[tuple[str, ...], ...]:
    return ((f"_BOOT_ID={boot}", *more),)


def _seconds(entry: Entry) -> float:
    return int(entries.text(entry, "__REALTIME_TIMESTAMP")) / 1e6


def require_memory() -> None:
    require_readable()
    require_kept()


class SystemCrashes:
    """The cursor is the boot id of the run that was seen last; its end is judged in the next one."""

    def __init__(
        self,
        open_journal: Callable[[], Journal] = lambda: open_journal(entries.FIELDS),
        boot_id: Callable[[], str] = boot_id,
        require: Callable[[], None] = require_memory,
        panics: Callable[[float], bool] = kept_panic,
    ) -> None:
        self._open, self._boot_id = open_journal, boot_id
        self._require, self._panics = require, panics

    def collect(self, now: float, cursor: str | None) -> Reading:
        self._require()
        current = self._boot_id()
        if cursor is None or cursor == current:
            return Reading(cursor=current)
        journal = self._open()
        found: list[Record | None] = []
        for boot, last in runs(journal, cursor, current):
            if not was_shut_down(journal, boot, last):
                found += end_of(journal, boot, last, self._panics)
        return Reading(events=happenings(found, OSCRASH, now), cursor=current)


def collector() -> Collector:
    return Collector("oscrash", ("oscrash",), EVERY, SystemCrashes().collect, effort=Effort.WAITS)

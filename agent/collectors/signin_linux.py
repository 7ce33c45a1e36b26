"""From the password to a usable desktop, by two entries of the journal.

logind notes that a session began; the session's own service manager notes that `graphical-session.target`
is reached (systemd.special(7)), which GNOME, KDE and others start after their shell. Desktops that do not
use the target leave no such entry, and the time stays unknown.
"""

import pwd
from collections.abc import Callable, Iterator

from agent.collectors.journal_linux import Entry, Journal, open_journal, require_readable
from agent.reading import Collector, Effort, Reading
from agent.records.journal import moment, number, text
from agent.signals import Sample

EVERY = 60.0

SESSION_BEGAN = "MESSAGE_ID=8d45620c1a4348dbb17410da57c60c66"  # systemd's catalogue, sd-messages.h
UNIT_STARTED = "MESSAGE_ID=39f53479d3a045ac8e11786248231fbf"
DESKTOP = "USER_UNIT=graphical-session.target"
DESKTOP_REACHED = ((UNIT_STARTED, DESKTOP),)
FIELDS = ("USER_ID", "_UID", "_BOOT_ID", "_EXE")

FASTEST, SLOWEST = 0.5, 1800.0  # seconds (docs/scoring.md 3)
FEW = 20  # sessions that may begin while one desktop starts


def is_person(uid: int) -> bool:
    """Accounts of services, sign-in screens among them, are numbered below and above (systemd, UIDS-GIDS)."""
    return uid >= 1000 and not 60001 <= uid <= 65535


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def waited(journal: Journal, desktop: Entry, name_of: Callable[[int], str] = name_of) -> float | None:
    """Seconds from the begin of the session to this desktop; None where the two do not belong together."""
    uid, ready = number(desktop, "_UID"), _awake(desktop)
    if uid is None or not is_person(uid):
        return None
    boot = f"_BOOT_ID={text(desktop, '_BOOT_ID')}"
    begun = _awake_of(journal, (SESSION_BEGAN, f"USER_ID={name_of(uid)}", boot), ready)
    before = _awake_of(journal, (UNIT_STARTED, DESKTOP, f"_UID={uid}", boot), ready)
    if begun is None or (before is not None and before > begun):
        return None  # the shell was started anew within a session
    return ready - begun if FASTEST <= ready - begun <= SLOWEST else None


def _awake_of(journal: Journal, match: tuple[str, ...], before: float) -> float | None:
    """When the last matching entry before this one was written, in seconds awake since the start."""
    return next((at for at in _times(journal.newest((match,), FEW)) if at < before), None)


def _times(entries: list[Entry]) -> Iterator[float]:
    return (_awake(entry) for entry in entries)


def _awake(entry: Entry) -> float:
    """The monotonic clock: setting the time while the desktop starts must not change the result."""
    return (number(entry, "__MONOTONIC_TIMESTAMP") or 0) / 1e6


class SignIns:
    """The cursor is the journal's."""

    def __init__(
        self,
        open_journal: Callable[[], Journal] = lambda: open_journal(FIELDS),
        require: Callable[[], None] = require_readable,
        name_of: Callable[[int], str] = name_of,
    ) -> None:
        self._open, self._require, self._name_of = open_journal, require, name_of
        self._journal: Journal | None = None

    def collect(self, now: float, cursor: str | None) -> Reading:
        self._require()
        self._journal = self._journal or self._open()
        desktops, following = self._journal.after(cursor, DESKTOP_REACHED)
        samples = []
        for desktop in desktops:
            seconds = waited(self._journal, desktop, self._name_of)
            if seconds is not None:
                when = moment(desktop)
                at = when.timestamp() if when else now
                samples += [Sample("signin", 1.0, at), Sample("signin_s", seconds, at)]
        return Reading(samples, cursor=following)


def collector() -> Collector:
    return Collector("signin", ("signin",), EVERY, SignIns().collect, effort=Effort.WAITS)

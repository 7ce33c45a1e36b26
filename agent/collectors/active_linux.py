"""Minutes of active use (docs/scoring.md 3), without asking what is done in them.

At a screen: the desktop session is neither idle nor locked, by logind's flags. Without a desktop session,
as over SSH: somebody typed into a terminal, which the kernel notes as the time its device was last read.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from agent.collectors import libsystemd_linux
from agent.collectors.sessions_linux import DesktopSession, Logind
from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.signals import Sample
from agent.system.display_linux import has_display

EVERY = 60.0
MINUTE = 60.0
TERMINAL_STEP = 8.0  # the kernel notes reading in steps of 8 s, so that nobody can time keystrokes

PSEUDO_TERMINALS = Path("/dev/pts")
CONSOLES = tuple(Path(f"/dev/tty{number}") for number in range(1, 13))


def last_typed(folder: Path = PSEUDO_TERMINALS, consoles: Iterable[Path] = CONSOLES) -> float:
    """When any terminal was last read, in seconds since 1970; 0 without one."""
    names = os.listdir(folder) if folder.is_dir() else []
    newest = 0.0
    for path in (*(folder / name for name in names if name.isdigit()), *consoles):
        try:
            newest = max(newest, os.stat(path).st_atime)
        except OSError:
            continue  # there is none, or it was closed in this moment
    return newest


class Active:
    """`desktop` is None where no logind can be asked."""

    def __init__(
        self,
        desktop: Callable[[], DesktopSession | None] | None,
        typed: Callable[[], float] = last_typed,
        display: Callable[[], bool] = has_display,
    ) -> None:
        self._desktop, self._typed, self._display = desktop, typed, display

    def collect(self, now: float, cursor: str | None) -> Reading:
        session = self._session()
        if session is not None:
            return _minute(not session.idle and not session.locked, "session")
        if self._desktop is None and self._display():
            raise SourceAbsent("A desktop runs here without logind, so nothing says when it is in use.")
        return _minute(0 <= now - self._typed() < MINUTE + TERMINAL_STEP, "terminal")

    def _session(self) -> DesktopSession | None:
        try:
            return self._desktop() if self._desktop else None
        except OSError as error:
            raise SourceAbsent(f"logind does not say whether the session is in use ({error}).") from None


def _minute(active: bool, source: str) -> Reading:
    return Reading([Sample("active_s", MINUTE if active else 0.0, attributes={"source": source})])


def collector() -> Collector:
    library = libsystemd_linux.load()
    logind = Logind(library) if library is not None and os.path.isdir("/run/systemd/seats") else None
    return Collector(
        "active", ("active",), EVERY, Active(logind.desktop if logind else None).collect, effort=Effort.WAITS
    )

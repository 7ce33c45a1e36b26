"""Updates of the system that apt, dnf, zypper or pacman installed, from the history that each keeps."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.collectors.happenings import happenings
from agent.reading import Collector, Effort, Reading, SourceAbsent, SourceDenied
from agent.records import apt_history, dnf_history, pacman_log, zypp_history
from agent.records.errors import Unreadable
from agent.records.model import Record
from agent.records.source import plain

EVERY = 30 * 60.0

LARGEST_MIB = 64
QUIET = 600.0  # seconds without a line after which a run has ended whose history does not say so
UPDATE = frozenset({"update"})


@dataclass(frozen=True, slots=True)
class History:
    """`finished` gives the runs that ended and began after a moment, of a file that has been quiet or not."""

    path: Path
    finished: Callable[[Path, datetime, bool], Iterable[Record]]


def _apt(path: Path, since: datetime, quiet: bool) -> list[Record]:
    return _later(apt_history.records_of(plain(path).lines(LARGEST_MIB), finished=True), since)


def _zypp(path: Path, since: datetime, quiet: bool) -> list[Record]:
    return _later(zypp_history.records_of(plain(path).lines(LARGEST_MIB), finished=not quiet), since)


def _pacman(path: Path, since: datetime, quiet: bool) -> list[Record]:
    return _later(pacman_log.records_of(plain(path).lines(LARGEST_MIB), finished=True), since)


def _dnf(path: Path, since: datetime, quiet: bool) -> list[Record]:
    return _later(dnf_history.records_of(path, since.timestamp()), since)


def _later(records: Iterable[Record], since: datetime) -> list[Record]:
    return [record for record in records if record.time and record.time > since]


HISTORIES = (
    History(Path("/var/log/apt/history.log"), _apt),
    History(Path("/usr/lib/sysimage/libdnf5/transaction_history.sqlite"), _dnf),
    History(Path("/var/lib/dnf/history.sqlite"), _dnf),
    History(Path("/var/log/zypp/history"), _zypp),
    History(Path("/var/log/pacman.log"), _pacman),
)


class Updates:
    """The cursor is the time of the newest update that was told, or of the first look."""

    def __init__(self, histories: Sequence[History] = HISTORIES) -> None:
        self._histories = histories
        self._read: dict[Path, tuple[int, bool]] = {}  # the file's st_mtime_ns and whether it had been quiet

    def collect(self, now: float, cursor: str | None) -> Reading:
        changed = {history: at for history in self._histories if (at := _changed(history.path))}
        if not changed:
            raise SourceAbsent("No package manager here keeps a history that this agent can read.")
        if cursor is None:
            return Reading(cursor=datetime.fromtimestamp(now, UTC).isoformat())
        since = datetime.fromisoformat(cursor)
        new: list[Record] = []
        refusal: SourceAbsent | SourceDenied | None = None
        for history, at in changed.items():
            state = at, now - at / 1e9 > QUIET
            if state == self._read.get(history.path):
                continue
            try:
                new += _finished(history, since, quiet=state[1])
                self._read[history.path] = state
            except (SourceAbsent, SourceDenied) as error:
                refusal = error
        if new:
            newest = max(record.time for record in new if record.time)
            return Reading(events=happenings(new, UPDATE, now), cursor=newest.isoformat())
        if refusal:
            raise refusal
        return Reading()


def _finished(history: History, since: datetime, *, quiet: bool) -> list[Record]:
    try:
        return list(history.finished(history.path, since, quiet))
    except PermissionError:
        raise SourceDenied(f"This account may not read {history.path}.") from None
    except (Unreadable, OSError) as error:
        raise SourceAbsent(f"{history.path} cannot be read: {error}.") from None


def _changed(path: Path) -> int:
    """When the file, or the write-ahead log of a database, changed last, in ns; 0 if it is not there.

    A history that this account may not look at is told when it is read.
    """
    found = 0
    for file in (path, path.with_name(f"{path.name}-wal")):
        try:
            found = max(found, file.stat().st_mtime_ns)
        except PermissionError:
            return 1
        except OSError:
            continue
    return found


def collector() -> Collector:
    return Collector("updates", (), EVERY, Updates().collect, effort=Effort.WAITS)

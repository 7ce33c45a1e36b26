"""Updates of the system that apt installed, from its history (apt.conf(5), Dir::Log::History)."""

from datetime import UTC, datetime
from pathlib import Path

from agent.collectors.happenings import happenings
from agent.collectors.reading import Collector, Effort, Reading, SourceAbsent
from agent.records.apt_history import records_of

EVERY = 30 * 60.0

HISTORY = Path("/var/log/apt/history.log")
UPDATE = frozenset({"update"})


class Updates:
    """The cursor is the time of the newest update that was told, or of the first look."""

    def __init__(self, history: Path = HISTORY) -> None:
        self._history = history
        self._read_at = 0  # st_mtime_ns of the file at the last look

    def collect(self, now: float, cursor: str | None) -> Reading:
        try:
            changed = self._history.stat().st_mtime_ns
            if cursor is None:
                return Reading(cursor=datetime.fromtimestamp(now, UTC).isoformat())
            if changed == self._read_at:
                return Reading()
            text = self._history.read_text("utf-8", "replace")
        except OSError:
            raise SourceAbsent("No package manager here keeps a history that this agent can read.") from None
        since = datetime.fromisoformat(cursor)
        new = [r for r in records_of(finished(text).splitlines()) if r.time and r.time > since]
        self._read_at = changed
        newest = max([since, *(r.time for r in new if r.time)])
        return Reading(events=happenings(new, UPDATE, now), cursor=newest.isoformat())


def finished(text: str) -> str:
    """Without a run that is still going on: its last line is not written yet."""
    end = text.rfind("\nEnd-Date:")
    return text[: text.find("\n", end + 1) + 1] if end >= 0 else ""


def collector() -> Collector:
    return Collector("updates", (), EVERY, Updates().collect, effort=Effort.WAITS)

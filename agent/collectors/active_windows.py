"""Minutes of active use on Windows (docs/scoring.md 3): input within the last minute, and not locked.

Windows keeps the time of the last input for some sessions only: for others it is 0, or always now. As long as
it has not been seen to move and to lag behind in one, an unlocked session counts as in use, and the source is
marked `session`.
"""

from collections.abc import Callable, Sequence

from agent.collectors.sessions_windows import Session, active_sessions
from agent.reading import Collector, Effort, Reading
from agent.signals import Sample

EVERY = 60.0
MINUTE = 60.0
LAG = 1.0  # seconds behind now, which a time that is always now never has


class Active:
    def __init__(self, sessions: Callable[[], Sequence[Session]] = active_sessions) -> None:
        self._sessions = sessions
        self._last: dict[int, float] = {}
        self._kept: set[int] = set()

    def collect(self, now: float, cursor: str | None) -> Reading:
        sessions = self._sessions()
        for session in sessions:
            moved = 0 < self._last.get(session.id, 0) < session.last_input
            if moved and session.now - session.last_input >= LAG:
                self._kept.add(session.id)
        self._last = {session.id: session.last_input for session in sessions}
        self._kept &= set(self._last)
        source = "input" if all(session.id in self._kept for session in sessions) else "session"
        active = MINUTE if any(map(self._in_use, sessions)) else 0.0
        return Reading([Sample("active_s", active, attributes={"source": source})])

    def _in_use(self, session: Session) -> bool:
        if session.locked:
            return False
        return session.id not in self._kept or session.now - session.last_input < MINUTE


def collector() -> Collector:
    return Collector("active", ("active",), EVERY, Active().collect, effort=Effort.WAITS)

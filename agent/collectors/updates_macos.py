"""Updates of macOS that were installed, and how long missing ones have waited, by two property lists that the
system keeps itself. Nothing is asked over the network.
"""

import json
import plistlib
import re
import struct
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from xml.parsers.expat import ExpatError

from agent.advice import SEARCH_ON_MACOS
from agent.collectors.happenings import happenings
from agent.collectors.waiting import DAY, Waiting
from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.records.macos_updates import is_history, records_of
from agent.signals import Sample

EVERY = 30 * 60.0

HISTORY = Path("/Library/Receipts/InstallHistory.plist")
SOFTWARE_UPDATE = Path("/Library/Preferences/com.apple.SoftwareUpdate.plist")
LARGEST = 16 * 1024 * 1024  # bytes
UPDATE = frozenset({"update"})
STALE = 7 * DAY

# Names are not translated here. Every update of the system and of its browser mends security too; what
# Apple offers beside them are applications and fonts.
_SECURITY = re.compile(r"^(?:macOS|Mac OS X|OS X|Security|Rapid Security|Background Security|Safari)\b", re.I)
# plistlib lets the errors of its parts through when a file is damaged.
_BAD = (
    *(plistlib.InvalidFileException, ExpatError, struct.error, ValueError, TypeError, LookupError),
    *(AttributeError, OverflowError, RecursionError, MemoryError),
)


def load(path: Path) -> object:
    """The decoded property list; SourceAbsent if there is none that can be read."""
    try:
        with path.open("rb") as file:
            return plistlib.loads(file.read(LARGEST))
    except (OSError, *_BAD):
        raise SourceAbsent(f"{path} is not there or cannot be read.") from None


class Updates:
    """The cursor is the time of the newest update that was told, or of the first look."""

    def __init__(self, history: Path = HISTORY) -> None:
        self._history = history

    def collect(self, now: float, cursor: str | None) -> Reading:
        content = load(self._history)
        if cursor is None:
            return Reading(cursor=datetime.fromtimestamp(now, UTC).isoformat())
        since = datetime.fromisoformat(cursor)
        known = records_of(content) if is_history(content) else ()
        new = [record for record in known if record.time and record.time > since]
        newest = max([since, *(record.time for record in new if record.time)])
        return Reading(events=happenings(new, UPDATE, now), cursor=newest.isoformat())


def missing(preferences: dict[str, object]) -> set[str]:
    """Names and versions of the updates that mend security and are recommended for this Mac."""
    found = set()
    recommended = preferences.get("RecommendedUpdates")
    for update in recommended if isinstance(recommended, list) else ():
        if not isinstance(update, dict):
            continue
        name, version = (str(update.get(key, "")) for key in ("Display Name", "Display Version"))
        if _SECURITY.match(name):
            found.add(f"{name} {version}")
    return found


def searched_at(preferences: dict[str, object]) -> float:
    """When the system last asked Apple successfully, in seconds since 1970; 0 if it never did."""
    dates = (preferences.get(key) for key in ("LastFullSuccessfulDate", "LastSuccessfulDate"))
    return max(_seconds(date for date in dates if isinstance(date, datetime)), default=0.0)


def _seconds(dates: Iterable[datetime]) -> list[float]:
    return [date.replace(tzinfo=UTC).timestamp() for date in dates]


class Patches:
    """The cursor tells since when each missing update has been seen missing."""

    def __init__(self, preferences: Callable[[], object] = lambda: load(SOFTWARE_UPDATE)) -> None:
        self._preferences = preferences

    def collect(self, now: float, cursor: str | None) -> Reading:
        preferences = self._preferences()
        if not isinstance(preferences, dict) or now - searched_at(preferences) > STALE:
            raise SourceAbsent("This Mac has not searched for updates for a week.", SEARCH_ON_MACOS)
        known = Waiting.load(cursor)
        state = json.dumps(sorted(missing(preferences)))
        seen = known.seen(json.loads(state), now, 0.0)
        changed = None if cursor and seen.since == known.since else seen.dump()
        return Reading([Sample("patch_age_d", seen.age_days(now))], cursor=changed)


def collectors() -> tuple[Collector, ...]:
    return (
        Collector("updates", (), EVERY, Updates().collect, effort=Effort.WAITS),
        Collector("patch", ("patch",), EVERY, Patches().collect),
    )

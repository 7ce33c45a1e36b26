"""`InstallHistory.plist` of macOS: what was installed, of which only the system's own updates count."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from agent.records.model import Record

# Product names are not translated in this file. Configuration data (XProtect and its like), word lists,
# printer drivers and applications are no update of the system.
_SYSTEM = re.compile(
    r"^(?:Mac OS X|OS X|macOS|Security Update|Rapid Security Response|Background Security)\b"
)


def is_history(content: object) -> bool:
    return isinstance(content, list) and all(isinstance(i, dict) and "displayName" in i for i in content)


def records_of(content: object) -> Iterator[Record]:
    """The records of the decoded property list."""
    for item in content if isinstance(content, list) else ():
        name, version, when = (item.get(k) for k in ("displayName", "displayVersion", "date"))
        if not isinstance(name, str) or not _SYSTEM.match(name) or item.get("contentType") == "config-data":
            continue
        moment = when.replace(tzinfo=UTC) if isinstance(when, datetime) else None
        text = version if isinstance(version, str) else ""
        key = f"install:{name}:{text}:{moment}"
        detail = {"result": "installed", "title": name}
        yield Record("update", moment, version=text, detail=detail, key=key)

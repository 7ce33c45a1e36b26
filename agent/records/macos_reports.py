"""Crash reports of macOS: `.ips` (a JSON line, then a body of JSON or text) and the older text `.crash`.

The type stands in the header, never in the file's name: a "*_panic.crash" may be an application's crash.
"""

import json
import re
from collections.abc import Mapping

from agent.records import times
from agent.records.errors import Unreadable
from agent.records.macos_panics import from_report
from agent.records.macos_spindump import record_of as spindump_record
from agent.records.model import DetailValue, Record

LONGEST = 2 * 1024 * 1024  # characters read of a report; what we need stands before the threads and stacks
CRASHES = frozenset({"309", "109"})  # 109: macOS 11 and before
PANIC = "210"
# Others are no failure of an application: 151 forced reset, 298 memory (jetsam), 202 CPU, 145 disk writes,
# 115 reset counters. A hang (spindump) says so in its body.

_PROCESS = re.compile(r"^(.*?)\s*\[(\d+)\]$")
_SIGNAL = re.compile(r"^SIG[A-Z0-9]{2,10}$")
_EXCEPTION = re.compile(r"^(\S+)(?: \((.+)\))?")


def ips_record(text: str) -> Record | None:
    """The record of a two-part report; None for the types that are no failure. May raise Unreadable."""
    line, _, body = text.partition("\n")
    found = _json_object(line)
    if found is None:
        raise Unreadable("it is a report of macOS whose first line is damaged")
    header = {k: str(v) for k, v in found.items() if isinstance(v, str | int)}
    if header.get("bug_type") == PANIC:
        return from_report(header, _json_object(body) or {})
    if header.get("bug_type") not in CRASHES:
        return spindump_record(body)
    if not body.lstrip().startswith("{"):
        return crash_text_record(body, header)
    return _crash(header, _json_object(body) or _rescued(header, body))


def _crash(header: Mapping[str, str], body: Mapping[str, object]) -> Record:
    exception = body.get("exception")
    bundle = body.get("bundleInfo")
    app = _str(body.get("procName")) or header.get("app_name") or header.get("name", "")
    when = times.utc(_str(body.get("captureTime"))) or times.utc(header.get("timestamp", ""))
    detail: dict[str, DetailValue] = {}
    if isinstance(exception, Mapping):
        detail = {"exception": _str(exception.get("type")), "signal": _str(exception.get("signal"))}
    version = header.get("app_version", "")
    if not version and isinstance(bundle, Mapping):
        version = _str(bundle.get("CFBundleShortVersionString"))
    key = _key(header.get("incident_id", ""), app, _str(body.get("pid")), when)
    return Record("crash", when, app=app, version=_version(version), detail=detail, key=key)


def _rescued(header: Mapping[str, str], body: str) -> dict[str, object]:
    """The fields we need from a body that is no valid JSON (cut off, edited); what the header has comes
    from there.
    """
    found = {
        name: match[1]
        for name in (("captureTime",) if header.get("app_name") else ("procName", "captureTime"))
        if (match := re.search(rf'"{name}"\s*:\s*"([^"\n]{{1,200}})"', body))
    }
    exception = re.search(r'"exception"\s*:\s*\{([^{}]{1,2000})\}', body)
    parts = dict(re.findall(r'"(type|signal)"\s*:\s*"([A-Z_0-9]{1,40})"', exception[1] if exception else ""))
    return {**found, "exception": parts}


def crash_text_record(text: str, header: Mapping[str, str] | None = None) -> Record | None:
    """The record of a text report; None if nothing in it says that a program died."""
    about = fields(text)
    exception = about.get("Exception Type", "")
    if not exception and "Crashed Thread" not in about:
        return None
    process = _PROCESS.match(about.get("Process", ""))
    app = process[1] if process else about.get("Process", "")
    when = times.utc(about.get("Date/Time", "")) or times.utc((header or {}).get("timestamp", ""))
    version = (header or {}).get("app_version") or about.get("Version", "")
    incident = about.get("Incident Identifier") or (header or {}).get("incident_id", "")
    key = _key(incident, app, process[2] if process else "", when)
    return Record("crash", when, app=app, version=_version(version), detail=_died_of(exception), key=key)


def fields(text: str) -> dict[str, str]:
    """The "Name: value" lines of a text report, the first of each name, down to the first thread."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if re.match(r"Thread \d+", name):
            break
        if colon and name and not name[0].isspace() and len(name) < 40:
            found.setdefault(name, value.strip())
    return found


def _died_of(exception: str) -> dict[str, DetailValue]:
    """`EXC_CRASH (SIGABRT)`; the brackets may hold a text, and some reporters give the signal alone."""
    found = _EXCEPTION.match(exception)
    if not found:
        return {}
    name, bracket = found[1], found[2] or ""
    if _SIGNAL.match(name):
        return {"signal": name}
    return {"exception": name, "signal": bracket if _SIGNAL.match(bracket) else ""}


def _key(incident: str, app: str, pid: str, when: object) -> str:
    if incident:
        return f"incident:{incident.lower()}"
    return f"report:{app}:{pid}:{when}" if when else ""


def _version(text: str) -> str:
    return "" if text.startswith("???") else text  # also "??? (???)"


def _json_object(text: str) -> dict[str, object] | None:
    """The object that a text begins with; panics of the bridge chip have more text after it."""
    try:
        value, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _str(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""

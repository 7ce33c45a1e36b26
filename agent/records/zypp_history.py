"""`/var/log/zypp/history` of openSUSE and SUSE (libzypp, HistoryLog): lines `time|action|...`, times local.

It says "install" for a new package as well as for a newer version of one. A run is an update if a patch was
applied in it, or if it replaced a package that an earlier run of the file installed. Command lines and who
asked are not kept.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.records import times
from agent.records.model import Record, package_update

LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\|(?:command|install|remove|patch|radd|rremove|ralias|rurl) *\|",
    re.MULTILINE,
)
_UPDATING = re.compile(r"'(?:up|update|dup|dist-upgrade|patch)'")  # of zypper, as an argument
_FAILED = re.compile(r"^# \d{4}-\d\d-\d\d \d\d:\d\d:\d\d .{1,300} install failed$")


@dataclass(slots=True)
class _Run:
    begun: str
    updates: bool = False  # somebody asked for an update, or it is known to be one
    packages: int = 0
    failed: bool = False


def records_of(lines: Iterable[str], *, finished: bool = False) -> Iterator[Record]:
    """One record per update, `value` the number of packages installed in it. No line says that a run ended:
    finished=True leaves out the last one.
    """
    run = _Run("")
    versions: dict[str, str] = {}
    for line in lines:
        if not LINE.match(line):
            run.failed = run.failed or bool(_FAILED.match(line.rstrip()))
            continue
        when, action, name, *rest = (field.strip() for field in line.split("|"))
        if action == "command":
            yield from _record(run)
            run = _Run(when, bool(rest and name and _UPDATING.search(rest[0])))
        elif action == "install" and rest:
            run.begun = run.begun or when
            run.packages += 1
            run.updates = run.updates or versions.get(name, rest[0]) != rest[0]
            versions[name] = rest[0]
        elif action == "remove":
            versions.pop(name, None)
        elif action == "patch":
            run.updates = run.updates or "applied" in rest
    if not finished:
        yield from _record(run)


def _record(run: _Run) -> Iterator[Record]:
    if run.updates and (run.packages or run.failed):
        when = times.utc(run.begun, zone_missing="local")
        yield package_update("zypp", when, run.packages, failed=run.failed)

"""`/var/log/pacman.log` of Arch Linux: the transactions that upgraded packages are its system updates.

Since 2021 times have a zone, before they were local; before 2014 transactions were not marked.
"""

import re
from collections.abc import Iterable, Iterator

from agent.records import times
from agent.records.model import Record, package_update

LINE = re.compile(
    r"^\[(?P<when>\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[+-]\d{4})?)\] (?:\[(?:ALPM|PACMAN)\] )?(?P<what>"
    r"transaction (?:started|completed|failed|interrupted)|starting full system upgrade|upgraded \S)",
    re.MULTILINE,
)


def records_of(lines: Iterable[str], *, finished: bool = False) -> Iterator[Record]:
    """One record per transaction with upgrades, `value` the number of packages. finished=True leaves out one
    whose end is not written yet.
    """
    begun, packages = "", 0
    for found in filter(None, map(LINE.match, lines)):
        when, what = found["when"], found["what"]
        if what.startswith("upgraded"):
            begun, packages = begun or when, packages + 1
            continue
        if packages:
            yield _record(begun, packages, failed=what.endswith(("failed", "interrupted")))
        begun, packages = when if "start" in what else "", 0
    if packages and not finished:
        yield _record(begun, packages, failed=False)


def _record(begun: str, packages: int, *, failed: bool) -> Record:
    seconds = "" if begun[16:17] == ":" else ":00"
    when = times.utc(begun[:16] + seconds + begun[16:], zone_missing="local")
    return package_update("pacman", when, packages, failed=failed)

"""`/var/log/dnf.rpm.log` of Fedora and Red Hat (dnf 4): transactions that upgraded packages are the system's
updates. The history of dnf (`dnf_history`) tells more; this log is what people send.
"""

import re
from collections.abc import Iterable, Iterator

from agent.records import times
from agent.records.model import Record, package_update

LINE = re.compile(
    r"^(?P<when>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?P<zone>Z|[+-]\d\d(?:\d\d)?) "
    r"(?P<what>INFO --- logging initialized ---|SUBDEBUG (?P<action>[A-Z][a-z]{2,20}): \S)",
    re.MULTILINE,
)


def records_of(lines: Iterable[str]) -> Iterator[Record]:
    """One record per transaction with upgrades, `value` the number of packages."""
    begun, packages = "", 0
    for found in filter(None, map(LINE.match, lines)):
        if found["action"] == "Upgrade":  # the new package; "Upgraded" is the old one, on its way out
            begun, packages = begun or found["when"] + found["zone"].ljust(5, "0"), packages + 1
        elif not found["action"]:
            yield from _record(begun, packages)
            begun, packages = "", 0
    yield from _record(begun, packages)


def _record(begun: str, packages: int) -> Iterator[Record]:
    if packages:
        yield package_update("dnf", times.utc(begun), packages, failed=False)

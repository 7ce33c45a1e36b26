"""`/var/log/apt/history.log` of Debian and Ubuntu: the runs that upgraded packages are its system updates.

The command line that each run quotes is not kept.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from agent.records import times
from agent.records.model import Record, package_update

_PACKAGE = re.compile(r"(?:^|\), )[^ ,()]+ \(")


def records_of(lines: Iterable[str], *, finished: bool = False) -> Iterator[Record]:
    """One record per run with upgrades, `value` the number of packages; runs that only install or remove
    are somebody's choice of software. Times are local without a zone. finished=True leaves out a run whose
    end is not written yet.
    """
    run: dict[str, str] = {}
    for line in chain(lines, [""]):
        name, colon, value = line.partition(":")
        if not line.strip():
            if "Upgrade" in run and "Start-Date" in run and ("End-Date" in run or not finished):
                yield _record(run)
            run = {}
        elif colon and name in {"Start-Date", "Upgrade", "Error", "End-Date"}:
            run[name] = value.strip()


def _record(run: dict[str, str]) -> Record:
    when = times.utc(run["Start-Date"], zone_missing="local")
    packages = len(_PACKAGE.findall(run["Upgrade"]))
    return package_update("apt", when, packages, failed="Error" in run)

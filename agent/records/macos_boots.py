"""Why a Mac went down the last time: the line that the kernel writes at each boot into the unified log
(`log show --predicate 'eventMessage contains "Previous shutdown cause"'`).

The login records (utmpx) tell when a Mac started but measure nothing; `last` is read by `last_text`.
"""

import re
from collections.abc import Iterable, Iterator

from agent.records import times
from agent.records.model import Record

CAUSE_LINE = re.compile(r"Previous shutdown cause: (-?\d{1,4})\b", re.IGNORECASE)  # capitals until 10.11
# Codes seen by support staff; Apple documents none. 5: shut down or restarted by the user.
_CLEAN = frozenset({5})
_CAUSES = {0: "power_loss", 3: "held_button"}


def records_of(lines: Iterable[str]) -> Iterator[Record]:
    """The unclean ends among the lines; negative codes are the hardware's and stay unknown."""
    for line in lines:
        found = CAUSE_LINE.search(line)
        if not found or int(found[1]) in _CLEAN:
            continue
        when = times.utc(line[:60], zone_missing="local")
        detail = {"cause": _CAUSES.get(int(found[1]), "unknown"), "code": found[1]}
        yield Record("oscrash", when, detail=detail, key=f"cause:{when}" if when else "")

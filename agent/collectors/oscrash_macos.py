"""Runs of macOS that ended without a shutdown: by the login records, in which no shutdown precedes the next
start, and by the report that a panic leaves. Which of the others lost power and which was held down, nothing
tells on all Macs.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from agent.collectors.boot_macos import started_at
from agent.collectors.happenings import happenings
from agent.collectors.question import Question
from agent.collectors.reports_macos import Reports
from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.records.model import Record
from agent.system.boot_id_macos import boot_id

EVERY = 60.0

OSCRASH = frozenset({"oscrash"})
SETTLED = 180.0  # seconds after the start; by then a panic has its report
RETRY = 6 * 3600.0  # seconds until records that told nothing are asked for again

LAST = ("/usr/bin/last", "-10", "reboot", "shutdown")  # last(1): the newest ten, the newest first
STARTED, SHUT_DOWN = "reboot", "shutdown"


def was_shut_down(text: str) -> bool | None:
    """Whether a shutdown precedes the newest start; None if the records do not reach back so far."""
    names = [line.partition(" ")[0] for line in text.splitlines()]
    rows = [name for name in names if name in (STARTED, SHUT_DOWN)]
    if len(rows) < 2 or rows[0] != STARTED:
        return None
    return rows[1] == SHUT_DOWN


class SystemCrashes:
    """The cursor is the id of the start whose beginning was judged last, and that of the reports."""

    def __init__(
        self,
        reports: Reports,
        boot_id: Callable[[], str] = boot_id,
        started_at: Callable[[], float] = started_at,
        ask: Callable[[Sequence[str]], Question] = Question,
    ) -> None:
        self._reports, self._boot_id, self._started_at, self._ask = reports, boot_id, started_at, ask
        self._question: Question | None = None
        self._failed_at: float | None = None

    def collect(self, now: float, cursor: str | None) -> Reading:
        boot = self._boot_id()
        if cursor is None:
            return Reading(cursor=json.dumps([boot, self._reports.after(None)[1]]))
        judged, seen = json.loads(cursor)
        started = self._started_at()
        if judged == boot or 0 <= now - started < SETTLED:
            return Reading()
        text = self._login_records(now)
        if text is None:
            return Reading()
        records, seen = self._reports.after(seen)
        ends = [record for record in records if record.signal == "oscrash"]
        if not ends and not self._judge(text, now):
            ends = [Record("oscrash", datetime.fromtimestamp(started, UTC), detail={"cause": "unknown"})]
        return Reading(events=happenings(ends, OSCRASH, now), cursor=json.dumps([boot, seen]))

    def _login_records(self, now: float) -> str | None:
        """What `last` prints; None while it works."""
        if self._failed_at is not None and 0 <= now - self._failed_at < RETRY:
            raise _nothing_told()
        self._question = self._question or self._ask(LAST)
        try:
            text = self._question.answer()
        except OSError:
            text = ""
        if text is not None:
            self._question = None
        return text

    def _judge(self, text: str, now: float) -> bool:
        shut_down = was_shut_down(text)
        if shut_down is None:
            self._failed_at = now
            raise _nothing_told()
        return shut_down


def _nothing_told() -> SourceAbsent:
    return SourceAbsent("The login records of this Mac do not say how its last run ended.")


def collector() -> Collector:
    crashes = SystemCrashes(Reports(people=None))
    return Collector("oscrash", ("oscrash",), EVERY, crashes.collect, effort=Effort.WAITS)

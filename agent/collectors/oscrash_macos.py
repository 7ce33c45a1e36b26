"""Runs of macOS that ended without a shutdown: panics leave a report, and at each start the kernel writes why
the run before ended, which tells a held button and a lost supply too.

That line is in the unified log, which only administrators may read; reading it takes seconds of processor
time, so it is asked for once per start and for its first minutes alone.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from agent.collectors.boot_macos import boot_id, started_at
from agent.collectors.happenings import happenings
from agent.collectors.question import Question
from agent.collectors.reading import Collector, Reading, SourceDenied
from agent.collectors.reports_macos import Reports
from agent.records.macos_boots import CAUSE_LINE, records_of
from agent.records.model import Record

EVERY = 60.0

OSCRASH = frozenset({"oscrash"})
SETTLED = 180.0  # seconds after the start; by then a panic has its report
RETRY = 6 * 3600.0  # seconds until a log that was refused is asked for again
REFUSED = "The log of the system does not show this account why the last run ended."
BEFORE, AFTER = 60.0, 300.0  # seconds around the start in which the line is looked for


def question(started: float) -> list[str]:
    """`log show` (log(1)) for the first minutes of a start, in local time as it wants it."""
    begin, end = (f"{datetime.fromtimestamp(started + s):%F %T}" for s in (-BEFORE, AFTER))
    predicate = 'eventMessage BEGINSWITH "Previous shutdown cause"'
    log = ["/usr/bin/log", "show", "--style", "syslog", "--start", begin, "--end", end]
    return [*log, "--predicate", predicate]


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
        self._refused_at: float | None = None

    def collect(self, now: float, cursor: str | None) -> Reading:
        boot = self._boot_id()
        if cursor is None:
            return Reading(cursor=json.dumps([boot, self._reports.after(None)[1]]))
        judged, seen = json.loads(cursor)
        started = self._started_at()
        if judged == boot or 0 <= now - started < SETTLED:
            return Reading()
        causes = self._causes(started, now)
        if causes is None:
            return Reading()
        records, seen = self._reports.after(seen)
        panics = [record for record in records if record.signal == "oscrash"]
        return Reading(events=happenings(panics or causes, OSCRASH, now), cursor=json.dumps([boot, seen]))

    def _causes(self, started: float, now: float) -> list[Record] | None:
        """The end of the last run, if it was none by shutdown; None while the log is being read."""
        if self._refused_at is not None and 0 <= now - self._refused_at < RETRY:
            raise SourceDenied(REFUSED)
        self._question = self._question or self._ask(question(started))
        try:
            text = self._question.answer()
        except OSError:
            text = ""
        if text is None:
            return None
        self._question = None
        lines = [line for line in text.splitlines() if CAUSE_LINE.search(line)]
        if not lines:
            self._refused_at = now
            raise SourceDenied(REFUSED)
        return list(records_of(lines[-1:]))


def collector() -> Collector:
    crashes = SystemCrashes(Reports(people=None))
    return Collector("oscrash", ("oscrash",), EVERY, crashes.collect)

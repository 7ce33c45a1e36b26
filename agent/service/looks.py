"""One look at one source: due when, contained, timed, and what it says about the source's coverage."""

import math
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from agent.notices import notice_once
from agent.reading import Collector, Reading, SourceAbsent, SourceDenied
from agent.service.own_cost import own_cpu_seconds
from agent.signals import COVERED
from agent.store.observations import NOT_BUILT, SourceState

LOOK_SECONDS = 10.0
"""A collector that takes longer is interrupted."""
RETRY_UNREADABLE = 120.0
"""Seconds until a source that was denied or absent is tried again, where it is not due later anyway."""
PATIENCE = 3
"""Failures in a row after which a source is tried less and less often."""
LONGEST_BACK_OFF = 3600.0
NOT_NOW = math.inf
NEVER_LOOKED = 0.0
"""When a source is due that was not looked at yet."""
OK = SourceState("ok")
BEST_FIRST = ("ok", "gap", "denied", "absent")


class TookTooLong(BaseException):
    """A collector did not come back in time. No Exception, so that no collector keeps it for itself."""


class Watch:
    """A collector and when it is due, on the clock that counts for it (agent/service/pace.py).

    `stretch` makes its interval longer, NOT_NOW endless; `state` is what is told about its source.
    """

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.due = NEVER_LOOKED
        self.stretch = 1.0
        self.spent = 0.0
        """Processor seconds its looks took so far."""
        self._found = OK
        self._resting: SourceState | None = None
        self._failures = 0
        self._comes_back = False

    @property
    def state(self) -> SourceState:
        """As the last look found it, or why there is none; what cannot be read stays so meanwhile."""
        return self._resting if self._resting and self._found.state in ("ok", "gap") else self._found

    def keep_pace(self, stretch: float, now: float, why: str = "") -> None:
        """Look less often from now on, or at the usual pace again. `why` marks the source with a gap."""
        self._resting = SourceState("gap", why) if why else None
        if stretch != self.stretch:
            self.stretch = stretch
            if self.due > now and stretch != NOT_NOW:
                self._set_due(now)

    def look(self, laptop_time: float, now: float, cursor: str | None) -> Reading:
        """What the source gave; nothing, and the reason in `state`, where it gave nothing."""
        reading = Reading()
        self._comes_back = False
        began = own_cpu_seconds()
        try:
            with _time_limit():
                reading = self.collector.collect(laptop_time, cursor)
            self._found = _judge(self.collector.name, reading)
        except SourceDenied as error:
            self._found = SourceState("denied", str(error), error.grant)
        except SourceAbsent as error:
            self._found = SourceState("absent", str(error), error.grant)
            self._comes_back = error.comes_back
        except TookTooLong:
            self._found = SourceState(
                "gap", f"{self.collector.name}: took longer than {LOOK_SECONDS:.0f} s and was interrupted."
            )
        except Exception as error:
            self._found = SourceState("gap", f"{self.collector.name}: failed ({error!r:.200}).")
        self.spent += own_cpu_seconds() - began
        failed = self._found.state == "gap"
        self._failures = self._failures + 1 if failed else 0
        if failed:
            notice_once(self.collector.name, self._found.sentence)
        self._set_due(now)
        return reading

    def leave_alone(self, now: float, sentence: str) -> None:
        """Do not look for a while: the last look did not come back."""
        self._found, self._failures = SourceState("gap", sentence), PATIENCE
        self.due = now + LONGEST_BACK_OFF

    def _set_due(self, now: float) -> None:
        """The next multiple of the interval, so that sources wake the laptop together."""
        every = self.collector.every * (1.0 if self.stretch == NOT_NOW else self.stretch)
        if self._found.state in ("denied", "absent") and not self._comes_back:
            every = max(every, RETRY_UNREADABLE)
        if self._failures >= PATIENCE:
            doubled = min(self._failures - PATIENCE + 1, 10)
            every = max(every, min(every * 2**doubled, LONGEST_BACK_OFF))
        self.due = (now // every + 1) * every


def states_of(watches: Iterable[Watch]) -> dict[str, SourceState]:
    """The state of each covered source: the best of the collectors that feed it."""
    found = dict.fromkeys(COVERED, NOT_BUILT)
    for watch in watches:
        for source in watch.collector.covers:
            known = found[source]
            better = BEST_FIRST.index(watch.state.state) < BEST_FIRST.index(known.state)
            if known is NOT_BUILT or better:
                found[source] = watch.state
    return found


def _judge(name: str, reading: Reading) -> SourceState:
    wrong = [sample.name for sample in reading.samples if not math.isfinite(sample.value)]
    if wrong:
        return SourceState("gap", f"{name}: gave something for {wrong[0]} that is no number.")
    return OK


@contextmanager
def _time_limit() -> Iterator[None]:
    """Interrupt what takes too long; where the system has no interval timer there is no limit."""
    if sys.platform == "win32":
        yield
        return
    before = signal.signal(signal.SIGALRM, _interrupt)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise TookTooLong

"""One look at one source: due when, contained, timed, and what it says about the source's coverage."""

import math
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from agent.collectors.reading import Collector, Reading, SourceAbsent, SourceDenied
from agent.notices import notice_once
from agent.observations import NOT_BUILT, SourceState
from agent.signals import COVERED

LOOK_SECONDS = 10.0
"""A collector that takes longer is interrupted."""
RETRY_UNREADABLE = 120.0
"""Seconds until a source that was denied or absent is tried again, where it is not due later anyway."""
OK = SourceState("ok")
BEST_FIRST = ("ok", "gap", "denied", "absent")


class TookTooLong(BaseException):
    """A collector did not come back in time. No Exception, so that no collector keeps it for itself."""


class Watch:
    """A collector and when it is due, on the clock of elapsed seconds."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.due = 0.0
        self.state = OK

    def look(self, laptop_time: float, elapsed: float, cursor: str | None) -> Reading:
        """What the source gave; nothing, and the reason in `state`, where it gave nothing."""
        reading = Reading()
        try:
            with _time_limit():
                reading = self.collector.collect(laptop_time, cursor)
            self.state = _judge(self.collector.name, reading)
        except SourceDenied as error:
            self.state = SourceState("denied", str(error), error.grant)
        except SourceAbsent as error:
            self.state = SourceState("absent", str(error), error.grant)
        except TookTooLong:
            self.state = SourceState(
                "gap", f"{self.collector.name}: took longer than {LOOK_SECONDS:.0f} s and was interrupted."
            )
        except Exception as error:
            self.state = SourceState("gap", f"{self.collector.name}: failed ({error!r:.200}).")
        if self.state.state == "gap":
            notice_once(self.collector.name, self.state.sentence)
        self._set_due(elapsed)
        return reading

    def _set_due(self, elapsed: float) -> None:
        """The next multiple of the interval, so that sources wake the laptop together."""
        every = self.collector.every
        if self.state.state in ("denied", "absent"):
            every = max(every, RETRY_UNREADABLE)
        self.due = (elapsed // every + 1) * every


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

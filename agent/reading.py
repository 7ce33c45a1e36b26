"""What a collector is, what it returns, and how it says that it may not or cannot look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from agent.signals import Sample
from agent.store.app_time import AppTime
from agent.store.busy_processes import BusyProcess
from agent.store.service_checks import ServiceCheck


class SourceDenied(Exception):
    """The source exists and this account may not read it. `grant` is the command that would change that."""

    def __init__(self, sentence: str, grant: str = "") -> None:
        super().__init__(sentence)
        self.grant = grant


class SourceAbsent(Exception):
    """This machine has no such source. `grant` is the command that would install or enable one, if any;
    `comes_back` says that it may be there again at any look, so that looks go on at the usual pace.
    """

    def __init__(self, sentence: str, grant: str = "", comes_back: bool = False) -> None:
        super().__init__(sentence)
        self.grant, self.comes_back = grant, comes_back


@dataclass(frozen=True, slots=True)
class Happening:
    """One event with its exact time, which stays on the laptop; what is sent has the hour at most."""

    kind: str
    at: datetime
    app: str = ""
    version: str = ""
    value: float | None = None
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one look at one source gave.

    `cursor` is kept in the same transaction as the samples and events, so that a kill at any moment
    neither loses nor doubles one. None leaves the stored cursor as it is.
    """

    samples: Sequence[Sample] = ()
    events: Sequence[Happening] = ()
    cursor: str | None = None
    apps: Sequence[AppTime] = ()
    services: Sequence[ServiceCheck] = ()
    busiest: Sequence[BusyProcess] = ()


class When(Enum):
    """In which minutes a source is looked at. `Collector.every` counts only these."""

    ALWAYS = "always"
    ACTIVE = "active"
    """While somebody is at work, by what was last known of it; unknown counts as at work."""
    PRESSED = "pressed"
    """Right after a minute in which work waited for processor, memory or disk, or after a hang."""


class Effort(Enum):
    """What a look costs, and so how it goes on battery (agent/service/pace.py)."""

    WAITS = "waits"
    """Nearly nothing while nothing happened: a cursor in a record that the system keeps."""
    LOOKS = "looks"
    """Counters are read."""
    SCANS = "scans"
    """Programs are started, or all processes gone through."""


@dataclass(frozen=True, slots=True)
class Collector:
    """One source: which coverage entries it feeds, how often it is read, and how.

    `collect(now, cursor)` gets the time as seconds since 1970 and the cursor of the last look (None at
    the first). It raises `SourceDenied` or `SourceAbsent` when the source cannot be read. What it says of
    a minute (`active_s`, a flag for pressure) stands for the time since its last look, at most two minutes.
    """

    name: str
    covers: tuple[str, ...]
    every: float
    collect: Callable[[float, str | None], Reading]
    when: When = When.ALWAYS
    effort: Effort = Effort.LOOKS

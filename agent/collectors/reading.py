"""What a collector is, what it returns, and how it says that it may not or cannot look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from agent.app_time import AppTime
from agent.busy_processes import BusyProcess
from agent.service_checks import ServiceCheck
from agent.signals import Sample


class SourceDenied(Exception):
    """The source exists and this account may not read it. `grant` is the command that would change that."""

    def __init__(self, sentence: str, grant: str = "") -> None:
        super().__init__(sentence)
        self.grant = grant


class SourceAbsent(Exception):
    """This machine has no such source. `grant` is the command that would install or enable one, if any."""

    def __init__(self, sentence: str, grant: str = "") -> None:
        super().__init__(sentence)
        self.grant = grant


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


@dataclass(frozen=True, slots=True)
class Collector:
    """One source: which coverage entries it feeds, how often it is read, and how.

    `collect(now, cursor)` gets the time as seconds since 1970 and the cursor of the last look (None at
    the first). It raises `SourceDenied` or `SourceAbsent` when the source cannot be read.
    """

    name: str
    covers: tuple[str, ...]
    every: float
    collect: Callable[[float, str | None], Reading]

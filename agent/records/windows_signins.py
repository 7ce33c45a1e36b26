"""How long signing in to Windows took. No event holds it: it is put together from the phases that are logged.

authentication: Winlogon 1 to 2; profile: User Profiles Service 1 to 2; policy: GroupPolicy 4001 to 8001 of
one activity. Authentication alone is no sign-in, an unlocked screen has it too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.records.model import DetailValue, Record
from agent.records.windows_event import Event

LONGEST_PAUSE_S = 60.0  # between two phases of one sign-in
LONGEST_SIGNIN_S = 1800.0

WINLOGON = "Microsoft-Windows-Winlogon"
PROFILES = "Microsoft-Windows-User Profiles Service"
POLICY = "Microsoft-Windows-GroupPolicy"
EVENTS = frozenset(
    {(WINLOGON, 1), (WINLOGON, 2), (PROFILES, 1), (PROFILES, 2), (POLICY, 4001), (POLICY, 8001)}
)

_PHASES = ("authentication", "profile", "policy")


@dataclass(frozen=True, slots=True)
class Phase:
    name: str
    host: str
    start: datetime
    end: datetime

    @property
    def length_s(self) -> float:
        return (self.end - self.start).total_seconds()


def phases(events: Iterable[Event]) -> Iterator[Phase]:
    """The finished phases in one log, its events in the order of their ids."""
    begun: dict[tuple[str, str], datetime] = {}
    for event in events:
        if (event.provider, event.id) not in EVENTS or event.time is None:
            continue
        name, mark = _phase(event)
        if event.id in {1, 4001}:
            begun[name, mark] = event.time
            continue
        start = begun.pop((name, mark), None)
        if start is None and name == "policy":
            start = event.time - timedelta(seconds=event.number("PolicyElaspedTimeInSeconds") or 0)
        if start is not None and 0 <= (event.time - start).total_seconds() <= LONGEST_SIGNIN_S:
            yield Phase(name, event.host, start, event.time)


def _phase(event: Event) -> tuple[str, str]:
    if event.provider == PROFILES:
        return "profile", event.get("Session")
    if event.provider == POLICY:
        return "policy", event.activity
    return "authentication", ""


def signins(found: Iterable[Phase]) -> list[Record]:
    """Sign-ins from the phases of all logs of the call: from the first begin to the last end, in seconds.

    `detail` names the phases that were there: one log alone tells a part only.
    """
    groups: list[list[Phase]] = []
    for phase in sorted(found, key=lambda p: (p.host, p.start)):
        if groups and _continues(groups[-1], phase):
            groups[-1].append(phase)
        else:
            groups.append([phase])
    return [_record(group) for group in groups if any(p.name != "authentication" for p in group)]


def _continues(group: list[Phase], phase: Phase) -> bool:
    last = group[-1]
    pause = (phase.start - max(p.end for p in group)).total_seconds()
    later = _PHASES.index(phase.name) > _PHASES.index(last.name)
    return phase.host == last.host and later and pause <= LONGEST_PAUSE_S


def _record(group: list[Phase]) -> Record:
    start, end = group[0].start, max(p.end for p in group)
    detail: dict[str, DetailValue] = {f"{p.name}_s": p.length_s for p in group}
    value = (end - start).total_seconds()
    key = f"signin:{group[0].host}:{start}"
    return Record("signin", start, value=value, unit="s", detail=detail, key=key)

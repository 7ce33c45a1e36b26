"""From the password to a usable desktop, put together from the phases that Windows logs: authentication,
profile and policy, each in a channel of its own. What an application does at sign-in is in none of them.
"""

from agent.collectors.eventlog_windows import EventLog
from agent.collectors.events_windows import Names, after_each, settled
from agent.reading import Collector, Effort, Reading
from agent.records import windows_signins
from agent.records.windows_event import Event
from agent.signals import Sample

EVERY = 60.0

FASTEST, SLOWEST = 0.5, 1800.0  # seconds (docs/scoring.md 3)

CHANNELS = {
    "Microsoft-Windows-Winlogon/Operational": windows_signins.WINLOGON,
    "Microsoft-Windows-User Profile Service/Operational": windows_signins.PROFILES,
    "Microsoft-Windows-GroupPolicy/Operational": windows_signins.POLICY,
}


def _names(provider: str) -> Names:
    return frozenset(name for name in windows_signins.EVENTS if name[0] == provider)


WANTED = {channel: _names(provider) for channel, provider in CHANNELS.items()}


class SignIns:
    """The cursor is the marks in the three channels. A sign-in counts once all of its phases can be there."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def collect(self, now: float, cursor: str | None) -> Reading:
        found, following = after_each(self._log, cursor, WANTED)
        if not all(settled(events, now) for events in found.values()):
            return Reading()
        return Reading(samples_of(list(found.values())), cursor=following)


def samples_of(channels: list[list[Event]]) -> list[Sample]:
    phases = [phase for events in channels for phase in windows_signins.phases(events)]
    samples = []
    for record in windows_signins.signins(phases):
        at = record.time.timestamp() if record.time else None
        samples.append(Sample("signin", 1.0, at))
        if record.value is not None and FASTEST <= record.value <= SLOWEST:
            samples.append(Sample("signin_s", record.value, at))
    return samples


def collector(log: EventLog) -> Collector:
    return Collector("signin", ("signin",), EVERY, SignIns(log).collect, effort=Effort.WAITS)

"""What the owner of a laptop is told about each source, and what brings one that cannot be read: shown by
`dex-agent doctor` and on My laptop, by the system of the laptop.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remedy:
    """Of one source on one system. A command grants or brings what is missing; it is empty where nothing on
    the laptop would help.
    """

    denied: str = "The agent may not read it."
    command_if_denied: str = ""
    absent: str = "This laptop has no such source."
    command_if_absent: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """A source in words."""

    name: str
    linux: Remedy
    windows: Remedy
    macos: Remedy

    def on(self, system: str) -> Remedy:
        """By the names of the fact `os`; of a laptop that does not say it, what holds on each."""
        known = {"linux": self.linux, "windows": self.windows, "macos": self.macos}
        return known.get(system, Remedy())


def _alike(name: str, absent: str = "This laptop has no such source.") -> Advice:
    """What needs no permission on any system."""
    remedy = Remedy(absent=absent)
    return Advice(name, remedy, remedy, remedy)


_JOURNAL = "The agent may not read the system's journal."
_JOIN_JOURNAL = "sudo usermod --append --groups systemd-journal $USER"
_NO_JOURNAL = "This laptop keeps no journal of the system."
_NOTHING_TELLS = "Nothing in this desktop session tells it."
_NOTHING_SAYS_READY = "Nothing here says when a desktop is ready for work."
_NOTHING_RECORDS = "Nothing on this laptop records crashes."

_EVENT_LOG = "The agent may not read the event log of Windows."
_JOIN_EVENT_LOG = "powershell Add-LocalGroupMember -SID S-1-5-32-573 -Member $env:USERNAME"
_NO_EVENT_LOG = "The event log of Windows that tells of it is switched off or not there."
_MEASURED_STARTS = "wevtutil sl Microsoft-Windows-Diagnostics-Performance/Operational /e:true"
_NO_COUNTERS = "The performance counters of Windows cannot be read."
MEND_COUNTERS = "lodctr /R"
SEARCH_ON_WINDOWS = 'powershell "(New-Object -ComObject Microsoft.Update.AutoUpdate).DetectNow()"'

_REPORTS = "The agent may not read the reports of crashes: that takes root."
SEARCH_ON_MACOS = "sudo softwareupdate --list"

_OF_EVENT_LOG = Remedy(_EVENT_LOG, _JOIN_EVENT_LOG, _NO_EVENT_LOG)
_OF_COUNTERS = Remedy(absent=_NO_COUNTERS, command_if_absent=MEND_COUNTERS)
_OF_REPORTS = Remedy(_REPORTS, absent=_NOTHING_RECORDS)

ADVICE: Mapping[str, Advice] = {
    "boot": Advice(
        "Starts of the laptop",
        Remedy(_JOURNAL, _JOIN_JOURNAL, _NO_JOURNAL),
        Remedy(_EVENT_LOG, _JOIN_EVENT_LOG, _NO_EVENT_LOG, _MEASURED_STARTS),
        Remedy(absent="macOS does not say how long a start took."),
    ),
    "signin": Advice(
        "Sign-ins",
        Remedy(_JOURNAL, _JOIN_JOURNAL, _NOTHING_SAYS_READY),
        _OF_EVENT_LOG,
        Remedy(absent=_NOTHING_SAYS_READY),
    ),
    "crash": Advice(
        "Crashes of applications",
        Remedy(_JOURNAL, _JOIN_JOURNAL, _NOTHING_RECORDS, "sudo apt install systemd-coredump"),
        _OF_EVENT_LOG,
        _OF_REPORTS,
    ),
    "hang": Advice(
        "Applications that stop answering", Remedy(absent=_NOTHING_TELLS), _OF_EVENT_LOG, _OF_REPORTS
    ),
    "oscrash": Advice(
        "Stops of the system without a shutdown",
        Remedy(_JOURNAL, _JOIN_JOURNAL, _NO_JOURNAL),
        _OF_EVENT_LOG,
        Remedy(_REPORTS, absent="The login records of this Mac do not say how its last run ended."),
    ),
    "active": _alike("Active use", "No session of a person could be seen."),
    "cpu": _alike("Waiting for the processor", "The kernel does not say when work waits."),
    "memory": Advice(
        "Shortage of memory",
        Remedy(absent="The kernel does not say when memory is short."),
        _OF_COUNTERS,
        Remedy(absent="The kernel does not say when memory is short."),
    ),
    "disk": Advice(
        "Waiting for the disk",
        Remedy(absent="The system disk does not say how busy it is."),
        _OF_COUNTERS,
        Remedy(absent="The system disk does not say how busy it is."),
    ),
    "network": _alike("Answers of the network", "There is no reference to ask."),
    "wifi": _alike("Wi-Fi signal", "This laptop has no Wi-Fi that tells its signal."),
    "battery": _alike("Health of the battery", "This machine has no battery."),
    "space": _alike("Free room on the system disk"),
    "patch": Advice(
        "Age of missing security updates",
        Remedy(absent="The package manager of this laptop is not one we can ask."),
        Remedy(
            absent="Windows has not searched for updates for a week, or does not say which are missing.",
            command_if_absent=SEARCH_ON_WINDOWS,
        ),
        Remedy(absent="This Mac has not searched for updates for a week.", command_if_absent=SEARCH_ON_MACOS),
    ),
    "apps": _alike("Applications in front", _NOTHING_TELLS),
    "services": _alike("Business services", "Your company has listed no services."),
}
"""By the names of `signals.COVERED`."""


def sentences() -> list[str]:
    """All texts for people, each once, for translators. Commands are the same in every language."""
    found: dict[str, None] = {}
    for advice in ADVICE.values():
        remedies = (advice.linux, advice.windows, advice.macos)
        texts = [text for remedy in remedies for text in (remedy.denied, remedy.absent)]
        found |= dict.fromkeys([advice.name, *texts])
    return list(found)

"""A crash report of apport (Ubuntu): `/var/crash/*.crash`, a control file of "Key: value" lines."""

from collections.abc import Iterable, Mapping

from agent.records import times
from agent.records.model import Record

WANTED = frozenset({"ProblemType", "Date", "ExecutablePath", "Package", "Signal", "SignalName"})
CORE = "CoreDump"  # a base64 core follows, as long as the program was large: nothing is read from here on


def fields(lines: Iterable[str]) -> dict[str, str]:
    """The wanted keys. Keys with values of many lines (command line, environment, maps) are passed over."""
    found: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if key == CORE:
            break
        if colon and key in WANTED:
            found.setdefault(key, value.strip())
    return found


def record_of(report: Mapping[str, str]) -> Record | None:
    """A crash; None for apport's other reports (kernel oops, package, bug).

    Apport writes the local time of the machine and no zone. The package's version stands for the
    application's.
    """
    if report.get("ProblemType") != "Crash":
        return None
    when = times.asctime(report.get("Date", ""))
    path = report.get("ExecutablePath", "")
    name = report.get("SignalName") or signal_name(report.get("Signal", ""))
    return Record(
        "crash",
        when,
        app=path,
        version=report.get("Package", "").partition(" ")[2].partition(" ")[0],
        detail={"signal": name},
        key=f"apport:{path}:{when}" if when else "",  # the file comes back for each user
    )


def signal_name(number: str) -> str:
    """The name of a Linux signal (signal(7), x86 and arm): the report may come from another system."""
    return _LINUX_SIGNALS.get(number.strip(), "")


_LINUX_SIGNALS = {
    "3": "SIGQUIT",
    "4": "SIGILL",
    "5": "SIGTRAP",
    "6": "SIGABRT",
    "7": "SIGBUS",
    "8": "SIGFPE",
    "11": "SIGSEGV",
    "31": "SIGSYS",
}

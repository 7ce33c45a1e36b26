"""What one Windows event says by itself. What only several say together is in `windows_incidents` (a system
that went down) and `windows_signins`.

An event is known by its provider and its id, never by the id alone (Winlogon has a 1002 too) and never by
its text, which is localised. Fields: the events' manifests; positions: recorded logs of Windows 7 to 10.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from agent.records import times
from agent.records.model import DetailValue, Record, seconds
from agent.records.windows_event import Event

LONGEST_BOOT_S = 3600.0
LONGEST_SHUTDOWN_S = 3600.0  # a clock that is set meanwhile gives days

# Event names of Windows Error Reporting that mean an application failed. All others (updates, drivers,
# leaks, telemetry) are no failure of an application: they are most of what a log holds.
WER_CRASHES = frozenset(
    {"appcrash", "bex", "bex64", "clr20r3", "moappcrash", "mobex", "mobex64", "inpageerror", "inpagecofire"}
)
WER_HANGS = frozenset(
    {"apphangb1", "apphangxprocb1", "apphangtransient", "moapphang", "moapphangb1", "moapphangxproc"}
)
WER_STOP_ERROR = "bluescreen"
WER_STOP_ECHO_S = 86400.0  # the report of a stop error may be written hours after the restart

WINDOWS = "windows"  # the group of all incidents: a Report.wer does not tell its computer

# Update client titles are localised; the numbers and the names of products are not.
_KB = re.compile(r"\bKB\d{6,8}\b", re.IGNORECASE)
_FEATURE_UPDATE = re.compile(r"^Feature update to Windows\b|^Windows 1\d, version \d\dH\d", re.IGNORECASE)
_NOT_WINDOWS = re.compile(
    r"Defender|Security Essentials|Endpoint Protection|\bOffice\b|Excel|Outlook|PowerPoint|Microsoft Word"
    r"|Microsoft Access|OneNote|Publisher|\bVisio\b|Microsoft Project|InfoPath|SharePoint|Skype|Lync|Teams"
    r"|SQL Server|Visual Studio|Visual C\+\+|Silverlight|Exchange Server|PowerShell",
    re.IGNORECASE,
)

# "svchost.exe_AppXSvc" is the service AppXSvc inside svchost.exe
_EXECUTABLE = re.compile(r"^(.+?\.exe)_.+$", re.IGNORECASE)
_REPORT_ID = re.compile(r"^[0-9a-fA-F-]{20,40}$")
_NO_REPORT = re.compile(r"^[0-]*$")


def record_of(event: Event) -> Record | None:
    """The record of one event; None for every event that is none of ours."""
    reader = _READERS.get((event.provider, event.id))
    return reader(event) if reader else None


def _application_error(event: Event) -> Record:
    return Record(
        "crash",
        event.time,
        app=executable(event.get("AppName", 0)),
        version=version(event.get("AppVersion", 1)),
        detail={"exception": event.get("ExceptionCode", 6).lower().removeprefix("0x")},
        key=report_key(event.get("IntegratorReportId", 12)) or event_key(event),
    )


def _application_hang(event: Event) -> Record:
    """How long it hung is not told: the event's time of termination is another thing."""
    return Record(
        "hang",
        event.time,
        app=executable(event.get("AppName", 0)),
        version=version(event.get("AppVersion", 1)),
        key=report_key(event.get("ReportId", 6)) or event_key(event),
    )


def _error_report(event: Event) -> Record | None:
    """Windows Error Reporting 1001: up to three for one failure, besides the 1000 or 1002."""
    record = wer_record(event.at(2), [event.at(5 + i) for i in range(10)], report=event.at(19))
    if record is None:
        return None
    return replace(record, time=event.time, key=record.key or event_key(event))


def wer_record(name: str, parameters: Sequence[str], report: str) -> Record | None:
    """What a report of Windows Error Reporting means: the same for event 1001 and for a Report.wer file."""
    kind = name.strip().lower()
    first, second, third = (*parameters, "", "", "")[:3]
    if kind == WER_STOP_ERROR:
        detail: dict[str, DetailValue] = {"cause": "stop_error", "code": stop_code(f"0x{first}")}
        return Record("oscrash", detail=detail, key=report_key(report), group=WINDOWS, echo_s=WER_STOP_ECHO_S)
    if kind not in WER_CRASHES | WER_HANGS:
        return None
    packaged = kind.startswith("mo")  # P1 is the full name of the package, P2 the application in it
    return Record(
        "crash" if kind in WER_CRASHES else "hang",
        app=first.partition("_")[0] if packaged else executable(first),
        version=version(third if packaged else second),
        key=report_key(report),
    )


def _boot(event: Event) -> Record | None:
    """Diagnostics-Performance 100: BootTime is the main path and what follows until the desktop rests.

    Waiting at the sign-in screen is not in it. Begin and end in the same event do not agree with it.
    """
    total = event.number("BootTime")
    if total is None or not 0 < total <= LONGEST_BOOT_S * 1000:
        return None
    detail: dict[str, DetailValue] = {"after_update": event.flag("BootIsRebootAfterInstall")}
    for field, name in _BOOT_PHASES.items():
        if (part := event.number(field)) is not None:
            detail[name] = seconds(part)
    return Record("boot", event.time, value=seconds(total), unit="s", detail=detail, key=event_key(event))


_BOOT_PHASES = {
    "MainPathBootTime": "main_s",
    "BootPostBootTime": "post_boot_s",
    "UserLogonWaitDuration": "logon_wait_s",
}


def _shutdown(event: Event) -> Record | None:
    """Diagnostics-Performance 200, unless the clock was set in between: then nothing was measured."""
    total, kernel = event.number("ShutdownTime"), event.number("ShutdownKernelTime") or 0
    if total is None or not 0 < total <= LONGEST_SHUTDOWN_S * 1000 or kernel > total:
        return None
    detail: dict[str, DetailValue] = {"kernel_s": seconds(kernel)}
    return Record("shutdown", event.time, value=seconds(total), unit="s", detail=detail, key=event_key(event))


def _update(event: Event) -> Record | None:
    """WindowsUpdateClient 19 (installed) and 20 (failed), for Windows itself only."""
    title = event.get("updateTitle", 0)
    if not is_windows_update(title):
        return None
    failed = event.id == 20
    detail: dict[str, DetailValue] = {"result": "failed" if failed else "installed", "title": title}
    if failed:
        detail["code"] = event.get("errorCode").lower()
    return Record("update", event.time, detail=detail, key=event_key(event))


def is_windows_update(title: str) -> bool:
    """Windows itself, told from Store applications (no KB number), virus signatures and other products."""
    if _FEATURE_UPDATE.search(title):
        return True
    return bool(_KB.search(title)) and not _NOT_WINDOWS.search(title)


def _resume(event: Event) -> Record:
    """Power-Troubleshooter 1: how long waking took."""
    wake = event.number("WakeDuration")
    slept, woke = times.utc(event.get("SleepTime")), times.utc(event.get("WakeTime"))
    detail: dict[str, DetailValue] = {}
    if slept and woke and woke >= slept:
        detail["asleep_s"] = (woke - slept).total_seconds()
    value = None if wake is None else seconds(wake)
    return Record("resume", event.time, value=value, unit="s", detail=detail, key=event_key(event))


def executable(name: str) -> str:
    found = _EXECUTABLE.match(name)
    return found[1] if found else name


def version(text: str) -> str:
    return text if any(c in "123456789" for c in text) else ""  # 0.0.0.0 is none


def report_key(report: str) -> str:
    """The identity of a failure in Windows Error Reporting; "" if the event has none."""
    plain = report.strip().strip("{}")
    return f"wer:{plain.lower()}" if _REPORT_ID.match(plain) and not _NO_REPORT.match(plain) else ""


def event_key(event: Event) -> str:
    """The identity of an event: an archived log and the live one may hold the same."""
    return f"event:{event.host}:{event.provider}:{event.id}:{event.record_id}:{event.time}"


def stop_code(text: str) -> str:
    """A stop code as 0x9f, from `0x0000009f (0x3, ...)` or a decimal number."""
    word = text.strip().split(" ")[0][:20]
    try:
        return f"{int(word, 0):#x}"
    except ValueError:
        return ""


_READERS: Mapping[tuple[str, int], Callable[[Event], Record | None]] = {
    ("Application Error", 1000): _application_error,
    ("Application Hang", 1002): _application_hang,
    ("Windows Error Reporting", 1001): _error_report,
    ("Microsoft-Windows-Diagnostics-Performance", 100): _boot,
    ("Microsoft-Windows-Diagnostics-Performance", 200): _shutdown,
    ("Microsoft-Windows-WindowsUpdateClient", 19): _update,
    ("Microsoft-Windows-WindowsUpdateClient", 20): _update,
    ("Microsoft-Windows-Power-Troubleshooter", 1): _resume,
}
PROVIDERS = frozenset(provider for provider, _ in _READERS)

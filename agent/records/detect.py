"""Which kind a file is, by its content: names lie ("*_panic.crash" is an application's crash)."""

import plistlib
import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.parsers.expat import ExpatError

from agent.records import (
    apport,
    apt_history,
    dnf_history,
    dnf_log,
    event_json,
    event_xml,
    evtx_file,
    journal_export,
    journal_file,
    journal_text,
    kernel_log,
    last_text,
    macos_boots,
    macos_panics,
    macos_reports,
    macos_spindump,
    macos_updates,
    pacman_log,
    systemd_analyze,
    wer_report,
    windows_log,
    wtmp,
    zypp_history,
)
from agent.records.errors import Unreadable
from agent.records.findings import Findings
from agent.records.model import Record
from agent.records.source import Source

REPORT_START = 512 * 1024  # characters of a text report in which everything we need stands


@dataclass(frozen=True, slots=True)
class Kind:
    """`matches` looks at the beginning of the file only."""

    name: str
    matches: Callable[[Source, str], bool]
    read: Callable[[Source, Findings], None]


def kind_of(source: Source) -> Kind:
    """The kind of a file; Unreadable if it is none of ours."""
    if not source.head:
        raise Unreadable("it is empty")
    start = source.start()
    for kind in KINDS:
        if kind.matches(source, start):
            return kind
    raise Unreadable("it is of no kind that can be read")


def _magic(*prefixes: bytes) -> Callable[[Source, str], bool]:
    return lambda source, _: source.head.startswith(prefixes)


def _pattern(pattern: "re.Pattern[str]") -> Callable[[Source, str], bool]:
    return lambda _, start: pattern.search(start) is not None


def _text(pattern: str) -> Callable[[Source, str], bool]:
    return _pattern(re.compile(pattern, re.MULTILINE))


def _none(source: Source, into: Findings) -> None:
    """A known kind in which nothing of ours can stand."""


def _report(read: Callable[[str], Record | None]) -> Callable[[Source, Findings], None]:
    def reader(source: Source, into: Findings) -> None:
        _add(into, [read(source.beginning(REPORT_START))])

    return reader


def _lines(read: Callable[[Iterable[str]], Iterable[Record]], mib: int) -> Callable[[Source, Findings], None]:
    return lambda source, into: _add(into, read(source.lines(mib)))


def _named_lines(
    read: Callable[[Iterable[str], str], Iterable[Record]], mib: int
) -> Callable[[Source, Findings], None]:
    return lambda source, into: _add(into, read(source.lines(mib), source.given))


def _add(into: Findings, records: Iterable[Record | None]) -> None:
    for record in records:
        if record is not None:
            into.records.append(record)


def _read_evtx(source: Source, into: Findings) -> None:
    source.at_most(1024)
    windows_log.read(evtx_file.events(source.path), into)


def _read_event_xml(source: Source, into: Findings) -> None:
    windows_log.read(event_xml.events(source.pieces(256)), into)


def _read_event_json(source: Source, into: Findings) -> None:
    windows_log.read(event_json.events(source.lines(256, event_json.LONGEST_LINE)), into)


def _read_journal(source: Source, into: Findings) -> None:
    source.at_most(4096)
    journal_file.read(source.path, source.given, into)


def _read_json_journal(source: Source, into: Findings) -> None:
    _add(into, journal_text.json_records(source.lines(1024, journal_text.LONGEST_JSON)))


def _read_export(source: Source, into: Findings) -> None:
    source.at_most(1024)
    with source.path.open("rb") as file:
        _add(into, journal_export.records_of(file))


def _read_dnf(source: Source, into: Findings) -> None:
    source.at_most(1024)
    _add(into, dnf_history.records_of(source.path))


def _read_wtmp(source: Source, into: Findings) -> None:
    source.at_most(64)
    with source.path.open("rb") as file:
        _add(into, wtmp.records_of(file, source.head, source.given))


def _read_wer(source: Source, into: Findings) -> None:
    _add(into, [wer_report.record_of(source.lines(16))])


def _read_ips(source: Source, into: Findings) -> None:
    _add(into, [macos_reports.ips_record(source.beginning(macos_reports.LONGEST))])


def _read_apport(source: Source, into: Findings) -> None:
    source.at_most(4096)  # reading ends where the core begins
    _add(into, [apport.record_of(apport.fields(source.lines(4096)))])


def _read_plist(source: Source, into: Findings) -> None:
    source.at_most(16)
    try:
        content = plistlib.loads(source.path.read_bytes())
    except _BAD_PLIST as error:
        raise Unreadable("it is a property list but damaged") from error
    if macos_updates.is_history(content):
        _add(into, macos_updates.records_of(content))
    elif not (isinstance(content, dict) and _SOFTWARE_UPDATE & set(content)):
        raise Unreadable("it is a property list, but neither InstallHistory nor com.apple.SoftwareUpdate")


# plistlib lets the errors of its parts through when a file is damaged.
_BAD_PLIST = (
    *(plistlib.InvalidFileException, ExpatError, struct.error),
    *(ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, MemoryError),
)
_SOFTWARE_UPDATE = {
    "LastSuccessfulDate",
    "LastFullSuccessfulDate",
    "RecommendedUpdates",
    "LastUpdatesAvailable",
}

_KERNEL = re.compile(
    r"Kernel panic - not syncing|\]: segfault at [0-9a-f]+ ip|\bKill(?:ed)? process \d+(?: \(.+\)|, UID )"
    r"|invoked oom-killer|^Call Trace:$|^BUG: |^Oops: |INFO: task \S+ blocked for more than"
    rf"|\]: unhandled exception: |^Linux version \d|{kernel_log.STAMP.pattern}|{kernel_log.SYSLOG.pattern}",
    re.MULTILINE,
)

# In this order: what is told by its first bytes, then reports by their heads, then logs by their lines.
KINDS: tuple[Kind, ...] = (
    Kind("Windows event log", _magic(evtx_file.MAGIC), _read_evtx),
    Kind("systemd journal", _magic(journal_file.MAGIC), _read_journal),
    Kind("history of dnf", _magic(dnf_history.MAGIC), _read_dnf),
    Kind("property list", _magic(b"bplist00"), _read_plist),
    Kind(
        "property list", _text(r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE plist[^>]*>\s*)?<plist\b"), _read_plist
    ),
    Kind("login records of macOS", _magic(b"utmpx-1.00\0"), _none),
    Kind("login records of Linux", lambda source, _: wtmp.is_wtmp(source.head), _read_wtmp),
    Kind("Windows Error Reporting", _text(r"\A(?:Version=\d+\n)?EventType=.+\nEventTime=\d+"), _read_wer),
    Kind("Windows battery report", _text(r"schemas\.microsoft\.com/battery/"), _none),
    Kind("Windows events", _text(r"<Event\b[^>]{0,200}>[\s-]*<System>\s*<Provider\b"), _read_event_xml),
    Kind("Windows events in JSON", _pattern(event_json.START), _read_event_json),
    Kind("report of macOS", _text(r"\A\s*\{[^\n]*\"bug_type\"\s*:"), _read_ips),
    Kind("journal in JSON", _pattern(journal_text.JSON_START), _read_json_journal),
    Kind("export of a journal", _magic(*journal_export.BEGINNINGS), _read_export),
    Kind("sample of macOS", _text(r"^Analysis of sampling .+ every "), _none),
    Kind("hang report of macOS", _pattern(macos_spindump.HEAD), _report(macos_spindump.record_of)),
    Kind(
        "crash report of macOS",
        _text(r"^Process: .*\n(?:.*\n){0,60}?(?:Exception Type|Crashed Thread):"),
        _report(macos_reports.crash_text_record),
    ),
    Kind("panic of macOS", _pattern(macos_panics.PANIC_LINE), _report(macos_panics.from_text)),
    Kind("shutdown causes of macOS", _pattern(macos_boots.CAUSE_LINE), _lines(macos_boots.records_of, 64)),
    Kind("reset counter of macOS", _text(r"^Reset count(?:er)?:|^Boot (?:failure count|faults):"), _none),
    Kind("apport report", _text(r"^ProblemType: \w+"), _read_apport),
    Kind(
        "coredumpctl info",
        _pattern(journal_text.COREDUMPCTL),
        _named_lines(journal_text.coredumpctl_records, 64),
    ),
    Kind(
        "coredumpctl list",
        _pattern(journal_text.COREDUMPCTL_LIST),
        _named_lines(journal_text.listed_coredumps, 64),
    ),
    Kind("journal entries", _pattern(journal_text.ENTRY_LINE), _lines(journal_text.records_of, 1024)),
    Kind("history of apt", _text(r"^Start-Date: \d{4}-\d\d-\d\d"), _lines(apt_history.records_of, 64)),
    Kind("log of dnf", _pattern(dnf_log.LINE), _lines(dnf_log.records_of, 64)),
    Kind("history of zypper", _pattern(zypp_history.LINE), _lines(zypp_history.records_of, 64)),
    Kind("log of pacman", _pattern(pacman_log.LINE), _lines(pacman_log.records_of, 64)),
    Kind(
        "systemd-analyze time",
        _text(r"^Startup finished in .+\((?:kernel|userspace)\)"),
        _lines(systemd_analyze.records_of, 1),
    ),
    Kind(
        "systemd-analyze",
        _text(r"^ *(?:\d+min )?[\d.]+m?s \S+\.(?:service|mount|device|socket)$|^└─\S+ @"),
        _none,
    ),
    Kind("UPower", _text(r"^ +native-path: +\S.*\n +(?:vendor|model|serial|power supply):"), _none),
    Kind("kernel log", _pattern(_KERNEL), _named_lines(kernel_log.from_lines, 256)),
    Kind(
        "last",
        _text(r"^\S+ begins (?:[A-Z][a-z]{2} [A-Z][a-z]{2} |\d{4}-)|^reboot +(?:system boot|~) "),
        _named_lines(last_text.records_of, 64),
    ),
)

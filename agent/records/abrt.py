"""A problem directory of ABRT (Fedora, RHEL): one small file per element, `/var/spool/abrt/ccpp-*/`."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from agent.records import times
from agent.records.errors import Unreadable
from agent.records.model import Record
from agent.records.source import first_text

# Elements read; never `cmdline`, `environ`, `open_fds`, `maps`.
ELEMENTS = ("type", "time", "executable", "pkg_version", "pkg_release")
LONGEST_ELEMENT = 4096  # bytes

# What ABRT's analysers call the crash of a program, and what they call one of the kernel.
_PROGRAM = frozenset({"CCpp", "Python", "Python3", "Java", "JavaScript", "Ruby"})
_KERNEL = "vmcore"  # a kernel that died; "Kerneloops" went on


def elements_of(folder: Path) -> dict[str, str]:
    """The elements of a problem directory that are there and can be read."""
    elements = {}
    for name in ELEMENTS:
        with suppress(FileNotFoundError, Unreadable):
            elements[name] = first_text(folder / name, LONGEST_ELEMENT)
    return elements


def record_of(elements: Mapping[str, str]) -> Record | None:
    """A crash of a program, or of the system; None for problems that are neither."""
    kind = elements.get("type", "").strip()
    when = _seconds(elements.get("time", ""))
    if kind == _KERNEL:
        return Record("oscrash", when, detail={"cause": "panic"}, key=f"abrt:vmcore:{when}" if when else "")
    if kind not in _PROGRAM:
        return None
    executable = elements.get("executable", "").strip()
    version = elements.get("pkg_version", "").strip()
    release = elements.get("pkg_release", "").strip()
    return Record(
        "crash",
        when,
        app=executable,
        version=f"{version}-{release}" if version and release else version,
        key=f"abrt:{executable}:{when}" if when else "",
    )


def _seconds(text: str) -> datetime | None:
    digits = text.strip()
    return times.unix_us(f"{digits}000000") if digits.isascii() and digits.isdigit() else None

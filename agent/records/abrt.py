"""A problem directory of ABRT (Fedora, RHEL): one small file per element, `/var/spool/abrt/ccpp-*/`."""

from collections.abc import Mapping
from datetime import datetime

from agent.records import times
from agent.records.model import Record

# Elements read; never `cmdline`, `environ`, `open_fds`, `maps`.
ELEMENTS = ("type", "time", "executable", "pkg_version", "pkg_release")

# What ABRT's analysers call the crash of a program, and what they call one of the kernel.
_PROGRAM = frozenset({"CCpp", "Python", "Python3", "Java", "JavaScript", "Ruby"})
_KERNEL = "vmcore"  # a kernel that died; "Kerneloops" went on


def record_of(elements: Mapping[str, str]) -> Record | None:
    """A crash of a program, or of the system; None for problems that are neither."""
    kind = elements.get("type", "").strip()
    when = _seconds(elements.get("time", ""))
    if kind == _KERNEL:
        return Record("oscrash", when, detail={"cause": "panic"}, key=f"abrt:vmcore:{when}")
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
        key=f"abrt:{executable}:{when}",
    )


def _seconds(text: str) -> datetime | None:
    digits = text.strip()
    return times.unix_us(f"{digits}000000") if digits.isascii() and digits.isdigit() else None

"""What an entry of the systemd journal says. Entries are dicts of the fields asked for, as journalctl and
libsystemd give them; nothing here opens a journal.

Any user can write any field whose name does not begin with an underscore, so a message id proves nothing:
the trusted fields (`_PID`, `_EXE`, `_SYSTEMD_UNIT`, `_TRANSPORT`) decide whether an entry is believed.
Message ids: systemd's catalogue (sd-messages.h); fields: systemd.journal-fields(7), systemd-coredump(8).
"""

import re
from collections.abc import Mapping
from datetime import datetime

from agent.records import times
from agent.records.kernel_log import kernel_record
from agent.records.model import DetailValue, Record, seconds

COREDUMP = "fc2e22bc6ee647b6b90729ab34a250b1"
STARTUP_FINISHED = "b07a249cd024414a82dd00cd181378ff"  # old user managers say it too: believe process 1 only
USER_STARTUP_FINISHED = "eed00a68ffd84e31882105fd973abdd1"  # what process 1 of a container says
JOURNAL_STOPPED = "d93fb3c9c24d451a97cea615ce59c00b"
UNIT_OUT_OF_MEMORY = "fe6faa94e7774663a0da52717891d8ef"
OOMD_KILL = "d989611b15e44c9dbf31e3c81256e4ed"
SLEEP_START = "6bbd95ee977941e497c48be27c254128"
SLEEP_STOP = "8811e6df2a8e40f58a94cea26f8ebf14"

MESSAGE_IDS = (
    *(COREDUMP, STARTUP_FINISHED, USER_STARTUP_FINISHED, JOURNAL_STOPPED),
    *(UNIT_OUT_OF_MEMORY, OOMD_KILL, SLEEP_START, SLEEP_STOP),
)

# Ask for these and nothing else: a whole coredump entry holds command line, environment and open files.
FIELDS = (
    *("MESSAGE_ID", "MESSAGE", "UNIT", "USER_UNIT"),
    *("FIRMWARE_USEC", "LOADER_USEC", "KERNEL_USEC", "INITRD_USEC", "USERSPACE_USEC"),
    *("COREDUMP_PID", "COREDUMP_SIGNAL", "COREDUMP_SIGNAL_NAME", "COREDUMP_TIMESTAMP"),
    *("COREDUMP_COMM", "COREDUMP_EXE", "COREDUMP_PACKAGE_VERSION"),
    *("_BOOT_ID", "_PID", "_EXE", "_SYSTEMD_UNIT", "_TRANSPORT", "_SOURCE_REALTIME_TIMESTAMP"),
)

ECHO_S = 10.0  # the kernel's line about an OOM kill and systemd's about its unit are this close
SIGQUIT = "3"  # the only core-dumping signal that people send on purpose

Entry = Mapping[str, object]

_SLEEP_UNITS = re.compile(r"^systemd-(suspend|hibernate|hybrid-sleep|suspend-then-hibernate)\.service$")
_PHASES = ("FIRMWARE", "LOADER", "KERNEL", "INITRD", "USERSPACE")
# systemd.unit names of desktop applications: app-[<launcher>-]<application id>-<random>.scope
_APP_UNIT = re.compile(
    r"^app-(?:(?:gnome|kde|flatpak|snap|dbus[^-]*)-)?(.+?)(?:[-@][0-9a-f]+)?\.(?:scope|service)$"
)


def record_of(entry: Entry) -> Record | None:
    """The record of one entry, whatever it is about; None for everything that is none of ours."""
    if text(entry, "_TRANSPORT") == "kernel":
        return kernel_record(text(entry, "MESSAGE"), moment(entry), text(entry, "_BOOT_ID"))
    reader = _READERS.get(text(entry, "MESSAGE_ID"))
    return reader(entry) if reader else None


def coredump(entry: Entry, *, trusted: bool = True) -> Record | None:
    """A program that dumped core. trusted=False believes a listing from which `_EXE` was left out."""
    if trusted and not _by_coredump_handler(entry):
        return None
    if text(entry, "COREDUMP_SIGNAL") == SIGQUIT:
        return None
    boot = text(entry, "_BOOT_ID")
    return Record(
        "crash",
        times.unix_us(text(entry, "COREDUMP_TIMESTAMP")) or moment(entry),
        app=text(entry, "COREDUMP_EXE") or text(entry, "COREDUMP_COMM"),
        version=text(entry, "COREDUMP_PACKAGE_VERSION"),
        detail={"signal": text(entry, "COREDUMP_SIGNAL_NAME")},
        key=f"core:{boot}:{text(entry, 'COREDUMP_PID')}",
    )


def startup_finished(entry: Entry) -> Record | None:
    """A boot and how long it took: firmware to the end of user space, in seconds."""
    if text(entry, "_PID") != "1":
        return None
    phases = {name: number(entry, f"{name}_USEC") for name in _PHASES}
    measured = {name: us for name, us in phases.items() if us is not None}
    if not measured:
        return None
    detail: dict[str, DetailValue] = {
        f"{name.lower()}_s": seconds(us / 1000) for name, us in measured.items()
    }
    boot = text(entry, "_BOOT_ID")
    value = seconds(sum(measured.values()) / 1000)
    return Record("boot", moment(entry), value=value, unit="s", detail=detail, key=f"boot:{boot}")


def out_of_memory(entry: Entry) -> Record | None:
    """A unit that lost a process for want of memory, told by systemd."""
    if text(entry, "_PID") != "1" and not text(entry, "_EXE").endswith("/systemd"):
        return None
    by_oomd = text(entry, "MESSAGE_ID") == OOMD_KILL
    return Record(
        "oom",
        moment(entry),
        app=application_of(text(entry, "USER_UNIT") or text(entry, "UNIT")),
        detail={"killer": "systemd-oomd" if by_oomd else "kernel"},
        group=text(entry, "_BOOT_ID"),
        echo_s=ECHO_S,
    )


def resume(entry: Entry, asleep_since: datetime | None = None) -> Record | None:
    """The end of a suspend; with its begin also how long the machine slept."""
    by_unit = _SLEEP_UNITS.match(text(entry, "_SYSTEMD_UNIT"))
    if not by_unit and not text(entry, "_EXE").endswith("/systemd-sleep"):
        return None
    woke = moment(entry)
    asleep: dict[str, DetailValue] = {}
    if woke and asleep_since and woke >= asleep_since:
        asleep = {"asleep_s": (woke - asleep_since).total_seconds()}
    boot = text(entry, "_BOOT_ID")
    return Record("resume", woke, detail=asleep, key=f"resume:{boot}:{woke}", group=boot)


def unclean_end(boot: str, last_seen: datetime | None) -> Record:
    """A boot that ended without a shutdown: a panic that was logged in the same boot explains it."""
    return Record(
        "oscrash",
        last_seen,
        detail={"cause": "unknown"},
        key=f"unclean:{boot}",
        group=boot,
        echo_s=float("inf"),
    )


def application_of(unit: str) -> str:
    """The application of a unit name: `app-gnome-firefox-552136.scope` is firefox."""
    plain = re.sub(r"\\x([0-9a-f]{2})", lambda m: chr(int(m[1], 16)), unit)
    if found := _APP_UNIT.match(plain):
        return found[1]
    return re.sub(r"(@[^.]*)?\.(service|scope|slice)$", "", plain)


def text(entry: Entry, name: str) -> str:
    """A field as text. journalctl gives a list where a field is binary (numbers) or repeated (texts)."""
    value = entry.get(name)
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, list) and value:
        if isinstance(value[0], str):
            return value[0]
        if all(isinstance(b, int) and 0 <= b < 256 for b in value):
            return bytes(value).decode("utf-8", "replace")
    return ""


def number(entry: Entry, name: str) -> int | None:
    value = text(entry, name)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def moment(entry: Entry) -> datetime | None:
    """When the entry was written: the sender's clock where it is known, else the journal's."""
    source = text(entry, "_SOURCE_REALTIME_TIMESTAMP")
    return times.unix_us(source or text(entry, "__REALTIME_TIMESTAMP"))


def _by_coredump_handler(entry: Entry) -> bool:
    unit = text(entry, "_SYSTEMD_UNIT")
    return text(entry, "_EXE").endswith("/systemd-coredump") or unit.startswith("systemd-coredump@")


_READERS = {
    COREDUMP: coredump,
    STARTUP_FINISHED: startup_finished,
    USER_STARTUP_FINISHED: startup_finished,
    UNIT_OUT_OF_MEMORY: out_of_memory,
    OOMD_KILL: out_of_memory,
    SLEEP_STOP: resume,
}

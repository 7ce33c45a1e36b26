"""What a line of the Linux kernel's log says: a program that died of a trap, an OOM kill, a panic.

The wording is the kernel's own and has changed over the years; patterns were compared with lines of kernels
3.10 to 6.x (arch/x86/mm/fault.c, arch/x86/kernel/traps.c, arch/arm64/kernel/traps.c, mm/oom_kill.c,
kernel/panic.c).
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from agent.records import times
from agent.records.model import Record

# "name[123]: segfault at ..." (x86), "traps: name[123] trap invalid opcode ..." (x86),
# "name[123]: unhandled level 3 translation fault (11) at ..." (arm64)
_TRAP = re.compile(
    r"^(?:traps: )?(?P<comm>.{1,64}?)\[(?P<pid>\d{1,10})\]:? "
    r"(?P<what>segfault|general protection(?: fault)?|trap [a-z0-9 ]{1,30}?|unhandled [^(]{1,60}\(\d+\)) "
    r"?(?:at|ip|rip|error)\b"
)
_SIGNALS = (
    ("invalid opcode", "SIGILL"),
    ("divide", "SIGFPE"),
    ("int3", "SIGTRAP"),
    ("(4)", "SIGILL"),
    ("(7)", "SIGBUS"),
)
# Older kernels first say whom they chose ("Kill process 7 (a) score 9 or sacrifice child") and may then kill
# a child instead; every kernel says whom it killed.
_OOM = re.compile(r"\bKilled process (?P<pid>\d{1,10}) \((?P<comm>.{1,64}?)\)(?=[, ]|$)")
# The kernel names the thread that died, a core dump the process, so the two share no number; a trap line
# is therefore a hint, which a crash report of about the same moment explains.
ECHO_S = 5.0

_PANIC = re.compile(r"^Kernel panic - not syncing")

_SYSLOG = re.compile(
    r"^(?:<\d{1,3}>)?(?P<when>\d{4}-\d\d-\d\dT\S{8,30}|[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d) "
    r"\S{1,255} (?P<ident>[^\s:\[]{1,64})(?:\[\d+\])?: "
)
_STAMPS = re.compile(
    r"^(?:<\d{1,3}>)?(?:\[(?P<when>[ \d.]{6,20}|[A-Z][a-z]{2} [^\]]{15,24})\] ?)?(?:\[ *[TC]\d+\] ?)?"
)


def kernel_record(message: str, time: datetime | None = None, boot: str = "") -> Record | None:
    """The record of one kernel message without its time stamp; `boot` tells boots apart."""
    if _PANIC.match(message):
        return Record("oscrash", time, detail={"cause": "panic"}, key=f"panic:{boot}", group=boot)
    if oom := _OOM.search(message):
        key = f"oom:{boot}:{oom['pid']}"
        return Record("oom", time, app=oom["comm"], detail={"killer": "kernel"}, key=key, group=boot)
    if trap := _TRAP.match(message):
        signal = next((name for word, name in _SIGNALS if word in trap["what"]), "SIGSEGV")
        key = f"trap:{boot}:{trap['pid']}"
        return Record("crash", time, app=trap["comm"], detail={"signal": signal}, key=key, echo_s=ECHO_S)
    return None


def from_lines(lines: Iterable[str], source: str) -> Iterator[Record]:
    """The records of a kernel log as text: dmesg, dmesg -T, a serial console, kern.log.

    Lines that a program wrote into the system log are not the kernel's. The time is known only where the
    line has a date with its year.
    """
    boot = 0
    for line in lines:
        when, message = _split(line)
        if message is None:
            continue
        if message.startswith("Linux version "):
            boot += 1
        record = kernel_record(message, when, f"{source}#{boot}")
        if record is not None:
            yield record


def _split(line: str) -> tuple[datetime | None, str | None]:
    """The time and the text of a line, the text being None if the kernel did not write it."""
    when = None
    if head := _SYSLOG.match(line):
        if head["ident"] != "kernel":
            return None, None
        when = times.utc(head["when"], zone_missing="local")
        line = line[head.end() :]
    stamps = _STAMPS.match(line)
    if stamps and stamps["when"]:
        when = when or times.asctime(stamps["when"])
    return when, line[stamps.end() :].rstrip() if stamps else line.rstrip()

"""What a line of the Linux kernel's log says: a program that died of a trap, an OOM kill, a panic.

The wording is the kernel's own and has changed over the years; patterns were compared with lines of kernels
3.10 to 6.x (arch/x86/mm/fault.c, arch/x86/kernel/traps.c, arch/arm64/kernel/traps.c, mm/oom_kill.c,
kernel/panic.c).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from agent.records import times
from agent.records.model import Record
from agent.records.systemd_analyze import record_of as startup_record

# Of "name[123]: segfault at ...", the program and what it died of. x86 says "segfault", "trap ...", "general
# protection (fault)" and "control protection"; arm64 "unhandled exception: DABT (lower EL), ESR 0x92000006,
# level 2 translation fault", before 4.20 "unhandled level 3 translation fault (11)"; powerpc and riscv
# "segfault (11)" and "unhandled signal 11".
_TRAP = re.compile(
    r"^(?:traps: )?(?P<comm>.{1,64}?)\[(?P<pid>\d{1,10})\]:? (?P<what>"
    r"(?:segfault(?: \(\d+\))?|(?:general|control) protection(?: fault)?|trap [a-zA-Z0-9 ]{1,40}?"
    r"|unhandled [^(]{1,60}\(\d+\)) ?(?:at|ip|rip|error)\b"
    r"|unhandled exception: .{1,120}? in |unhandled signal \d+ )"
)
_SIGNALS = (
    ("invalid opcode", "SIGILL"),
    ("undefined instruction", "SIGILL"),
    ("divide", "SIGFPE"),
    ("fpu exception", "SIGFPE"),
    ("simd exception", "SIGFPE"),
    ("coprocessor", "SIGFPE"),
    ("int3", "SIGTRAP"),
    ("debug trap", "SIGTRAP"),
    ("stack segment", "SIGBUS"),
    ("segment not present", "SIGBUS"),
    ("alignment", "SIGBUS"),
    ("(4)", "SIGILL"),
    ("signal 4 ", "SIGILL"),
    ("(7)", "SIGBUS"),
    ("signal 7 ", "SIGBUS"),
)
# Older kernels first say whom they chose ("Kill process 7 (a) score 9 or sacrifice child") and may then kill
# a child instead; every kernel says whom it killed, 2.6 with the user: "Killed process 7, UID 48, (a)".
_OOM = re.compile(
    r"\bKilled process (?P<pid>\d{1,10})(?:, UID \d{1,10},)? \((?P<comm>.{1,64})\)(?= total-vm:|[,.]|$)"
)
# The kernel names the thread that died, a core dump the process, so the two share no number; a trap line
# is therefore a hint, which a crash report of about the same moment explains.
ECHO_S = 5.0

_PANIC = re.compile(r"^Kernel panic - not syncing")

# Who wrote a line of a system log: `Jan  2 03:04:05 host kernel: `, also with dates of ISO, and as journalctl
# prints it (short, short-precise, short-full, short-iso, each with or without the host).
SYSLOG = re.compile(
    r"^(?:<\d{1,3}>)?(?P<when>(?:[A-Z][a-z]{2} )?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?"
    r"(?:Z|[+-]\d\d:?\d\d| [A-Z]{3,5})?|[A-Z][a-z]{2} [ \d]\d(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d{1,9})?) "
    r"(?:\S{0,254}[^\s:] )?(?P<ident>[^\s:\[]{1,64})(?:\[(?P<pid>\d+)\])?: ",
    re.MULTILINE,
)
# What the kernel, dmesg or journalctl put before a line: [    1.234567], [Tue Jun 11 14:39:28 2024],
# 2024-06-11T14:39:28,123456+02:00
STAMP = re.compile(
    r"^(?:<\d{1,3}>)?(?:\[ *\d{1,9}\.\d{6}\]|\[(?P<ctime>[A-Z][a-z]{2} [^\]]{15,24})\]"
    r"|(?P<iso>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d,\d{6}[+-]\d\d:?\d\d)) ?",
    re.MULTILINE,
)
# And then: the thread or processor (CONFIG_PRINTK_CALLER), or who wrote (journalctl -o short-monotonic)
_CALLER = re.compile(r"^(?:<\d{1,3}>)?(?:\[ *[TC]\d+\] ?)?(?:[^\s:]{1,255} kernel: )?")


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
    """The records of a kernel log as text: dmesg, dmesg -T, a serial console, kern.log, the system's log.

    Of lines that programs wrote into the system's log only process 1 is believed, that the start is finished.
    The time is known only where the line has a date with its year.
    """
    boot = 0
    for line in lines:
        when, message = _split(line)
        if message is None:
            if started := _startup(line):
                yield started
            continue
        if message.startswith("Linux version "):
            boot += 1
        record = kernel_record(message, when, f"{source}#{boot}")
        if record is not None:
            yield record


def _startup(line: str) -> Record | None:
    head = SYSLOG.match(line)
    if head is None or (head["ident"], head["pid"]) != ("systemd", "1"):
        return None
    when = times.utc(head["when"], zone_missing="local")
    record = startup_record(line[head.end() :], when)
    if record is None:
        return None
    return replace(record, key=f"start:{when}" if when else "", echo_s=ECHO_S)  # a journal may tell of it too


def _split(line: str) -> tuple[datetime | None, str | None]:
    """The time and the text of a line, the text being None if the kernel did not write it."""
    when = None
    if head := SYSLOG.match(line):
        if head["ident"] != "kernel":
            return None, None
        when = times.utc(head["when"], zone_missing="local")
        line = line[head.end() :]
    if stamp := STAMP.match(line):
        when = when or times.utc(stamp["iso"] or "") or times.asctime(stamp["ctime"] or "")
        line = line[stamp.end() :]
    return when, _CALLER.sub("", line, count=1).rstrip()

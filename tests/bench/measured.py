"""What a running program has used so far, by the kernel's accounts of it (Linux)."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

CPU_CLOCK_OF_PROCESS = 2
"""Lowest bits of the clock id that counts a process's time on processors (clock_getcpuclockid(3))."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of one process since its start. `others_cpu_s` is that of its ended children."""

    at: float
    cpu_s: float
    others_cpu_s: float
    wakeups: int
    """Times it gave up a processor to wait: for the clock, for another process, for the disk."""
    threads: int
    written: int
    """Bytes given to write()."""
    on_disk: int
    """Bytes of the pages that were made to go to the disk, with the file system's and mapped ones."""
    rss_mib: float
    pss_mib: float


def totals(pid: int) -> Totals:
    proc = Path("/proc") / str(pid)
    others = [int(ticks) for ticks in proc.joinpath("stat").read_text().rpartition(")")[2].split()[13:15]]
    threads = [_table(status) for status in proc.glob("task/*/status")]
    memory, written = _table(proc / "smaps_rollup"), _table(proc / "io")
    return Totals(
        at=time.monotonic(),
        cpu_s=cpu_seconds(pid),
        others_cpu_s=sum(others) / os.sysconf("SC_CLK_TCK"),
        wakeups=sum(int(thread["voluntary_ctxt_switches"]) for thread in threads),
        threads=len(threads),
        written=int(written["wchar"]),
        on_disk=int(written["write_bytes"]),
        rss_mib=_mib(memory["Rss"]),
        pss_mib=_mib(memory["Pss"]),
    )


def cpu_seconds(pid: int) -> float:
    """Processor time of all threads of a process, by the nanosecond."""
    return time.clock_gettime(~pid << 3 | CPU_CLOCK_OF_PROCESS)


def processes() -> int:
    """How many there are on this machine."""
    return sum(entry.isdigit() for entry in os.listdir("/proc"))


def machine() -> str:
    """What a reader of the figures has to know about it."""
    load = os.getloadavg()[1]
    return f"{processes()} processes, {os.cpu_count()} cores, load {load:.1f}"


def rates(name: str, start: Totals, end: Totals) -> str:
    """One line: what it used between two looks."""
    hours = (end.at - start.at) / 3600
    minutes = hours * 60
    return (
        f"{name:<12} {(end.cpu_s - start.cpu_s) / hours:5.2f} CPU s/h"
        f" + {(end.others_cpu_s - start.others_cpu_s) / hours:5.2f} of what it started"
        f" | RSS {end.rss_mib:5.1f} PSS {end.pss_mib:5.1f} MiB"
        f" | {(end.wakeups - start.wakeups) / minutes:4.1f} wake-ups/min, {end.threads} thread"
        f" | KiB/min: {(end.written - start.written) / 1024 / minutes:5.1f} given to write(),"
        f" {(end.on_disk - start.on_disk) / 1024 / minutes:5.1f} on disk"
    )


def _mib(kilobytes: str) -> float:
    return int(kilobytes.split()[0]) / 1024


def _table(path: Path) -> dict[str, str]:
    pairs = (line.partition(":") for line in path.read_text().splitlines())
    return {name: value.strip() for name, _, value in pairs}

"""Processor time and memory of every process, from one file each (proc(5), /proc/PID/stat)."""

import os

from agent.collectors import busiest
from agent.collectors.busiest import Usage, Usages
from agent.reading import Collector

FOLDER = "/proc"
PIECE = 4096
TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
# Places among the numbers behind the name.
USER, SYSTEM, BEGAN, RESIDENT = 11, 12, 19, 21


def usage_of(stat: bytes) -> tuple[float, Usage]:
    """When the process began, and what it used; ValueError for a file of another shape."""
    head, _, tail = stat.rpartition(b")")
    values = tail.split(None, RESIDENT + 1)
    if len(values) <= RESIDENT:
        raise ValueError("a process without numbers")
    name = head.partition(b"(")[2].decode("utf-8", "replace")
    cpu_s = (int(values[USER]) + int(values[SYSTEM])) / TICK
    return float(values[BEGAN]), Usage(name, cpu_s, int(values[RESIDENT]) * PAGE)


def usages(folder: str = FOLDER) -> Usages:
    found = {}
    for entry in os.listdir(folder):
        if not entry.isdigit():
            continue
        try:
            began, used = usage_of(_content(f"{folder}/{entry}/stat"))
        except (OSError, ValueError):
            continue  # it has ended meanwhile, or is hidden
        found[int(entry), began] = used
    return found


def _content(path: str) -> bytes:
    """Of a file of one piece. Without a file object: a thousand of them are half of what a look costs."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, PIECE)
    finally:
        os.close(descriptor)


def collector() -> Collector:
    return busiest.collector(usages, PAGE * os.sysconf("SC_PHYS_PAGES"))

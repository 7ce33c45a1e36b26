"""What processors, memory and processes do, where there is no /proc. Linux does without psutil, and 1 MiB."""

import psutil

from agent.collectors.busiest import Usage, Usages


def idle_processor_seconds() -> float:
    """Time in which processors had nothing to do, averaged over all of them; the other parts that these
    systems tell overlap or are not whole.
    """
    return float(psutil.cpu_times().idle) / (psutil.cpu_count() or 1)


def available_memory() -> float:
    """Share of the memory that programs could still get."""
    memory = psutil.virtual_memory()
    return float(memory.available) / float(memory.total)


def all_memory() -> float:
    """Bytes that the laptop has."""
    return float(psutil.virtual_memory().total)


def usages() -> Usages:
    """Of every process; one that may not be looked at is left out."""
    found = {}
    for process in psutil.process_iter(["name", "cpu_times", "memory_info", "create_time"]):
        told = process.info
        if told["cpu_times"] is not None and told["memory_info"] is not None and process.pid:
            used = told["cpu_times"].user + told["cpu_times"].system
            key = (process.pid, told["create_time"] or 0.0)
            found[key] = Usage(told["name"] or "", used, told["memory_info"].rss)
    return found

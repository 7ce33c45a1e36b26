"""What processors and memory do, where there is no /proc. Linux reads that itself: psutil costs 1 MiB."""

import psutil


def idle_processor_seconds() -> float:
    """Time in which processors had nothing to do, averaged over all of them; the other parts that these
    systems tell overlap or are not whole.
    """
    return float(psutil.cpu_times().idle) / (psutil.cpu_count() or 1)


def available_memory() -> float:
    """Share of the memory that programs could still get."""
    memory = psutil.virtual_memory()
    return float(memory.available) / float(memory.total)

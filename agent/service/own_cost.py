"""What the agent itself costs."""

import os
import sys
import time
from pathlib import Path

if sys.platform != "linux":
    import psutil
if sys.platform != "win32":
    import resource


def own_cpu_seconds() -> float:
    """Processor time of this process and of its children that ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def rss_mib() -> float:
    """Memory that this process has now."""
    if sys.platform != "linux":
        return float(psutil.Process().memory_info().rss) / 1024**2
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def rss_peak_mib() -> float:
    """Most memory this program ever had."""
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / 1024**2
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    # Linux hands `ru_maxrss` on from the program that started this one; the high-water mark begins anew.
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0

"""What the agent itself costs, and which boot it runs in."""

import os
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource


def own_cpu_seconds() -> float:
    """Processor time of this process and of its children that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def rss_peak_mib() -> float:
    """Most memory this program ever had."""
    if sys.platform == "win32":
        return 0.0
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    # Linux hands `ru_maxrss` on from the program that started this one; the high-water mark begins anew.
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def boot_id() -> str:
    """Which boot this is; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return ""

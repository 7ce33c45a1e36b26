"""Free room on the system disk, and an event when it gets short."""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from agent.collectors.options import CollectorOptions
from agent.reading import Collector, Happening, Reading, SourceAbsent
from agent.signals import Sample

EVERY = 10 * 60.0

LOW_PCT = 5.0  # from here on updates fail and programs lose what they save
ROOMY_PCT = 7.0  # a little more, so that a disk at the edge is told of once


if sys.platform == "win32":
    import psutil

    def free_percent(path: str) -> float:
        return 100 - psutil.disk_usage(path).percent

    def writable_volume(path: str) -> str:
        return path

else:

    def free_percent(path: str) -> float:
        """Of what users may fill; the part that the file system keeps for root is no room."""
        volume = os.statvfs(path)
        used = volume.f_blocks - volume.f_bfree
        return 100 * volume.f_bavail / (used + volume.f_bavail)

    def writable_volume(path: str) -> str:
        """Systems with a sealed root (ostree, image based) keep everything that grows in /var."""
        sealed = os.statvfs(path).f_flag & os.ST_RDONLY
        return "/var" if sealed and os.path.isdir("/var") else path


class Space:
    """The cursor is `low` from the moment the disk was short until there is room again."""

    def __init__(self, path: str, free: Callable[[str], float] = free_percent) -> None:
        self._path, self._free = path, free

    def collect(self, now: float, cursor: str | None) -> Reading:
        try:
            percent = self._free(writable_volume(self._path))
        except (OSError, ZeroDivisionError):
            raise SourceAbsent(f"The system volume {self._path} cannot be measured.") from None
        sample = Sample("disk_free_pct", percent)
        if percent < LOW_PCT and cursor != "low":
            event = Happening("low_disk", datetime.fromtimestamp(now, UTC), value=percent)
            return Reading([sample], [event], "low")
        if percent >= ROOMY_PCT and cursor != "roomy":
            return Reading([sample], cursor="roomy")
        return Reading([sample])


def collector(options: CollectorOptions) -> Collector:
    return Collector("space", ("space",), EVERY, Space(options.system_disk).collect)

"""Starts of macOS, known by the kernel's session id. How long a start took, macOS does not tell."""

import struct
from collections.abc import Callable

from agent.reading import Collector, Effort, Reading, SourceAbsent
from agent.signals import Sample
from agent.system import sysctl_macos
from agent.system.boot_id_macos import boot_id

EVERY = 60.0

FIRST_LOOK_BACK = 24 * 3600.0  # an agent that is new here tells of no older start


def started_at() -> float:
    """In seconds since 1970, by the clock as it is set now; SourceAbsent where the kernel does not tell."""
    return seconds_of(sysctl_macos.raw("kern.boottime"))


def seconds_of(timeval: bytes) -> float:
    """`struct timeval` of 64-bit macOS: seconds in 8 bytes, microseconds in 4."""
    if len(timeval) < 12:
        raise SourceAbsent("The kernel does not say when it started.")
    seconds, micro = struct.unpack_from("<qi", timeval)
    return int(seconds) + int(micro) / 1e6


class Starts:
    """Counts starts. The cursor is the id of the last one counted."""

    def __init__(
        self, boot_id: Callable[[], str] = boot_id, started_at: Callable[[], float] = started_at
    ) -> None:
        self._boot_id, self._started_at = boot_id, started_at

    def collect(self, now: float, cursor: str | None) -> Reading:
        boot = self._boot_id()
        if boot == cursor:
            return Reading()
        at = self._started_at()
        new = cursor is not None or now - at < FIRST_LOOK_BACK
        return Reading([Sample("boot", 1.0, at)] if new else [], cursor=boot)


def collector() -> Collector:
    return Collector("starts", (), EVERY, Starts().collect, effort=Effort.WAITS)

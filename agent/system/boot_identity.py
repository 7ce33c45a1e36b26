"""Which start of the system this is, so that time awake without the agent is told from another start's."""

import sys
import time

from agent.reading import SourceAbsent
from agent.system.system_clocks import elapsed_seconds

if sys.platform == "linux":
    from agent.system.boot_id_linux import boot_id as told_by_system
elif sys.platform == "darwin":
    from agent.system.boot_id_macos import boot_id as told_by_system
else:

    def told_by_system() -> str:
        return ""


NEAR = 120.0
"""Seconds by which the instant of one start may seem to differ, as the clock is adjusted meanwhile."""


def boot_identity() -> str:
    """The system's own number of this start; where it has none, the instant, in seconds since 1970."""
    try:
        told = told_by_system()
    except (OSError, SourceAbsent):
        told = ""
    return told or f"{time.time() - elapsed_seconds():.0f}"


def same_boot(one: str, other: str) -> bool:
    if one.isdigit() and other.isdigit():
        return abs(int(one) - int(other)) <= NEAR
    return bool(one) and one == other

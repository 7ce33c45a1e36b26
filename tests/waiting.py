"""Waiting for something of the real machine: not longer than it takes, and long enough for a slow one."""

import time
from collections.abc import Callable
from typing import TypeVar

LOOK_SECONDS = 0.02
T = TypeVar("T")


def eventually(look: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true answer, or the last one when the time is over."""
    ends = time.monotonic() + seconds
    while not (answer := look()) and time.monotonic() < ends:
        time.sleep(LOOK_SECONDS)
    return answer


def wait_until(holds: Callable[[], object], seconds: float = 20.0) -> None:
    assert eventually(holds, seconds), f"it did not happen within {seconds:.0f} s"

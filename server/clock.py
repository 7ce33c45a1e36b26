"""The server's idea of now; tests and the demo put their own in its place."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns an aware time in UTC."""


def utc_now() -> datetime:
    return datetime.now(UTC)

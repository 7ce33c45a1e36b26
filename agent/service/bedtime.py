"""Being told before the laptop falls asleep, where the system tells a service in time."""

import sys
from collections.abc import Sequence
from typing import Protocol


class Bedtime(Protocol):
    """Readable at `socket` when something was said."""

    @property
    def socket(self) -> int: ...

    @property
    def descriptors(self) -> Sequence[int]:
        """For a child to close."""

    def told(self) -> list[bool]:
        """True for each sleep that begins, False for each that is over. OSError: nobody tells any more."""

    def stay(self) -> None:
        """Ask the system to wait for us before the next sleep."""

    def let_go(self) -> None:
        """The laptop may sleep now."""

    def close(self) -> None: ...


if sys.platform == "linux":
    from agent.service.bedtime_linux import open_bedtime as open_of_this_system
else:

    def open_of_this_system() -> Bedtime | None:
        return None


def open_bedtime() -> Bedtime | None:
    """None where nobody tells."""
    return open_of_this_system()

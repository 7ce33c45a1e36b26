"""What the companion asks of a desktop, whatever system draws it.

Nobody here asks for titles, documents, addresses or keys: only for the program in front, how long nothing was
typed or moved, and whether a person wants to be left alone. Tuples, because dataclasses cost a megabyte.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

IDLE_AFTER = 180.0  # seconds without input after which nobody is there to be asked


class Unavailable(Exception):
    """This desktop cannot be sensed this way; one sentence."""


class Gone(Exception):
    """The desktop has ended, or does not answer any more; one sentence."""


class Front(NamedTuple):
    """The application in front: its executable's name ("" = not told, as of a program on another machine).

    `full_screen` is as it was when the application came to the front.
    """

    program: str
    version: str = ""
    full_screen: bool = False


class Busy(NamedTuple):
    """Whether somebody should be left alone now. None: this desktop does not tell."""

    full_screen: bool | None = None
    do_not_disturb: bool | None = None
    capturing: bool | None = None
    """Microphone or camera is in use."""
    screen_shared: bool | None = None
    typing: bool | None = None
    idle: bool | None = None

    def quiet(self) -> bool:
        """True: do not disturb now. What cannot be read counts as busy for full screen and capture only."""
        careful = (self.full_screen, self.capturing)
        return None in careful or any(self)


class Stall(NamedTuple):
    """A window that did not answer for 5 seconds or more, and answers again or is gone with its program.

    `began_at` in seconds since 1970. The wait may have begun up to one look earlier, never later.
    """

    program: str
    version: str
    began_at: float
    seconds: float


class Senses(Protocol):
    """One desktop session. Any question may raise `Gone`."""

    name: str
    """"x11", "wayland", "windows" or "macos"."""

    def fileno(self) -> int | None:
        """Readable when something has changed; None: nothing tells, look once in a while."""

    def take_events(self) -> None:
        """Take in what has come; never waits."""

    def front(self) -> Front | None:
        """None: nothing is in front. Ask last before you wait: answers to other questions bring news, too."""

    def front_known(self) -> str:
        """ "", or the sentence why this desktop does not tell what is in front."""

    def idle_s(self) -> float | None:
        """Seconds since the last key, click or movement; 0 where only "less than a minute" is told."""

    def locked(self) -> bool | None: ...

    def busy(self) -> Busy:
        """Only to be asked when something wants to be shown: on Linux it may start a program."""

    def stalls(self) -> Sequence[Stall]:
        """Those that ended since the last call; each call also looks at the window in front."""

    def look_again_in(self) -> float | None:
        """Seconds until `stalls` should be called while somebody is active; None: no need."""

    def close(self) -> None: ...

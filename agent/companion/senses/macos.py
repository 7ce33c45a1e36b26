"""The desktop of a macOS session, which is asked: it tells programs without a run loop nothing by itself.

In front is the application whose window is foremost on the ordinary layer: `NSWorkspace` names the active
application, but only to programs with a run loop. An active application without a window is not told.
"""

import os
import plistlib
from collections.abc import Sequence

from agent.companion.senses.macos_calls import KEY_DOWN, Calls, Window
from agent.companion.senses.sense import IDLE_AFTER, Busy, Front, Stall, Unavailable
from agent.companion.senses.versions import Versions

TYPED_WITHIN = 20.0  # seconds
ORDINARY_LAYER, MENU_BAR_LAYER = 0, 24  # kCGNormalWindowLevel, kCGMainMenuWindowLevel
BELOW_NOTCH = 0.9  # of a screen's height, at least, is covered by a full-screen window below a camera notch


class MacSenses:
    name = "macos"

    def __init__(self, calls: Calls) -> None:
        self._calls, self._versions = calls, Versions(bundle_version)
        if calls.locked() is None:
            raise Unavailable("This session has no desktop.")

    def fileno(self) -> int | None:
        return None

    def take_events(self) -> None:
        """There are none."""

    def front(self) -> Front | None:
        windows = self._calls.windows()
        window = foremost(windows)
        if window is None:
            return None
        path = self._calls.path_of(window.pid)
        covers = covers_a_screen(window, windows, self._calls.displays())
        return Front(os.path.basename(path), self._versions.of(path), covers)

    def front_known(self) -> str:
        return ""

    def idle_s(self) -> float | None:
        return self._calls.since_input()

    def locked(self) -> bool | None:
        return self._calls.locked()

    def busy(self) -> Busy:
        """Focus is not told: what is shown goes through the notification centre, which obeys it."""
        front = self.front()
        microphone, camera = self._calls.microphone_runs(), self._calls.camera_runs()
        return Busy(
            full_screen=bool(front and front.full_screen),
            capturing=True
            if True in (microphone, camera)
            else None
            if None in (microphone, camera)
            else False,
            typing=self._calls.since_input(KEY_DOWN) < TYPED_WITHIN,
            idle=self._calls.since_input() >= IDLE_AFTER,
        )

    def stalls(self) -> Sequence[Stall]:
        """None: the system itself reports windows that do not answer (spindump), with how long."""
        return ()

    def look_again_in(self) -> float | None:
        return None

    def close(self) -> None:
        """Nothing is held open."""


def foremost(windows: Sequence[Window]) -> Window | None:
    return next((window for window in windows if window.layer == ORDINARY_LAYER), None)


def covers_a_screen(
    window: Window, windows: Sequence[Window], displays: Sequence[tuple[float, float, float, float]]
) -> bool:
    """All of it, or all that a camera notch leaves, which a window beside a menu bar may be as well."""
    x, y, width, height = window.bounds
    for left, top, screen_width, screen_height in displays:
        if x > left or x + width < left + screen_width or not top <= y + height <= top + screen_height:
            continue
        if height >= screen_height:
            return True
        menu_bar = any(other.layer == MENU_BAR_LAYER and other.bounds[0] == left for other in windows)
        if height >= BELOW_NOTCH * screen_height and not menu_bar:
            return True
    return False


def bundle_version(path: str) -> str:
    """Of the application that a program belongs to, as its maker shows it; empty outside of one."""
    contents, folder = os.path.split(os.path.dirname(path))
    if folder != "MacOS":
        return ""
    try:
        with open(os.path.join(contents, "Info.plist"), "rb") as file:
            version = plistlib.load(file).get("CFBundleShortVersionString", "")
    except (OSError, ValueError, plistlib.InvalidFileException, AttributeError):
        return ""
    return version if isinstance(version, str) else ""

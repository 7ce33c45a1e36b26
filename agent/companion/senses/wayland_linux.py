"""The desktop of a Wayland session, as far as its compositor tells it to ordinary programs.

Compositors of the wlroots family (sway, Hyprland, labwc, river, Wayfire, niri) say which window is active
(wlr-foreign-toplevel-management-unstable-v1); GNOME and KDE do not. Titles are part of the same protocol and
dropped unread. How long nobody typed or moved is told by ext-idle-notify-v1, by its forerunner of KDE, or by
GNOME's window manager on the session bus.
"""

import time
from collections.abc import Callable, Sequence

from agent.companion.senses.capture_linux import capturing
from agent.companion.senses.desktop_linux import Desktop
from agent.companion.senses.programs_linux import Program, menu_program
from agent.companion.senses.sense import IDLE_AFTER, Busy, Front, Stall
from agent.companion.senses.versions import Versions
from agent.companion.senses.wayland_wire import Connection, Event
from agent.language.words import said

QUIET_MINUTE = 60.0  # seconds without input after which the compositor shall say so
MOST_PROGRAMS = 256  # whose names are remembered

WINDOWS, SEAT = "zwlr_foreign_toplevel_manager_v1", "wl_seat"
NEW_WINDOW = 0  # event of the manager
APP_ID, STATE, DONE, CLOSED = 1, 4, 5, 6  # events of a window
ACTIVATED, FULL_SCREEN = 2, 3  # in its list of states
DESTROY_WINDOW = 7  # request

NOTIFIER, OLD_NOTIFIER = "ext_idle_notifier_v1", "org_kde_kwin_idle"
WATCH_IDLE, WATCH_INPUT, OLD_WATCH = 1, 2, 0  # requests; the second ignores that a film keeps the screen on
IDLED = 0  # event of what watches; the other one is that somebody is back


class Window:
    __slots__ = ("app_id", "shown", "states")

    def __init__(self) -> None:
        self.app_id, self.states = "", frozenset[int]()
        self.shown: tuple[str, frozenset[int]] = ("", self.states)
        """As of the last moment the compositor called it complete."""


class WaylandSenses:
    name = "wayland"

    def __init__(
        self,
        compositor: Connection,
        desktop: Desktop,
        versions: Versions,
        wants_version: Callable[[str], bool],
        runtime: str = "",
        idle_after: float = QUIET_MINUTE,
    ) -> None:
        self._wayland, self._desktop, self._versions = compositor, desktop, versions
        self._wants_version = wants_version
        self._runtime, self._idle_after = runtime, idle_after
        self._windows: dict[int, Window] = {}
        self._programs: dict[str, Program] = {}
        self._manager = compositor.bind(WINDOWS, 3)[0] if WINDOWS in compositor.offers else 0
        self._idle_since: float | None = None
        self._idle_watch = self._watch_idle()
        self._handle(compositor.until_done())

    def fileno(self) -> int:
        return self._wayland.fileno()

    def take_events(self) -> None:
        self._handle(self._wayland.waiting())

    def front(self) -> Front | None:
        for window in self._windows.values():
            app_id, states = window.shown
            if ACTIVATED in states:
                program = self._program(app_id)
                version = self._versions.of(program.exe) if self._wants_version(program.name) else ""
                return Front(program.name, version, FULL_SCREEN in states)
        return None

    def front_known(self) -> str:
        return "" if self._manager else said("This Wayland compositor does not say which window is in front.")

    def idle_s(self) -> float | None:
        if not self._idle_watch:
            return self._desktop.idle_s()
        return 0.0 if self._idle_since is None else time.monotonic() - self._idle_since

    def locked(self) -> bool | None:
        return self._desktop.locked()

    def busy(self) -> Busy:
        front, idle = self.front(), self.idle_s()
        return Busy(
            full_screen=bool(front and front.full_screen) if self._manager else None,
            do_not_disturb=self._desktop.do_not_disturb(),
            capturing=capturing(self._runtime),
            idle=None if idle is None else idle >= IDLE_AFTER,
        )

    def stalls(self) -> Sequence[Stall]:
        """None: only the compositor may ask a window for a sign of life."""
        return ()

    def look_again_in(self) -> float | None:
        return None

    def close(self) -> None:
        self._wayland.close()
        self._desktop.close()

    def _program(self, app_id: str) -> Program:
        if app_id not in self._programs:
            if len(self._programs) >= MOST_PROGRAMS:
                self._programs.clear()
            self._programs[app_id] = menu_program(app_id)
        return self._programs[app_id]

    def _watch_idle(self) -> int:
        """Of the thing that will tell; 0 without one."""
        wayland, milliseconds = self._wayland, round(self._idle_after * 1000)
        if SEAT not in wayland.offers:
            return 0
        if NOTIFIER in wayland.offers:
            notifier, version = wayland.bind(NOTIFIER, 2)
            watch = WATCH_INPUT if version >= 2 else WATCH_IDLE
            return wayland.make(notifier, watch, milliseconds, wayland.bind(SEAT, 1)[0])
        if OLD_NOTIFIER in wayland.offers:
            notifier, _ = wayland.bind(OLD_NOTIFIER, 1)
            return wayland.make(notifier, OLD_WATCH, wayland.bind(SEAT, 1)[0], milliseconds)
        return 0

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            if event.thing == self._manager and event.code == NEW_WINDOW:
                self._windows[event.number()] = Window()
            elif event.thing == self._idle_watch:
                self._idle_since = time.monotonic() - self._idle_after if event.code == IDLED else None
            elif (window := self._windows.get(event.thing)) is not None:
                self._window_changed(event, window)

    def _window_changed(self, event: Event, window: Window) -> None:
        if event.code == APP_ID:
            window.app_id = event.text()
        elif event.code == STATE:
            window.states = frozenset(event.numbers())
        elif event.code == DONE:
            window.shown = (window.app_id, window.states)
        elif event.code == CLOSED:
            del self._windows[event.thing]
            self._wayland.send(event.thing, DESTROY_WINDOW)

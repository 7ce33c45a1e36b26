"""The desktop of an X11 session, by the window manager's own notes (Extended Window Manager Hints 1.5).

The display server says when another window comes to the front; nothing is polled for it. To which process
a window belongs the server knows (X-Resource 1.2), else the window says so itself.
"""

import struct
import time
from collections.abc import Callable, Sequence

from agent.companion.senses import x11_wire
from agent.companion.senses.capture_linux import capturing
from agent.companion.senses.desktop_linux import Desktop
from agent.companion.senses.programs_linux import program_of
from agent.companion.senses.sense import IDLE_AFTER, Busy, Front, Stall
from agent.companion.senses.unanswered import ASK_EVERY, Unanswered
from agent.companion.senses.versions import Versions
from agent.companion.senses.x11_wire import Connection, client_message, listen, request
from agent.language.words import said

OUR_PINGS = 0xDE000000  # where a time stands in a ping: no window manager takes the answer for its own
MOST_ROUNDS = 4  # of looking anew because the window in front changed meanwhile
_CLIENT_PID = 2  # LocalClientPIDMask of X-Resource


class X11Senses:
    name = "x11"

    def __init__(
        self,
        display: Connection,
        desktop: Desktop,
        versions: Versions,
        wants_version: Callable[[str], bool],
        runtime: str = "",
    ) -> None:
        self._x, self._desktop, self._versions, self._runtime = display, desktop, versions, runtime
        self._wants_version = wants_version
        self._saver = display.extension("MIT-SCREEN-SAVER")
        self._resource = display.extension("X-Resource")
        self._active, self._list = display.atom("_NET_ACTIVE_WINDOW"), display.atom("_NET_CLIENT_LIST")
        self._ping = display.atom("_NET_WM_PING")
        self._protocols = display.atom("WM_PROTOCOLS")
        self._full_screen = display.atom("_NET_WM_STATE_FULLSCREEN")
        self._known = False
        self._stale = True
        self._window, self._front, self._answers_pings = 0, Front(""), False
        self._unanswered, self._last_ask = Unanswered(), 0.0
        display.send(listen(display.root, x11_wire.PROPERTY))

    def fileno(self) -> int:
        return self._x.fileno()

    def take_events(self) -> None:
        self._x.take_waiting()
        self._handle()

    def front(self) -> Front | None:
        self._handle()
        for _ in range(MOST_ROUNDS):
            if not self._stale:
                break
            self._stale = False
            window = self._active_window()
            if window != self._window:
                self._window, self._front = window, self._look_at(window)
            self._handle()
        return self._front if self._window else None

    def front_known(self) -> str:
        supported = () if self._known else self._x.numbers(self._x.root, "_NET_SUPPORTED", 1024)
        self._known = self._known or self._active in (supported or ())
        return "" if self._known else said("The window manager does not say which window is in front.")

    def idle_s(self) -> float | None:
        if self._saver is None:
            return None
        answer = self._x.ask(request(self._saver, struct.pack("<I", self._x.root), detail=1))
        return struct.unpack_from("<I", answer, 16)[0] / 1000 if answer else None

    def locked(self) -> bool | None:
        return self._desktop.locked()

    def busy(self) -> Busy:
        idle = self.idle_s()
        return Busy(
            full_screen=None if self.front_known() else self._covers(self._active_window()),
            do_not_disturb=self._desktop.do_not_disturb(),
            capturing=capturing(self._runtime),
            idle=None if idle is None else idle >= IDLE_AFTER,
        )

    def stalls(self) -> Sequence[Stall]:
        """Also asks the window in front for a sign of life, as window managers do before they close one."""
        self.take_events()
        front, now = self.front(), time.monotonic()
        if mute := self._unanswered.look(now):
            self._leave(mute)
        if front and self._answers_pings and self._due(now) and self._unanswered.may_ask(self._window):
            self._ask(self._window, front, now)
        return self._unanswered.take()

    def look_again_in(self) -> float | None:
        now = time.monotonic()
        waits = [self._unanswered.look_again_in(now)]
        if self._answers_pings and self._unanswered.may_ask(self._window):
            waits.append(max(self._last_ask + ASK_EVERY - now, 0.0))
        return min((wait for wait in waits if wait is not None), default=None)

    def close(self) -> None:
        self._x.close()
        self._desktop.close()

    def _handle(self) -> None:
        while self._x.events:
            event = self._x.events.popleft()
            if event.kind == x11_wire.PROPERTY_NOTIFY:
                self._stale = self._stale or event.number(8) in (self._active, self._list)
            elif event.kind == x11_wire.DESTROY_NOTIFY:
                self._unanswered.gone(event.number(8), time.monotonic())
                self._leave([])
            elif event.kind == x11_wire.CLIENT_MESSAGE and self._is_our_pong(event):
                window = event.number(20)
                self._unanswered.answered(window, time.monotonic())
                self._leave([window])

    def _active_window(self) -> int:
        """0 without one. Some window managers keep naming a window that is gone."""
        window = next(iter(self._x.numbers(self._x.root, "_NET_ACTIVE_WINDOW", 1) or ()), 0)
        managed = self._x.numbers(self._x.root, "_NET_CLIENT_LIST", 1024)
        return window if managed is None or window in managed else 0

    def _look_at(self, window: int) -> Front:
        if not window:
            self._answers_pings = False
            return Front("")
        self._answers_pings = self._ping in (self._x.numbers(window, "WM_PROTOCOLS") or ())
        program = program_of(self._pid(window))
        version = self._versions.of(program.exe) if self._wants_version(program.name) else ""
        return Front(program.name, version, self._covers(window))

    def _covers(self, window: int) -> bool:
        return self._full_screen in (self._x.numbers(window, "_NET_WM_STATE") or ())

    def _pid(self, window: int) -> int:
        """0 where nobody tells: then the program has no name."""
        if self._resource is not None:
            answer = self._x.ask(
                request(self._resource, struct.pack("<III", 1, window, _CLIENT_PID), detail=4)
            )
            if answer and len(answer) >= 48:
                return int(struct.unpack_from("<I", answer, 44)[0])
        return next(iter(self._x.numbers(window, "_NET_WM_PID", 1) or ()), 0)

    def _due(self, now: float) -> bool:
        return now - self._last_ask >= ASK_EVERY

    def _ask(self, window: int, front: Front, now: float) -> None:
        """The answer goes to the root window, where everybody may listen: only while one is awaited."""
        self._last_ask = now
        self._unanswered.ask(window, front, now, time.time())
        self._x.send(
            listen(self._x.root, x11_wire.PROPERTY | x11_wire.SUBSTRUCTURE),
            listen(window, x11_wire.STRUCTURE),
            client_message(window, window, self._protocols, (self._ping, OUR_PINGS, window)),
        )

    def _is_our_pong(self, event: x11_wire.Event) -> bool:
        ping = (event.number(8), event.number(12), event.number(16))
        return ping == (self._protocols, self._ping, OUR_PINGS) and event.number(20) in self._unanswered

    def _leave(self, windows: list[int]) -> None:
        """Listen no longer to these, nor to answers when none is awaited."""
        requests = [listen(window, 0) for window in windows]
        if not self._unanswered:
            requests.append(listen(self._x.root, x11_wire.PROPERTY))
        self._x.send(*requests)

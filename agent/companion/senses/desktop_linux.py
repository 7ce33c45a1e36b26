"""What the buses of a Linux session tell, whatever draws the desktop: locked, left alone, idle.

Nothing that is not running is started by a question, and a bus that does not answer is "not told".
"""

import time
from collections.abc import Callable, Mapping

from agent.companion.senses.dbus_wire import SYSTEM_BUS, Bus, Value
from agent.companion.senses.output import output_of

_PROPERTIES = "org.freedesktop.DBus.Properties"
_LOGIN, _OWN_SESSION = "org.freedesktop.login1", "/org/freedesktop/login1/session/auto"
_SAVER = "org.freedesktop.ScreenSaver"
_NOTIFICATIONS, _NOTIFICATIONS_PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_MUTTER, _MUTTER_PATH = "org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core"

GNOME_BANNERS = ("gsettings", "get", "org.gnome.desktop.notifications", "show-banners")

LOCK_HOLDS = 10.0


class Desktop:
    def __init__(
        self,
        session: Bus,
        system: Bus,
        environ: Mapping[str, str],
        run: Callable[..., str | None] = output_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session, self._system, self._run, self._clock = session, system, run, clock
        self._lock_asked = -LOCK_HOLDS
        self._locked: bool | None = None
        self._gnome = "GNOME" in environ.get("XDG_CURRENT_DESKTOP", "").upper()

    def locked(self) -> bool | None:
        """By logind's flag of this session, which not every screen locker sets, and by the screen saver.

        As it was at most LOCK_HOLDS seconds ago: two questions at each change of windows would be many.
        """
        now = self._clock()
        if now - self._lock_asked >= LOCK_HOLDS:
            self._lock_asked, self._locked = now, self._ask_locked()
        return self._locked

    def _ask_locked(self) -> bool | None:
        hint = _told(
            self._system,
            _LOGIN,
            _OWN_SESSION,
            _PROPERTIES,
            "Get",
            "org.freedesktop.login1.Session",
            "LockedHint",
        )
        if hint is True:
            return True
        saver = _told(self._session, _SAVER, "/org/freedesktop/ScreenSaver", _SAVER, "GetActive")
        return saver if isinstance(saver, bool) else hint if isinstance(hint, bool) else None

    def do_not_disturb(self) -> bool | None:
        """True while notifications are held back: KDE and others say so themselves, GNOME has a setting."""
        inhibited = _told(
            self._session,
            _NOTIFICATIONS,
            _NOTIFICATIONS_PATH,
            _PROPERTIES,
            "Get",
            _NOTIFICATIONS,
            "Inhibited",
        )
        if isinstance(inhibited, bool):
            return inhibited
        banners = (self._run(*GNOME_BANNERS) or "").strip() if self._gnome else ""
        return banners == "false" if banners in ("true", "false") else None

    def idle_s(self) -> float | None:
        """Seconds since the last input, where GNOME's window manager runs."""
        idle = _told(self._session, _MUTTER, _MUTTER_PATH, _MUTTER, "GetIdletime")
        return idle / 1000 if isinstance(idle, int) else None

    def close(self) -> None:
        self._session.close()
        self._system.close()


def desktop(environ: Mapping[str, str]) -> Desktop:
    """The one this process runs in."""
    own = f"unix:path={environ.get('XDG_RUNTIME_DIR', '')}/bus"
    session = environ.get("DBUS_SESSION_BUS_ADDRESS") or own
    system = environ.get("DBUS_SYSTEM_BUS_ADDRESS") or SYSTEM_BUS
    return Desktop(Bus(session), Bus(system), environ)


def _told(bus: Bus, *question: str) -> Value:
    try:
        return bus.ask(*question)
    except OSError:
        return None

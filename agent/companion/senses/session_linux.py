"""Which of the ways to sense a Linux desktop fits this session."""

import os
from collections.abc import Callable, Mapping

from agent.companion.senses import wayland_wire, x11_wire
from agent.companion.senses.desktop_linux import desktop
from agent.companion.senses.programs_linux import package_version
from agent.companion.senses.sense import Senses, Unavailable
from agent.companion.senses.versions import Versions
from agent.companion.senses.wayland_linux import WaylandSenses
from agent.companion.senses.x11_linux import X11Senses


def open_session(wants_version: Callable[[str], bool], environ: Mapping[str, str] = os.environ) -> Senses:
    """Wayland first: the X server of a Wayland session knows only some of the windows."""
    versions, runtime = Versions(package_version), environ.get("XDG_RUNTIME_DIR", "")
    if environ.get("WAYLAND_DISPLAY"):
        compositor = wayland_wire.connect(environ)
        return WaylandSenses(compositor, desktop(environ), versions, wants_version, runtime)
    if environ.get("DISPLAY"):
        authority = environ.get("XAUTHORITY") or f"{environ.get('HOME', '')}/.Xauthority"
        display = x11_wire.connect(environ["DISPLAY"], authority)
        return X11Senses(display, desktop(environ), versions, wants_version, runtime)
    raise Unavailable("This session has no desktop.")

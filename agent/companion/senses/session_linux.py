"""Which of the ways to sense a Linux desktop fits this session."""

import os
import sys
from collections.abc import Callable, Mapping

from agent.companion.senses import x11_wire
from agent.companion.senses.desktop_linux import desktop
from agent.companion.senses.programs_linux import Versions, output_of
from agent.companion.senses.sense import Senses, Unavailable
from agent.companion.senses.x11_linux import X11Senses

assert sys.platform != "win32"


def open_session(wants_version: Callable[[str], bool], environ: Mapping[str, str] = os.environ) -> Senses:
    if not environ.get("DISPLAY"):
        raise Unavailable("This session has no desktop.")
    home = environ.get("HOME", "")
    display = x11_wire.connect(environ["DISPLAY"], environ.get("XAUTHORITY") or f"{home}/.Xauthority")
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return X11Senses(display, desktop(environ), Versions(output_of), wants_version, runtime)

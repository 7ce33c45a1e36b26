"""Folders of the person whose session it is: what a companion keeps is hers, not the service's."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "dex-agent"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where something is remembered over sign-ins (XDG Base Directory Specification, and its like)."""
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "win32":
        folder = Path(environ.get("LOCALAPPDATA") or home)
    elif sys.platform == "darwin":
        folder = home / "Library" / "Application Support"
    else:
        named = environ.get("XDG_STATE_HOME", "")
        folder = Path(named) if os.path.isabs(named) else home / ".local" / "state"
    return folder / NAME


def session_name(environ: Mapping[str, str] = os.environ) -> str:
    """Tells sessions of one account apart; empty on a terminal."""
    names = ("XDG_SESSION_ID", "WAYLAND_DISPLAY", "DISPLAY", "SESSIONNAME")
    return " ".join(environ[name] for name in names if environ.get(name))

"""Folders of the person whose session it is: what a companion keeps is hers, not the service's."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

NAME = "dex-agent"


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where something is remembered over sign-ins (XDG Base Directory Specification, and its like)."""
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or Path.home()) / NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / NAME
    named = environ.get("XDG_STATE_HOME", "")
    home = Path(environ.get("HOME") or Path.home())
    return (Path(named) if os.path.isabs(named) else home / ".local" / "state") / NAME


def session_name(environ: Mapping[str, str] = os.environ) -> str:
    """Tells sessions of one account apart; empty on a terminal."""
    names = ("XDG_SESSION_ID", "WAYLAND_DISPLAY", "DISPLAY", "SESSIONNAME")
    return " ".join(environ[name] for name in names if environ.get(name))

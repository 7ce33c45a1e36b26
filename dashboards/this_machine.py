"""The laptop that the embedded server itself runs on: `up` notes its device in the data directory."""

import os
import sys
from pathlib import Path
from uuid import UUID

FILE = "this_laptop"


def remember(data: Path, device_id: UUID) -> None:
    (data / FILE).write_text(f"{device_id}\n", "ascii")


def device_of(data: Path) -> UUID | None:
    """The device of this machine, if it was enrolled here."""
    try:
        return UUID((data / FILE).read_text("ascii").strip())
    except (OSError, ValueError):
        return None


def agent_config(data: Path) -> Path:
    return data / "agent" / "agent.toml"


def agent_program() -> Path:
    """`dex-agent` beside the Python that runs now."""
    return Path(sys.executable).with_name("dex-agent")


def has_desktop() -> bool:
    """Whether `up` was started from a desktop session, in which there is something for a companion to see."""
    return sys.platform != "linux" or any(os.environ.get(name) for name in ("WAYLAND_DISPLAY", "DISPLAY"))

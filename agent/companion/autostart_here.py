"""What starts companions on this machine: the entry of its system, and whether one is missing."""

import sys

if sys.platform == "linux":
    from agent.system.display_linux import has_display

if sys.platform == "win32":
    from agent.companion.autostart_windows import entry_here
else:
    from agent.companion.autostart import entry_here

__all__ = ["entry_here", "is_missing"]


def is_missing() -> bool:
    """Whether a desktop is here and nothing starts a companion in it."""
    has_desktop = sys.platform != "linux" or has_display()
    return has_desktop and not entry_here().where_on()
